//! What a person takes along: the history, its pictures, a replay test, a command.

use maud::{Markup, html};

use super::link;
use super::view::View;

/// The section with downloads and texts to copy.
pub(super) fn section(view: &View, endpoint: &str, region: &str) -> Markup {
    let Some(arn) = view
        .arn
        .as_ref()
        .map(durable_service::model::ExecutionArn::as_str)
    else {
        return html! {};
    };
    let encoded = link::encoded(arn);
    html! {
        section.copies aria-labelledby="copies-title" {
            h2 id="copies-title" { "Take along" }
            p.links {
                a href={ "/execution/history.json?arn=" (encoded) } download=(file_name(&view.name, "json")) { "History (JSON)" }
                " · "
                a href={ "/execution/timeline.svg?arn=" (encoded) } download=(file_name(&view.name, "svg")) { "Timeline (SVG)" }
                " · "
                a href={ "/execution/timeline.html?arn=" (encoded) } download=(file_name(&view.name, "html")) { "Timeline (HTML)" }
                " · "
                a href={ "/execution/timeline.mmd?arn=" (encoded) } download=(file_name(&view.name, "mmd")) { "Timeline (Mermaid)" }
            }
            (text("As a replay test", "replay-test", &replay_test(view)))
            (text("As an AWS CLI command", "aws-command", &aws_command(view, endpoint, region)))
        }
    }
}

fn text(title: &str, id: &str, content: &str) -> Markup {
    html! {
        details.copy {
            summary { (title) }
            pre.command { code id=(id) { (content) } }
            button.quiet type="button" data-copy={ "#" (id) } hidden { "Copy" }
        }
    }
}

/// A file name that is harmless everywhere.
pub(super) fn file_name(name: &str, extension: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name
        .chars()
        .map(|c| if harmless(c) { c } else { '-' })
        .collect();
    format!("{name}.{extension}")
}

/// The test that replays the history on the handler of today.
fn replay_test(view: &View) -> String {
    let file = file_name(&view.name, "json");
    let handler = identifier(&view.function);
    format!(
        "// Save the history as tests/histories/{file} first.\n\
         #[durable_test(handler = {handler}, replay = \"tests/histories/{file}\")]\n\
         async fn {}_can_be_replayed() {{}}\n",
        identifier(&format!("{}_{}", view.function, view.name)),
    )
}

/// A name as that of a function of Rust: `OrderWorkflow` is `order_workflow`.
fn identifier(name: &str) -> String {
    let mut identifier = String::new();
    let mut last = '_';
    for c in name.chars() {
        let is_new_word =
            c.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit());
        let next = if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        };
        if is_new_word || (identifier.is_empty() && c.is_ascii_digit()) {
            identifier.push('_');
        }
        // Two in a row are no style of Rust.
        if next != '_' || !identifier.ends_with('_') {
            identifier.push(next);
        }
        last = c;
    }
    identifier
}

/// The command of the AWS CLI that starts an execution of the same function with the same input.
fn aws_command(view: &View, endpoint: &str, region: &str) -> String {
    let version = if view.version.is_empty() {
        "$LATEST"
    } else {
        &view.version
    };
    let input = view.input.as_deref().unwrap_or("{}");
    // Both versions of the AWS CLI read a payload from a file as it is.
    format!(
        "printf %s {} | \\\n  aws lambda invoke --endpoint-url {} --region {} --no-sign-request \\\n  \
         --function-name {} --invocation-type Event --payload fileb:///dev/stdin /dev/stdout",
        quoted(input),
        quoted(endpoint),
        quoted(region),
        quoted(&format!("{}:{version}", view.function)),
    )
}

/// A word of a shell, quoted unless it is harmless.
fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_one_word_of_a_shell() {
        assert_eq!(
            quoted(r#"{"a": "it's $(rm)"}"#),
            r#"'{"a": "it'\''s $(rm)"}'"#
        );
        assert_eq!(quoted("us-west-2"), "us-west-2");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn names_of_functions_become_those_of_rust() {
        assert_eq!(identifier("OrderWorkflow"), "order_workflow");
        assert_eq!(identifier("order-workflow--2"), "order_workflow_2");
        assert_eq!(identifier("orders_Order2Ship"), "orders_order2_ship");
        assert_eq!(identifier("2nd"), "_2nd");
        assert_eq!(identifier("HTTPGet"), "httpget");
    }

    #[test]
    fn a_file_name_has_no_path() {
        assert_eq!(file_name("../a b\r\n", "json"), "---a-b--.json");
    }
}

//! Payloads: JSON that can be folded, and any other text as it is.

use durable_view::{count, visible, visible_lines};
use maud::{Markup, html};
use serde_json::Value;

/// Limit on the values that fold; a larger payload is shown as text.
const MAX_VALUES: usize = 1_500;

/// Limit on the bytes of a payload that is shown.
const MAX_BYTES: usize = 256 * 1024;

/// Levels that are unfolded at first.
const OPEN_LEVELS: usize = 3;

/// Limit on the members and items that are unfolded at first.
const OPEN_MEMBERS: usize = 24;

/// Where a payload stands, which decides the level of its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// It is a part of the page.
    Page,
    /// It stands in a section of the page.
    Section,
    /// It stands in the details of an operation.
    Details,
}

/// A payload with its title; the id tells payloads of a page apart.
pub(super) fn payload(level: Level, title: &str, id: &str, text: &str) -> Markup {
    let title_id = format!("{id}-title");
    html! {
        section.payload aria-labelledby=(title_id) {
            header {
                @match level {
                    Level::Page => h2 id=(title_id) { (title) },
                    Level::Section => h3 id=(title_id) { (title) },
                    Level::Details => h4 id=(title_id) { (title) },
                }
                button.quiet type="button" data-copy={ "#" (id) "-raw" } aria-describedby=(title_id) hidden { "Copy" }
            }
            (shown(text))
            textarea id={ (id) "-raw" } hidden readonly aria-hidden="true" { (text) }
        }
    }
}

fn shown(text: &str) -> Markup {
    if text.len() > MAX_BYTES {
        let cut = text.floor_char_boundary(MAX_BYTES);
        let start = text.get(..cut).unwrap_or_default();
        return html! {
            pre.json { (visible_lines(start)) "…" }
            p.note { "The first " (count(cut)) " of " (count(text.len())) " bytes." }
        };
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) if values(&value) <= MAX_VALUES => html! {
            div.json { (folding(&value, 0)) }
        },
        Ok(value) => html! {
            pre.json { (visible_lines(&format!("{value:#}"))) }
        },
        Err(_) => html! {
            pre.json { (visible_lines(text)) }
        },
    }
}

/// Number of values in a value.
fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

fn folding(value: &Value, level: usize) -> Markup {
    let is_open = |size: usize| level < OPEN_LEVELS && size <= OPEN_MEMBERS;
    match value {
        Value::Array(items) if !items.is_empty() => html! {
            details open[is_open(items.len())] {
                summary { "[" span.note { (sized(items.len(), "item")) } "]" }
                ol {
                    @for item in items { li { (folding(item, level + 1)) } }
                }
            }
        },
        Value::Object(members) if !members.is_empty() => html! {
            details open[is_open(members.len())] {
                summary { "{" span.note { (sized(members.len(), "member")) } "}" }
                ul {
                    @for (name, value) in members {
                        li { span.key { (visible(name)) } ": " (folding(value, level + 1)) }
                    }
                }
            }
        },
        Value::Array(_) => html! { "[]" },
        Value::Object(_) => html! { "{}" },
        Value::String(text) => html! { span.string { (visible_lines(&quoted(text))) } },
        Value::Number(_) | Value::Bool(_) | Value::Null => {
            html! { span.scalar { (value.to_string()) } }
        }
    }
}

/// A text in quotes, with its line breaks as they are.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn sized(size: usize, of: &str) -> String {
    let plural = if size == 1 { "" } else { "s" };
    format!(" {} {of}{plural} ", count(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_payload_is_markup() {
        let text = r#"{"<b>name</b>": "<script>alert(1)</script>\u202e", "n": [1, null, {}]}"#;
        let markup = payload(Level::Page, "Input", "input", text).into_string();
        assert!(!markup.contains("<script"), "{markup}");
        assert!(!markup.contains("<b>"), "{markup}");
        assert!(markup.contains("\\u{202e}"), "{markup}");
        let broken =
            payload(Level::Page, "Input", "input", "</pre></textarea><script>").into_string();
        assert!(!broken.contains("<script"), "{broken}");
    }

    #[test]
    fn a_large_payload_is_text() {
        let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
        assert!(
            payload(Level::Page, "Result", "result", &many)
                .into_string()
                .contains("<pre")
        );
        let long = "x".repeat(MAX_BYTES + 10);
        let markup = payload(Level::Page, "Result", "result", &long).into_string();
        assert!(markup.contains("262,144 of 262,154 bytes"));
    }
}

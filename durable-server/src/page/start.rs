//! The page that starts an execution: any, or one like another.

use durable_service::Service;
use durable_service::model::ExecutionArn;
use durable_view::{payload_line, visible};
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::hidden;
use super::link;

/// Limit on the earlier inputs that are offered.
const MAX_EARLIER: usize = 8;

/// Limit on the executions that are searched for them.
const MAX_SEARCHED: usize = 500;

/// Limit on the characters of an offered input.
const MAX_CHARS: usize = 100;

/// What the form starts with.
#[derive(Debug, Default)]
pub(super) struct Draft {
    function: Option<String>,
    input: Option<String>,
    /// ARNs and inputs of earlier executions of the function.
    earlier: Vec<(String, String)>,
}

impl Draft {
    /// The draft of a query.
    pub(super) fn of(service: &Service, fields: &Fields) -> Self {
        let like: Option<ExecutionArn> = fields.get("like").and_then(|arn| arn.parse().ok());
        let like = like.and_then(|arn| service.execution(&arn).ok());
        let function = like.map_or_else(
            || fields.get("function").map(str::to_owned),
            |like| Some(like.function().to_owned()),
        );
        let mut earlier: Vec<(String, String)> = Vec::new();
        if let Some(function) = &function {
            let own = service.executions().rev().take(MAX_SEARCHED);
            for execution in own.filter(|it| it.function() == function) {
                if earlier.len() == MAX_EARLIER {
                    break;
                }
                if earlier.iter().all(|(_, input)| input != execution.input()) {
                    earlier.push((execution.arn().to_string(), execution.input().to_owned()));
                }
            }
        }
        Self {
            input: like.map(|like| like.input().to_owned()),
            function,
            earlier,
        }
    }
}

/// The page; `names` are those of the functions that can be started.
pub(super) fn render(draft: &Draft, names: &[&str], token: &str) -> Markup {
    let input = draft
        .input
        .as_deref()
        .map_or_else(|| "{}".to_owned(), pretty);
    html! {
        h1 { "Start an execution" }
        form.stacked.start method="post" action="/do/start" {
            (hidden("token", token))
            label { span { "Function" }
                select name="function" required {
                    @for name in names {
                        option value=(name) selected[draft.function.as_deref() == Some(*name)] { (name) }
                    }
                }
            }
            label { span { "Name of the execution " span.note { "(optional; the same name again returns the same execution)" } }
                input type="text" name="name" maxlength="64" autocomplete="off" spellcheck="false";
            }
            label { span { "Input (JSON)" }
                textarea name="input" rows="12" spellcheck="false" data-json="" { (input) }
            }
            button.good type="submit" { "Start" }
        }
        @if !draft.earlier.is_empty() {
            section aria-labelledby="earlier" {
                h2 id="earlier" { "Earlier inputs of this function" }
                ul.earlier {
                    @for (arn, input) in &draft.earlier {
                        li { a href=(link::again(arn)) { code { (visible(&payload_line(input, MAX_CHARS))) } } }
                    }
                }
            }
        }
    }
}

/// JSON with line breaks; any other text as it is.
fn pretty(text: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => format!("{value:#}"),
        Err(_) => text.to_owned(),
    }
}

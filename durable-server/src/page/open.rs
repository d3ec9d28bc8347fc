//! The page that shows a saved history: one of this server, or one of AWS.

use durable_service::recording::Recording;
use maud::{Markup, html};

use super::execution;
use super::layout::hidden;
use super::view::View;

/// The form.
pub(super) fn form(token: &str, error: Option<&str>) -> Markup {
    html! {
        h1 { "Open a saved history" }
        p { "What " code { "durable history ARN --save FILE" } " or "
            code { "aws lambda get-durable-execution-history --include-execution-data" } " wrote." }
        @if let Some(error) = error { p.problem role="alert" { (error) } }
        form.stacked.start method="post" action="/open" {
            (hidden("token", token))
            label.file hidden { span { "File" } input type="file" accept=".json,application/json" data-reads="#history"; }
            label { span { "History (JSON)" }
                textarea id="history" name="history" rows="12" required spellcheck="false" {}
            }
            button.good type="submit" { "Open" }
        }
    }
}

/// The page of a history, or the form with the reason why it cannot be shown.
pub(super) fn opened(text: &str, token: &str) -> Result<Markup, Markup> {
    let recording = Recording::read(text);
    recording
        .map(|recording| execution::render_saved(&View::saved(&recording)))
        .map_err(|error| form(token, Some(&error.to_string())))
}

//! The index of the report.

use std::fmt::Write as _;
use std::time::Duration;

use durable_view::timeline::escape;
use durable_view::{Timeline, count, human, one_line};

use super::entry::{Entry, Outcome};

/// Limit on the characters of a message.
const MAX_MESSAGE: usize = 160;

/// What the pages of a report have beside timelines.
pub(super) const STYLE: &str = "\
table{border-collapse:collapse;width:100%}\
th,td{padding:5px 12px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--dt-rule)}\
th{font-weight:600;color:var(--dt-dim)}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
td{white-space:nowrap}td:first-child{white-space:normal;overflow-wrap:anywhere}td small{display:block;color:var(--dt-dim);overflow-wrap:anywhere}\
td.failed small{color:var(--dt-bad)}.dt-called{margin:20px 0 -16px;color:var(--dt-dim)}\
@media (max-width:640px){.wide{display:none}}\n";

pub(super) fn render(entries: &[Entry]) -> String {
    let number = |outcome| {
        entries
            .iter()
            .filter(|entry| entry.outcome == outcome)
            .count()
    };
    let summary = format!(
        "{} passed, {} failed, {} skipped",
        count(number(Outcome::Passed)),
        count(number(Outcome::Failed)),
        count(number(Outcome::Skipped))
    );
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{summary}</title>\n\
         <style>\n{}{STYLE}</style></head>\n<body>\n<main>\n<h1>Durable tests: {summary}</h1>\n\
         <table>\n<thead><tr><th>test</th><th>status</th><th class=\"n\">virtual time</th>\
         <th class=\"n wide\">real time</th><th class=\"n\">invocations</th><th class=\"n wide\">executions</th>\
         <th class=\"wide\">mode</th></tr></thead>\n<tbody>\n",
        Timeline::STYLE
    );
    for entry in entries {
        let message = one_line(&entry.message, MAX_MESSAGE);
        let message = if message.is_empty() {
            message
        } else {
            format!("<small>{}</small>", escape(&message))
        };
        let status = status(entry.outcome);
        let _ = writeln!(
            page,
            "<tr><td class=\"{status}\"><a href=\"{}\">{}::{}</a>{message}</td>\
             <td><span class=\"dt-dot {}\"></span>{status}</td><td class=\"n\">{}</td><td class=\"n wide\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n wide\">{}</td><td class=\"wide\">{}</td></tr>",
            escape(&entry.page),
            escape(&entry.target),
            escape(&entry.name),
            class(entry.outcome),
            time(entry.virtual_ms),
            time(entry.real_ms),
            count(entry.invocations),
            count(entry.executions),
            entry.mode
        );
    }
    page + "</tbody></table>\n</main>\n</body></html>\n"
}

/// The figures of a test, in words.
pub(super) fn figures(entry: &Entry) -> [String; 5] {
    [
        status(entry.outcome).to_owned(),
        format!("virtual time {}", time(entry.virtual_ms)),
        format!("real time {}", time(entry.real_ms)),
        format!("invocations {}", count(entry.invocations)),
        format!("executions {}", count(entry.executions)),
    ]
}

fn time(millis: u64) -> String {
    human(Duration::from_millis(millis))
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    }
}

/// The class that colours an outcome.
pub(super) fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "good",
        Outcome::Failed => "bad",
        Outcome::Skipped => "neutral",
    }
}

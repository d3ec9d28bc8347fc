//! The page of a test.

use std::fmt::Write as _;

use durable_view::timeline::escape;
use durable_view::{Timeline, count};

use super::Ended;
use super::entry::{Entry, Outcome};
use super::index::{STYLE, class, figures};
use crate::ExecutionResult;
use crate::results::Operation;

pub(super) fn render(test: &Ended<'_>, entry: &Entry) -> String {
    let name = escape(&entry.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{name}</title>\n\
         <style>\n{}{STYLE}</style></head>\n<body>\n<main>\n<p><a href=\"index.html\">all tests</a></p>\n\
         <h1><span class=\"dt-dot {}\"></span>{name}</h1>\n<p class=\"dt-start\">{} · {} · {}:{}</p>\n",
        Timeline::STYLE,
        class(entry.outcome),
        figures(entry).join(" · "),
        entry.mode,
        escape(&entry.file),
        entry.line,
    );
    if !test.message.is_empty() {
        let kind = if test.outcome == Outcome::Failed {
            " dt-failed"
        } else {
            ""
        };
        let lines: Vec<String> = test.message.lines().map(escape).collect();
        let _ = writeln!(
            page,
            "<pre class=\"dt-error{kind}\">{}</pre>",
            lines.join("\n")
        );
    }
    if test.executions.left_out > 0 {
        let left_out = count(test.executions.left_out);
        let _ = writeln!(
            page,
            "<p class=\"dt-start\">{left_out} earlier executions are not shown.</p>"
        );
    }
    for result in &test.executions.latest {
        execution(&mut page, result, "");
    }
    if test.executions.latest.is_empty() {
        page += "<p class=\"dt-start\">It ran no execution to its end.</p>\n";
    }
    page + "</main>\n</body></html>\n"
}

/// An execution, and those that it called.
fn execution(page: &mut String, result: &ExecutionResult, called_by: &str) {
    if !called_by.is_empty() {
        let _ = writeln!(
            page,
            "<p class=\"dt-called\">called by {}:</p>",
            escape(called_by)
        );
    }
    *page += &result.timeline().to_html_section();
    for (id, child) in result.called() {
        let caller = result.operations().iter().find(|one| one.id() == id);
        let path = caller.map_or_else(|| id.to_owned(), Operation::path);
        execution(page, child, &path);
    }
}

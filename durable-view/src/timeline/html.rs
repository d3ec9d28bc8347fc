//! The timeline as a page.

use std::fmt::Write as _;

use durable_service::model::OperationType;

use super::{LabelKind, Row, RowKind, Span, Timeline, Tone, escape};
use crate::words::{human, visible};

/// Deeper levels are not indented any further.
const MAX_INDENTED: usize = 10;

/// Width of a character of a label, as a part of the axis.
const CHARACTER: f64 = 0.016;

pub(super) const STYLE: &str = include_str!("style.css");

pub(super) fn page(timeline: &Timeline) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{}</title>\n<style>\n{STYLE}</style></head>\n<body>\n<main>\n{}</main>\n</body></html>\n",
        escape(&timeline.headline),
        section(timeline)
    )
}

pub(super) fn section(timeline: &Timeline) -> String {
    let tone = Tone::of_execution(timeline.status).class();
    let mut html = format!(
        "<section class=\"dt-run\"><h2><span class=\"dt-dot {tone}\"></span>{}</h2>\n",
        escape(&timeline.headline)
    );
    if let Some(error) = &timeline.error {
        let _ = writeln!(
            html,
            "<pre class=\"dt-error\">{}</pre>",
            escape_lines(error)
        );
    }
    let _ = writeln!(
        html,
        "<p class=\"dt-start\">started at <time>{}</time></p>",
        timeline.started_at
    );
    if !timeline.deviations.is_empty() {
        html += "<ol class=\"dt-marks\">\n";
        for mark in &timeline.deviations {
            let _ = writeln!(html, "<li>{}</li>", escape(&visible(&mark.text)));
        }
        html += "</ol>\n";
    }
    let dense = if timeline.is_dense() { " dt-dense" } else { "" };
    let _ = writeln!(html, "<div class=\"dt-chart{dense}\">");
    scale(&mut html, timeline);
    marks(&mut html, timeline);
    html += "<div class=\"dt-back\" aria-hidden=\"true\"><div class=\"dt-plot\">";
    for gap in &timeline.gaps {
        let _ = write!(
            html,
            "<i class=\"dt-gap\" style=\"{}\"></i>",
            place(gap.span)
        );
    }
    for invocation in &timeline.invocations {
        let _ = write!(
            html,
            "<i class=\"dt-inv\" style=\"{}\"></i>",
            place(invocation.span)
        );
    }
    for (at, _) in timeline.placed_deviations() {
        let _ = write!(
            html,
            "<i class=\"dt-mark\" style=\"left:{:.2}%\"></i>",
            at * 100.0
        );
    }
    html += "</div></div>\n<ol class=\"dt-rows\">\n";
    for row in &timeline.rows {
        item(&mut html, row);
    }
    if timeline.rows.is_empty() {
        html += "<li class=\"dt-none\">no operation</li>\n";
    }
    html += "</ol></div></section>\n";
    html
}

/// The times along the axis, the lengths of the gaps and the numbers of the invocations.
fn scale(html: &mut String, timeline: &Timeline) {
    html.push_str(
        "<div class=\"dt-scale\"><span class=\"dt-name\">time</span><div class=\"dt-plot\">",
    );
    for label in timeline.labels(CHARACTER) {
        let class = match label.kind {
            LabelKind::Gap => "dt-gaplen",
            LabelKind::Tick => "dt-tick",
        };
        let _ = write!(
            html,
            "<span class=\"{class}\" style=\"left:{:.2}%\">{}</span>",
            label.at * 100.0,
            label.text
        );
    }
    html.push_str("</div></div>\n");
    if timeline.invocations.is_empty() {
        return;
    }
    html.push_str("<div class=\"dt-scale dt-numbers\"><span class=\"dt-name\">invocations</span><div class=\"dt-plot\">");
    let mut taken = -1.0;
    for invocation in &timeline.invocations {
        if invocation.span.from < taken {
            continue;
        }
        let number = invocation.number;
        taken = invocation.span.from + if number > 99 { 0.06 } else { 0.04 };
        let bad = if invocation.error.is_some() {
            " bad"
        } else {
            ""
        };
        let error = invocation
            .error
            .as_deref()
            .map_or_else(String::new, |error| format!(": {error}"));
        let _ = write!(
            html,
            "<span class=\"dt-inum{bad}\" style=\"left:{:.2}%\" title=\"{}\">{number}</span>",
            invocation.span.from * 100.0,
            escape(&format!(
                "invocation {number} at +{}{error}",
                human(invocation.started)
            )),
        );
    }
    html.push_str("</div></div>\n");
}

/// The numbers of the marks.
fn marks(html: &mut String, timeline: &Timeline) {
    if timeline.placed_deviations().next().is_none() {
        return;
    }
    html.push_str("<div class=\"dt-scale dt-numbers\"><span class=\"dt-name\">deviations</span><div class=\"dt-plot\">");
    for (at, mark) in timeline.placed_deviations() {
        let _ = write!(
            html,
            "<span class=\"dt-mnum\" style=\"left:{:.2}%\" title=\"{}\">{}</span>",
            at * 100.0,
            escape(&visible(&mark.text)),
            mark.number
        );
    }
    html.push_str("</div></div>\n");
}

fn item(html: &mut String, row: &Row) {
    let RowKind::Folded { rows } = &row.kind else {
        html.push_str("<li>");
        line(html, row, true);
        html.push_str("</li>\n");
        return;
    };
    html.push_str("<li><details class=\"dt-fold\"><summary>");
    line(html, row, false);
    html.push_str("</summary><ol>\n");
    for row in rows {
        item(html, row);
    }
    html.push_str("</ol></details></li>\n");
}

/// A row: its name, its bar, its note and, opened by hover and focus, its details.
fn line(html: &mut String, row: &Row, can_focus: bool) {
    let tone = row.tone.class();
    let focus = if can_focus { " tabindex=\"0\"" } else { "" };
    let label = escape(&row.label);
    let _ = write!(
        html,
        "<div class=\"dt-row {tone}\"{focus}><span class=\"dt-name\" style=\"--d:{}\">{label}</span>\
         <div class=\"dt-plot\">",
        row.depth.min(MAX_INDENTED)
    );
    bar(html, row);
    let _ = write!(
        html,
        "</div><span class=\"dt-note\">{}</span>",
        escape(&row.note())
    );
    if can_focus {
        let _ = write!(html, "<dl class=\"dt-tip\"><dt>name</dt><dd>{label}</dd>");
        for (name, value) in row.details() {
            let _ = write!(
                html,
                "<dt>{}</dt><dd>{}</dd>",
                escape(&name),
                escape(&value)
            );
        }
        html.push_str("</dl>");
    }
    html.push_str("</div>");
}

fn bar(html: &mut String, row: &Row) {
    let at = place(row.span);
    match &row.kind {
        RowKind::Operation {
            operation_type: OperationType::Step,
            attempts,
            ..
        } => {
            let _ = write!(html, "<i class=\"dt-thread\" style=\"{at}\"></i>");
            for attempt in attempts {
                let tone = attempt.tone.class();
                let _ = write!(
                    html,
                    "<i class=\"dt-work {tone}\" style=\"{}\"></i><b class=\"dt-attempt {tone}\" style=\"left:{:.2}%\"></b>",
                    place(attempt.span),
                    attempt.span.to * 100.0
                );
            }
            if attempts.is_empty() {
                let _ = write!(
                    html,
                    "<b class=\"dt-attempt\" style=\"left:{:.2}%\"></b>",
                    row.span.from * 100.0
                );
            }
        }
        RowKind::Operation {
            operation_type: OperationType::Context,
            ..
        } => {
            let _ = write!(html, "<i class=\"dt-context\" style=\"{at}\"></i>");
        }
        RowKind::Operation { .. } => {
            let _ = write!(html, "<i class=\"dt-wait\" style=\"{at}\"></i>");
        }
        RowKind::Folded { .. } => {
            let _ = write!(html, "<i class=\"dt-many\" style=\"{at}\"></i>");
        }
    }
}

fn place(span: Span) -> String {
    format!(
        "left:{:.2}%;width:{:.2}%",
        span.from * 100.0,
        (span.to - span.from).max(0.0) * 100.0
    )
}

/// A text of several lines, each escaped.
fn escape_lines(text: &str) -> String {
    text.lines()
        .map(|line| escape(&visible(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

//! The timeline as a page.

use std::fmt::Write as _;

use super::plot::lines;
use super::{Row, RowKind, Timeline, Tone, escape};
use crate::words::visible;

/// Deeper levels are not indented any further.
const MAX_INDENTED: usize = 10;

/// Width of a character of a label, as a part of the axis.
const CHARACTER: f64 = 0.016;

pub(super) const STYLE: &str = concat!(include_str!("plot.css"), include_str!("style.css"));

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
        let _ = writeln!(html, "<pre class=\"dt-error\">{}</pre>", lines(error));
    }
    let _ = writeln!(
        html,
        "<p class=\"dt-start\">started at <time>{}</time></p>",
        timeline.started_at
    );
    if !timeline.deviations().is_empty() {
        html += "<ol class=\"dt-deviations\">\n";
        for deviation in timeline.deviations() {
            let _ = writeln!(html, "<li>{}</li>", lines(&visible(&deviation.text)));
        }
        html += "</ol>\n";
    }
    html += "<div class=\"dt-chart\">\n";
    scale(&mut html, timeline);
    let backdrop = timeline.backdrop_svg();
    let _ = writeln!(
        html,
        "<div class=\"dt-back\">{backdrop}</div>\n<ol class=\"dt-rows\">"
    );
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
    let mut line = |name: &str, svg: &str| {
        let _ = writeln!(
            html,
            "<div class=\"dt-line\"><span class=\"dt-name\">{name}</span>{svg}</div>"
        );
    };
    line("time", &timeline.scale_svg(CHARACTER));
    if !timeline.invocations.is_empty() {
        line("invocations", &timeline.numbers_svg(CHARACTER));
    }
    if timeline.placed_deviations().next().is_some() {
        line("deviations", &timeline.deviations_svg(CHARACTER));
    }
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
         {}<span class=\"dt-note\">{}</span>",
        row.depth.min(MAX_INDENTED),
        row.bar_svg(),
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

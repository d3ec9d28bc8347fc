//! The timeline as a picture.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::plot::{self, BAR as ROW, LINE, lines};
use super::{Row, RowKind, Timeline, Tone, escape};
use crate::fold;
use crate::words::{count, fitted, visible};

const WIDTH: f64 = 1000.0;
const CHART_FROM: f64 = 250.0;
const CHART_TO: f64 = 790.0;
const NOTES: f64 = 804.0;
const INDENT: f64 = 14.0;
const MAX_INDENTED: usize = 8;

/// Width of a character, by which texts are cut to their columns; in the headline, and elsewhere.
const HEADLINE_CHARACTER: f64 = 8.5;
const CHARACTER: f64 = 7.3;

/// Left edge of texts.
const LEFT: f64 = 12.0;

/// Limit on the rows.
const ROWS: usize = 240;

/// Baseline of the headline.
const HEADLINE: f64 = 22.0;

const STYLE: &str = "\
.dt{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
.dt text{fill:var(--dt-ink);white-space:pre}\
.dt .dim{fill:var(--dt-dim);paint-order:stroke;stroke:var(--dt-bg);stroke-width:3px}.dt .head{font-size:14px;font-weight:600}\
.dt text.bad,.dt text.open{fill:var(--dt-tone)}.dt-sheet{fill:var(--dt-bg)}\
.dt-hit{fill:transparent}.dt-row:hover .dt-hit{fill:var(--dt-rule);opacity:.5}\n";

pub(super) fn render(timeline: &Timeline) -> String {
    let (first, left_out, last) = fold::limited(&timeline.rows, ROWS);
    let mut top = HEADLINE + 14.0;
    let mut head = String::new();
    text(
        &mut head,
        LEFT,
        HEADLINE,
        "head",
        &fitted(&timeline.headline, columns(LEFT, WIDTH, HEADLINE_CHARACTER)),
    );
    if let Some(error) = &timeline.error {
        top += LINE - 4.0;
        text(
            &mut head,
            LEFT,
            top - 4.0,
            "bad",
            &fitted(&visible(error), columns(LEFT, WIDTH, CHARACTER)),
        );
    }
    for deviation in timeline.deviations() {
        top += LINE - 4.0;
        let line = format!("{}: {}", deviation.number, visible(&deviation.text));
        let line = fitted(&line, columns(LEFT, WIDTH, CHARACTER));
        text(&mut head, LEFT, top - 4.0, "bad", &line);
    }
    // The scale and the numbers of invocations and deviations stand between the headline and the rows.
    let chart_from = top + 2.0 * LINE;
    let has_places = timeline.placed_deviations().next().is_some();
    let rows_from = chart_from + if has_places { LINE } else { 0.0 };
    let lines = first.len() + last.len() + usize::from(left_out > 0);
    let height = rows_from + as_f64(lines) * ROW + 12.0;
    let label = escape(&timeline.headline);
    let plot_style = plot::STYLE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dt\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{label}\"><style>{STYLE}{plot_style}</style>\
         <rect class=\"dt-sheet\" width=\"{WIDTH}\" height=\"{height}\"/>{head}\n"
    );
    background(&mut svg, timeline, top, chart_from, height - 8.0);
    if has_places {
        text(&mut svg, LEFT, rows_from - 6.0, "bad", "deviations");
        let numbers = plot::deviations(timeline, CHARACTER / (CHART_TO - CHART_FROM));
        chart(&mut svg, chart_from, LINE, "visible", &numbers);
    }
    let mut y = rows_from;
    for row in first {
        draw(&mut svg, row, y);
        y += ROW;
    }
    if left_out > 0 {
        text(
            &mut svg,
            LEFT,
            y + 15.0,
            "dim",
            &format!("⋮ {} more rows", count(left_out)),
        );
        y += ROW;
    }
    for row in last {
        draw(&mut svg, row, y);
        y += ROW;
    }
    svg += "</svg>\n";
    svg
}

/// The gaps, the invocations and the scale.
fn background(svg: &mut String, timeline: &Timeline, top: f64, chart_from: f64, bottom: f64) {
    let character = CHARACTER / (CHART_TO - CHART_FROM);
    let numbers_from = chart_from - LINE;
    let backdrop = plot::backdrop(timeline);
    chart(
        svg,
        numbers_from,
        bottom - numbers_from,
        "hidden",
        &backdrop,
    );
    text(svg, LEFT, chart_from - 6.0, "dim", "invocations");
    let scale = plot::scale(timeline, character);
    chart(svg, top, LINE, "visible", &scale);
    let numbers = plot::numbers(timeline, character);
    chart(svg, numbers_from, LINE, "visible", &numbers);
    svg.push('\n');
}

/// A part of the picture that stands along the axis of time.
fn chart(svg: &mut String, y: f64, height: f64, overflow: &str, content: &str) {
    let width = CHART_TO - CHART_FROM;
    let _ = write!(
        svg,
        "<svg x=\"{CHART_FROM}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" overflow=\"{overflow}\">{content}</svg>"
    );
}

fn draw(svg: &mut String, row: &Row, y: f64) {
    let baseline = y + ROW / 2.0 + 4.0;
    let details: Vec<String> = row
        .details()
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let title = format!("{}\n{}", visible(&row.label), details.join("\n"));
    let _ = write!(
        svg,
        "<g class=\"dt-row {}\"><title>{}</title><rect class=\"dt-hit\" y=\"{y:.1}\" width=\"{WIDTH}\" height=\"{ROW}\"/>",
        row.tone.class(),
        lines(&title)
    );
    let left = LEFT + as_f64(row.depth.min(MAX_INDENTED)) * INDENT;
    let is_folded = matches!(row.kind, RowKind::Folded { .. });
    let right = if is_folded { WIDTH } else { CHART_FROM - 10.0 };
    let label = fitted(&visible(&row.label), columns(left, right, CHARACTER));
    let folded_is_long = is_folded && label.width() > columns(left, CHART_FROM, CHARACTER);
    if !folded_is_long {
        chart(svg, y, ROW, "visible", &plot::bar(row));
    }
    text(
        svg,
        left,
        baseline,
        if is_folded { "dim" } else { "" },
        &label,
    );
    if !folded_is_long {
        let class = match row.tone {
            Tone::Bad => "bad",
            Tone::Open => "open",
            Tone::Good | Tone::Neutral => "dim",
        };
        text(
            svg,
            NOTES,
            baseline,
            class,
            &fitted(&row.note(), columns(NOTES, WIDTH, CHARACTER)),
        );
    }
    *svg += "</g>\n";
}

fn text(svg: &mut String, x: f64, y: f64, class: &str, content: &str) {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    let _ = write!(
        svg,
        "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
        escape(content)
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of rows and characters are small"
)]
fn as_f64(number: usize) -> f64 {
    number as f64
}

/// How many characters of a width there is room for between two edges.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of characters are small and positive"
)]
fn columns(left: f64, right: f64, character: f64) -> usize {
    ((right - left) / character) as usize
}

//! The timeline as a picture.

use std::fmt::Write as _;

use durable_service::model::OperationType;

use super::{Row, RowKind, Span, Timeline, Tone, escape};
use crate::fold;
use crate::words::{count, fitted, human, visible};

const WIDTH: f64 = 1000.0;
const CHART_FROM: f64 = 250.0;
const CHART_TO: f64 = 810.0;
const NOTES: f64 = 824.0;
const ROW: f64 = 22.0;
const INDENT: f64 = 14.0;
const MAX_INDENTED: usize = 8;

/// Width of a character, by which texts are cut to their columns.
const CHARACTER: f64 = 7.0;

/// Limit on the rows.
const ROWS: usize = 240;

/// Baseline of the headline, of the error, of the scale and of the numbers of invocations.
const HEADLINE: f64 = 22.0;
const LINE: f64 = 20.0;

const STYLE: &str = "\
.dt{--dt-bg:#fff;--dt-ink:#1c2230;--dt-dim:#5d6678;--dt-rule:#d9dee8;--dt-run:#eef3fb;--dt-idle:#e3e7ee;\
--dt-good:#2f7d4f;--dt-neutral:#7a6ba8;--dt-open:#b26a00;--dt-bad:#c4322f;\
font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
@media (prefers-color-scheme:dark){.dt{--dt-bg:#151922;--dt-ink:#e4e8f0;--dt-dim:#9aa4b8;--dt-rule:#303848;\
--dt-run:#1c2433;--dt-idle:#262d3b;--dt-good:#5cc489;--dt-neutral:#b3a3e6;--dt-open:#f0a93b;--dt-bad:#ff7b72}}\
.dt text{fill:var(--dt-ink);white-space:pre}.dt .dim{fill:var(--dt-dim)}.dt .head{font-size:14px;font-weight:600}\
.dt .bg{fill:var(--dt-bg)}.dt .run{fill:var(--dt-run)}.dt .idle{fill:url(#dt-idle)}.dt .dense{fill:var(--dt-bg)}.dt .edge{stroke:var(--dt-rule)}\
.dt .good{fill:var(--dt-good);stroke:var(--dt-good)}.dt .neutral{fill:var(--dt-neutral);stroke:var(--dt-neutral)}\
.dt .open{fill:var(--dt-open);stroke:var(--dt-open)}.dt .bad{fill:var(--dt-bad);stroke:var(--dt-bad)}\
.dt .mark{stroke:var(--dt-bad)}.dt text.mark{fill:var(--dt-bad)}.dt text.bad,.dt text.open,.dt text.mark{stroke:none}.dt .thin{opacity:.45;stroke:none}.dt .line{fill:none;stroke-width:1.5}\
.dt .wait{stroke-dasharray:2 3}.dt .row:hover .hit{fill:var(--dt-rule);opacity:.5}.dt .hit{fill:transparent}";

pub(super) fn render(timeline: &Timeline) -> String {
    let (first, left_out, last) = fold::limited(&timeline.rows, ROWS);
    let mut top = HEADLINE + 14.0;
    let mut head = String::new();
    text(
        &mut head,
        12.0,
        HEADLINE,
        "head",
        &fitted(&timeline.headline, 120),
    );
    if let Some(error) = &timeline.error {
        top += LINE - 4.0;
        text(
            &mut head,
            12.0,
            top - 4.0,
            "bad",
            &fitted(&visible(error), 136),
        );
    }
    for mark in &timeline.deviations {
        top += LINE - 4.0;
        let line = format!("{}: {}", mark.number, visible(&mark.text));
        text(&mut head, 12.0, top - 4.0, "mark", &fitted(&line, 136));
    }
    // The scale and the numbers of the invocations stand between the headline and the rows.
    let rows_from = top + 2.0 * LINE;
    let lines = first.len() + last.len() + usize::from(left_out > 0);
    let height = rows_from + as_f64(lines) * ROW + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dt\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{}\"><style>{STYLE}</style><defs><pattern id=\"dt-idle\" \
         width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"6\" \
         height=\"6\" class=\"bg\"/><rect width=\"2\" height=\"6\" style=\"fill:var(--dt-idle)\"/></pattern></defs>\
         <rect class=\"bg\" width=\"{WIDTH}\" height=\"{height}\"/>{head}\n",
        escape(&timeline.headline)
    );
    background(&mut svg, timeline, top, rows_from, height - 8.0);
    let mut y = rows_from;
    for row in first {
        draw(&mut svg, row, y);
        y += ROW;
    }
    if left_out > 0 {
        text(
            &mut svg,
            12.0,
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
    marks(&mut svg, timeline, rows_from, height - 8.0);
    svg += "</svg>\n";
    svg
}

/// The gaps, the invocations and the scale.
fn background(svg: &mut String, timeline: &Timeline, top: f64, rows_from: f64, bottom: f64) {
    let mut numbers = String::new();
    let mut numbered_to = 0.0;
    let height = bottom - rows_from + LINE;
    for invocation in &timeline.invocations {
        let (x, width) = place(invocation.span);
        let (y, number) = (rows_from - LINE, invocation.number);
        let ended = invocation.ended.map_or_else(
            || "running".to_owned(),
            |ended| format!("to +{}", human(ended)),
        );
        let failed = invocation
            .error
            .as_deref()
            .map_or_else(String::new, |error| format!("\n{}", visible(error)));
        let title = format!(
            "invocation {number}\n+{} {ended}{failed}",
            human(invocation.started)
        );
        let _ = write!(
            svg,
            "<g><title>{}</title><rect class=\"run\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>\
             <path class=\"edge\" d=\"M{x:.1} {y:.1}v{height:.1}\"/>",
            lines(&title),
            width.max(2.0)
        );
        let label = number.to_string();
        if numbered_to <= x {
            numbered_to = x + as_f64(label.len()) * CHARACTER + 6.0;
            let class = if invocation.error.is_some() {
                "bad"
            } else {
                "dim"
            };
            text(&mut numbers, x + 3.0, rows_from - 6.0, class, &label);
        }
        *svg += "</g>\n";
    }
    text(svg, 12.0, rows_from - 6.0, "dim", "invocations");
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut label = |svg: &mut String, middle: f64, content: &str| {
        let width = as_f64(content.chars().count()) * CHARACTER;
        let x = (middle - width / 2.0).clamp(CHART_FROM - 2.0, CHART_TO - width);
        let is_free = taken
            .iter()
            .all(|(from, to)| x >= to + 6.0 || x + width + 6.0 <= *from);
        if is_free {
            taken.push((x, x + width));
            text(svg, x, top + 14.0, "dim", content);
        }
    };
    let idle = if timeline.is_dense() { "dense" } else { "idle" };
    for gap in &timeline.gaps {
        let (x, width) = place(gap.span);
        let _ = write!(
            svg,
            "<g><title>idle for {}</title><rect class=\"{idle}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/></g>",
            human(gap.length),
            rows_from - LINE
        );
    }
    for gap in timeline.gaps_by_length() {
        let (x, width) = place(gap.span);
        label(svg, x + width / 2.0, &human(gap.length));
    }
    label(svg, CHART_TO, &human(timeline.length));
    label(svg, CHART_FROM, "0s");
    for tick in &timeline.ticks {
        label(
            svg,
            CHART_FROM + tick.at * (CHART_TO - CHART_FROM),
            &format!("+{}", human(tick.time)),
        );
    }
    *svg += &numbers;
    svg.push('\n');
}

/// A line through the chart for each mark, with its number at the foot.
fn marks(svg: &mut String, timeline: &Timeline, rows_from: f64, bottom: f64) {
    for (at, mark) in timeline.placed_deviations() {
        let x = CHART_FROM + at * (CHART_TO - CHART_FROM);
        let title = format!("{}: {}", mark.number, visible(&mark.text));
        let _ = write!(
            svg,
            "<g><title>{}</title><path class=\"line wait mark\" d=\"M{x:.1} {:.1}V{bottom:.1}\"/>",
            lines(&title),
            rows_from - LINE
        );
        let number = mark.number.to_string();
        text(svg, x + 3.0, bottom + 6.0, "mark", &number);
        *svg += "</g>\n";
    }
}

fn draw(svg: &mut String, row: &Row, y: f64) {
    let middle = y + ROW / 2.0;
    let details: Vec<String> = row
        .details()
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let title = format!("{}\n{}", visible(&row.label), details.join("\n"));
    let _ = write!(
        svg,
        "<g class=\"row\"><title>{}</title><rect class=\"hit\" y=\"{y:.1}\" width=\"{WIDTH}\" height=\"{ROW}\"/>",
        lines(&title)
    );
    let indent = as_f64(row.depth.min(MAX_INDENTED)) * INDENT;
    let is_folded = matches!(row.kind, RowKind::Folded { .. });
    let room = if is_folded { WIDTH } else { CHART_FROM - 10.0 };
    let label = fitted(
        &visible(&row.label),
        as_usize((room - 12.0 - indent) / CHARACTER),
    );
    let folded_is_long =
        is_folded && 12.0 + indent + as_f64(label.chars().count()) * CHARACTER > CHART_FROM;
    if !folded_is_long {
        bar(svg, row, middle);
    }
    text(
        svg,
        12.0 + indent,
        middle + 4.0,
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
            middle + 4.0,
            class,
            &fitted(&row.note(), as_usize((WIDTH - NOTES) / CHARACTER)),
        );
    }
    *svg += "</g>\n";
}

fn bar(svg: &mut String, row: &Row, middle: f64) {
    let (x, width) = place(row.span);
    let tone = row.tone.class();
    match &row.kind {
        RowKind::Operation {
            operation_type: OperationType::Step,
            attempts,
            ..
        } => {
            let _ = write!(
                svg,
                "<path class=\"line wait {tone}\" d=\"M{x:.1} {middle:.1}h{width:.1}\"/>"
            );
            for attempt in attempts {
                let (from, width) = place(attempt.span);
                let tone = attempt.tone.class();
                let _ = write!(
                    svg,
                    "<rect class=\"{tone}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"4\"/>",
                    middle - 2.0
                );
                dot(svg, attempt.tone, from + width, middle);
            }
            if attempts.is_empty() {
                dot(svg, row.tone, x, middle);
            }
        }
        RowKind::Operation {
            operation_type: OperationType::Context,
            ..
        } => {
            let _ = write!(
                svg,
                "<path class=\"line {tone}\" d=\"M{x:.1} {:.1}v10m0 -5h{width:.1}m0 -5v10\"/>",
                middle - 5.0
            );
        }
        RowKind::Operation { .. } => {
            let _ = write!(
                svg,
                "<path class=\"line wait {tone}\" d=\"M{x:.1} {middle:.1}h{width:.1}\"/>\
                 <path class=\"line {tone}\" d=\"M{x:.1} {:.1}v8m{width:.1} -8v8\"/>",
                middle - 4.0
            );
        }
        RowKind::Folded { .. } => {
            let (y, width) = (middle - 3.0, width.max(3.0));
            let _ = write!(
                svg,
                "<rect class=\"thin {tone}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"6\" rx=\"3\"/>"
            );
        }
    }
    if row.tone == Tone::Open {
        let end = x + width;
        let _ = write!(
            svg,
            "<path class=\"{tone}\" d=\"M{end:.1} {:.1}l6 4l-6 4z\"/>",
            middle - 4.0
        );
    }
}

/// The end of an attempt. A failed one has another shape, too, for readers who do not tell the colours apart.
fn dot(svg: &mut String, tone: Tone, x: f64, middle: f64) {
    let class = tone.class();
    let _ = if tone == Tone::Bad {
        write!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z\"/>",
            middle - 4.5
        )
    } else {
        write!(
            svg,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"4\"/>"
        )
    };
}

/// Where a stretch of the axis is in the picture: its left end and its width.
fn place(span: Span) -> (f64, f64) {
    let scale = CHART_TO - CHART_FROM;
    (
        CHART_FROM + span.from * scale,
        (span.to - span.from).max(0.0) * scale,
    )
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

/// A text of several lines, each escaped.
fn lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of rows and characters are small"
)]
fn as_f64(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of characters are small and positive"
)]
fn as_usize(number: f64) -> usize {
    number as usize
}

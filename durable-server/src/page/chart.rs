//! The tree and the waterfall in one: a row for each operation, drawn by the layout of the timeline.

use std::fmt::Write as _;

use durable_service::model::{OperationDetails, OperationType};
use durable_view::timeline::{LabelKind, Row, RowKind, Span};
use durable_view::{Timeline, count, human, visible};
use maud::{Markup, html};

use super::layout::trusted;
use super::link;
use super::view::View;

/// Deeper levels are not indented any further.
const MAX_INDENTED: usize = 10;

/// Width of a character of a label, as a part of the axis.
const CHARACTER: f64 = 0.015;

/// Limit on the rows that a folded row has, unless all are asked for.
const MAX_FOLDED: usize = 60;

/// How the chart is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// The selected operation.
    pub(super) selected: Option<&'a str>,
    /// Whether folded rows are complete.
    pub(super) whole: bool,
    /// Whether the rows select an operation of the page's own execution.
    pub(super) selects: bool,
}

/// The chart of an execution.
pub(super) fn chart(view: &View, shown: Shown<'_>) -> Markup {
    let timeline = view.timeline();
    let chart = Chart { view, shown };
    html! {
        div.chart-scroll tabindex="0" role="region" aria-label="Operations over time" {
            div.chart {
                (scale(&timeline))
                (trusted(background(&timeline)))
                ol.rows {
                    @for row in timeline.rows() { (chart.item(row)) }
                    @if timeline.rows().is_empty() {
                        li.none { "No operation yet." }
                    }
                }
            }
        }
    }
}

struct Chart<'a> {
    view: &'a View,
    shown: Shown<'a>,
}

impl Chart<'_> {
    fn item(&self, row: &Row) -> Markup {
        let RowKind::Folded { rows, .. } = &row.kind else {
            return html! { li { (self.line(row)) } };
        };
        let limit = if self.shown.whole {
            rows.len()
        } else {
            MAX_FOLDED
        };
        html! {
            li {
                details.fold {
                    summary { (self.line(row)) }
                    ol {
                        @for row in rows.iter().take(limit) { (self.item(row)) }
                        @if rows.len() > limit {
                            li.none {
                                (count(rows.len() - limit)) " more rows: "
                                @if let Some(arn) = &self.view.arn {
                                    a href={ (link::execution(arn.as_str())) "&rows=all" } { "show all" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn line(&self, row: &Row) -> Markup {
        let label = visible(&row.label);
        let depth = row.depth.min(MAX_INDENTED);
        let id = match &row.kind {
            RowKind::Operation { id, .. } => Some(id.as_str()),
            _ => None,
        };
        let is_selected = id.is_some() && id == self.shown.selected;
        let class = format!("row {} d{depth}", row.tone.class());
        let class = if is_selected {
            class + " selected"
        } else {
            class
        };
        html! {
            div class=(class) {
                span.name title=(label) {
                    span.sign aria-hidden="true" { (sign(row)) }
                    @match (id.filter(|_| self.shown.selects), &self.view.arn) {
                        (Some(id), Some(arn)) => {
                            a.op href=(link::operation(arn.as_str(), id)) data-op=(id)
                                aria-current=[is_selected.then_some("true")] { (label) }
                        }
                        _ => { (label) }
                    }
                }
                (trusted(bar(row)))
                span.remark title=(row.note()) { (row.note()) (self.child(id)) }
            }
        }
    }

    /// A link to the execution that a row invoked.
    fn child(&self, id: Option<&str>) -> Markup {
        let operation = id.and_then(|id| {
            let mut nodes = self.view.outline.nodes().iter();
            nodes.find(|node| node.operation.id.as_str() == id)
        });
        let details = operation.map(|node| &node.operation.details);
        let Some(OperationDetails::ChainedInvoke(invoke)) = details else {
            return html! {};
        };
        html! {
            @if let Some(child) = &invoke.execution {
                " " a.child href=(link::execution(child.as_str())) { "open ↗" }
            }
        }
    }
}

/// What a row is, as a sign: its colour is not all that tells.
fn sign(row: &Row) -> &'static str {
    use durable_view::timeline::Tone;
    match row.tone {
        Tone::Good => "✓",
        Tone::Open => "●",
        Tone::Bad => "✕",
        _ => "○",
    }
}

/// The labels of the axis, and the numbers of the invocations.
fn scale(timeline: &Timeline) -> Markup {
    let mut labels = plot("scale");
    for label in timeline.labels(CHARACTER) {
        let class = if label.kind == LabelKind::Gap {
            "gap"
        } else {
            "tick"
        };
        let _ = write!(
            labels,
            "<text x=\"{:.2}%\" y=\"14\" text-anchor=\"middle\" class=\"{class}\">{}</text>",
            label.at * 100.0,
            label.text
        );
    }
    labels.push_str("</svg>");
    let mut numbers = plot("scale");
    let mut taken = -1.0;
    for invocation in timeline.invocations() {
        if invocation.span.from < taken {
            continue;
        }
        taken = invocation.span.from + if invocation.number > 99 { 0.05 } else { 0.035 };
        let class = if invocation.error.is_some() {
            "bad"
        } else {
            "tick"
        };
        let _ = write!(
            numbers,
            "<text x=\"{:.2}%\" dx=\"3\" y=\"14\" class=\"{class}\">{}</text>",
            invocation.span.from * 100.0,
            invocation.number
        );
    }
    numbers.push_str("</svg>");
    html! {
        div.row.head { span.name { "time" } (trusted(labels)) span.remark {} }
        div.row.head { span.name { "invocations" } (trusted(numbers)) span.remark {} }
    }
}

/// The idle stretches and the invocations, behind all rows.
fn background(timeline: &Timeline) -> String {
    let mut svg = plot("backdrop");
    svg.push_str(
        "<defs><pattern id=\"idle\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"7\" class=\"idle-line\"/></pattern></defs>",
    );
    let narrow = timeline
        .gaps()
        .first()
        .is_some_and(|gap| gap.span.to - gap.span.from < 0.02);
    for gap in timeline.gaps().iter().filter(|_| !narrow) {
        let (x, width) = place(gap.span);
        let _ = write!(
            svg,
            "<rect x=\"{x}\" width=\"{width}\" y=\"0\" height=\"100%\" fill=\"url(#idle)\"/>"
        );
    }
    for invocation in timeline.invocations() {
        let (x, width) = place(invocation.span);
        let class = if invocation.error.is_some() {
            "run bad"
        } else {
            "run"
        };
        let _ = write!(
            svg,
            "<rect x=\"{x}\" width=\"{width}\" y=\"0\" height=\"100%\" class=\"{class}\"/>\
             <line x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"100%\" class=\"edge\"/>"
        );
    }
    svg.push_str("</svg>");
    svg
}

/// The bar of a row. All that it is made of are numbers and names of our own.
fn bar(row: &Row) -> String {
    let mut svg = plot("bar");
    let until = row.ended.map_or_else(
        || "still open".to_owned(),
        |ended| format!("to +{}", human(ended)),
    );
    let _ = write!(svg, "<title>+{} {until}</title>", human(row.started));
    let (x, width) = place(row.span);
    let end = percent(row.span.to);
    match &row.kind {
        RowKind::Operation {
            operation_type: OperationType::Step,
            attempts,
            ..
        } => {
            let _ = write!(
                svg,
                "<line x1=\"{x}\" x2=\"{end}\" y1=\"11\" y2=\"11\" class=\"thread\"/>"
            );
            for attempt in attempts {
                let tone = attempt.tone.class();
                let (x, width) = place(attempt.span);
                let _ = write!(
                    svg,
                    "<rect x=\"{x}\" width=\"{width}\" y=\"9\" height=\"4\" class=\"work {tone}\"/>"
                );
            }
            for attempt in attempts {
                let at = percent(attempt.span.to);
                let _ = write!(
                    svg,
                    "<circle cx=\"{at}\" cy=\"11\" r=\"4.5\" class=\"dot {}\"/>",
                    attempt.tone.class()
                );
            }
            if attempts.is_empty() {
                let _ = write!(
                    svg,
                    "<circle cx=\"{x}\" cy=\"11\" r=\"4.5\" class=\"dot\"/>"
                );
            }
        }
        RowKind::Operation { operation_type, .. } => {
            let class = match operation_type {
                OperationType::Context => "context",
                OperationType::ChainedInvoke => "invoke",
                _ => "wait",
            };
            let _ = write!(
                svg,
                "<line x1=\"{x}\" x2=\"{end}\" y1=\"11\" y2=\"11\" class=\"{class}\"/>\
                 <line x1=\"{x}\" x2=\"{x}\" y1=\"6\" y2=\"16\" class=\"cap\"/>"
            );
            if row.ended.is_some() {
                let _ = write!(
                    svg,
                    "<line x1=\"{end}\" x2=\"{end}\" y1=\"6\" y2=\"16\" class=\"cap\"/>"
                );
            }
        }
        _ => {
            let _ = write!(
                svg,
                "<rect x=\"{x}\" width=\"{width}\" y=\"8\" height=\"6\" rx=\"3\" class=\"many\"/>"
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn plot(class: &str) -> String {
    format!("<svg class=\"plot {class}\" aria-hidden=\"true\">")
}

fn place(span: Span) -> (String, String) {
    (percent(span.from), percent((span.to - span.from).max(0.0)))
}

fn percent(position: f64) -> String {
    format!("{:.2}%", position * 100.0)
}

//! The tree and the waterfall in one: a row for each operation, with the bar that the timeline draws.

use durable_service::model::OperationDetails;
use durable_view::timeline::{Row, RowKind, Tone};
use durable_view::{Timeline, count, visible};
use maud::{Markup, html};

use super::layout::trusted;
use super::view::View;
use super::{link, text};

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
    /// What it is called, for those who do not see it.
    pub(super) label: &'a str,
    /// Whether the rows select an operation of the page's own execution.
    pub(super) selects: bool,
}

/// The chart of an execution.
pub(super) fn chart(view: &View, shown: Shown<'_>) -> Markup {
    let timeline = view.timeline();
    let chart = Chart { view, shown };
    html! {
        div.chart-scroll tabindex="0" role="region" aria-label=(shown.label) {
            div.chart {
                (scale(&timeline))
                (trusted(timeline.backdrop_svg()))
                ol.rows role="list" {
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
            return html! { li aria-level=(row.depth + 1) { (self.line(row)) } };
        };
        let limit = if self.shown.whole {
            rows.len()
        } else {
            MAX_FOLDED
        };
        html! {
            li aria-level=(row.depth + 1) {
                details.fold {
                    summary { (self.line(row)) }
                    ol role="list" {
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
                (trusted(row.bar_svg()))
                span.unseen { (came_out(row)) ", " (row.when()) ", " }
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

/// How a row came out, in words.
fn came_out(row: &Row) -> String {
    match &row.kind {
        RowKind::Operation { status, .. } => text::words(status.as_str()),
        _ => "several operations".to_owned(),
    }
}

/// What a row is, as a sign: its colour is not all that tells.
fn sign(row: &Row) -> &'static str {
    match row.tone {
        Tone::Good => "✓",
        Tone::Open => "●",
        Tone::Bad => "✕",
        _ => "○",
    }
}

/// The labels of the axis, and the numbers of the invocations.
fn scale(timeline: &Timeline) -> Markup {
    html! {
        div.row.head aria-hidden="true" {
            span.name { "time" } (trusted(timeline.scale_svg(CHARACTER))) span.remark {}
        }
        div.row.head aria-hidden="true" {
            span.name { "invocations" } (trusted(timeline.numbers_svg(CHARACTER))) span.remark {}
        }
    }
}

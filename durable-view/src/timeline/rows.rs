//! The rows of a timeline, from the tree of operations.

use durable_service::model::OperationStatus;

use super::attempts::Attempts;
use super::axis::Axis;
use super::{Row, RowKind, Span, Tone};
use crate::drawing::Drawing;
use crate::fold::{self, Shown};
use crate::outline::Node;
use crate::words::payload_line;

/// Limit on the characters of a result.
const MAX_RESULT: usize = 400;

/// Limit on the characters of an error.
const MAX_ERROR: usize = 600;

/// The rows, folded where the execution is large.
pub(super) fn of(drawing: &Drawing<'_>, axis: &Axis, attempts: &Attempts) -> Vec<Row> {
    let row = |node: &Node, depth: usize| operation(drawing, axis, attempts, node, depth);
    fold::folded(drawing.outline)
        .iter()
        .map(|entry| match &entry.shown {
            Shown::Node(node) => row(node, entry.depth()),
            Shown::Folded(nodes, folded) => {
                let mut rows = Vec::new();
                let mut todo: Vec<(&Node, usize)> = nodes
                    .iter()
                    .rev()
                    .map(|node| (*node, entry.depth()))
                    .collect();
                while let Some((node, depth)) = todo.pop() {
                    rows.push(row(node, depth));
                    let children = drawing.outline.children(node);
                    todo.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
                }
                around(folded.to_string(), entry.depth(), rows)
            }
        })
        .collect()
}

/// One row for several.
fn around(label: String, depth: usize, rows: Vec<Row>) -> Row {
    let started = rows.iter().map(|row| row.started).min().unwrap_or_default();
    // None, an open one, is the latest.
    let ended = rows
        .iter()
        .try_fold(started, |latest, row| Some(latest.max(row.ended?)));
    let latest = rows
        .iter()
        .map(|row| row.started + row.took)
        .max()
        .unwrap_or_default();
    let from = rows.iter().map(|row| row.span.from).reduce(f64::min);
    let to = rows.iter().map(|row| row.span.to).reduce(f64::max);
    Row {
        label,
        depth,
        tone: rows
            .iter()
            .map(|row| row.tone)
            .max()
            .unwrap_or(Tone::Neutral),
        span: Span {
            from: from.unwrap_or(0.0),
            to: to.unwrap_or(0.0),
        },
        started,
        ended,
        took: latest.saturating_sub(started),
        kind: RowKind::Folded { rows },
    }
}

fn operation(
    drawing: &Drawing<'_>,
    axis: &Axis,
    attempts: &Attempts,
    node: &Node,
    depth: usize,
) -> Row {
    let operation = &node.operation;
    let since_start = |time: durable_service::model::Timestamp| time.since(drawing.started_at);
    let is_open = !operation.status.is_terminal();
    // What an execution that has ended left open is open until its end.
    let end = drawing.ended_at.unwrap_or(drawing.seen_at);
    let ended = operation.ended_at.map(since_start);
    let started = since_start(operation.started_at);
    let took = operation
        .ended_at
        .unwrap_or(end)
        .since(operation.started_at);
    let due = operation.due_at().filter(|_| !drawing.status.is_terminal());
    let error = operation
        .error()
        .filter(|_| operation.status != OperationStatus::Succeeded);
    Row {
        label: node.label.clone(),
        depth,
        tone: Tone::of(operation.status),
        span: axis.operation(operation.id.as_str(), is_open),
        started,
        ended,
        took,
        kind: RowKind::Operation {
            id: operation.id.clone(),
            operation_type: operation.operation_type(),
            sub_type: operation.sub_type.clone(),
            status: operation.status,
            attempts: attempts.get(operation.id.as_str()),
            error: error.map(|error| crate::words::shortened(&error.to_string(), MAX_ERROR)),
            result: operation
                .result()
                .map(|result| payload_line(result, MAX_RESULT)),
            due: due.map(since_start),
        },
    }
}

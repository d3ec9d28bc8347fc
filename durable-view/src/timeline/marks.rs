//! What the bar of a row is made of, wherever it is drawn.

use durable_service::model::OperationType;

use super::{AttemptDot, Row, RowKind, Span, Tone};

/// A part of a bar. Later ones stand on earlier ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// The time of a step, with the delays between its attempts.
    Thread(Span),
    /// An attempt of a step.
    Attempt(Span, Tone),
    /// What lasts, between its ends.
    Lasting(Lasting, Span),
    /// Several operations.
    Many(Span),
    /// How an attempt or the operation came out, where it ended; what is open goes on there.
    End(f64, Tone),
}

/// What lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    Context,
    Invoke,
    Wait,
}

/// The marks of a row.
pub(super) fn of(row: &Row) -> Vec<Mark> {
    let RowKind::Operation {
        operation_type,
        attempts,
        ..
    } = &row.kind
    else {
        return vec![Mark::Many(row.span)];
    };
    let mut marks = match operation_type {
        OperationType::Step => step(row, attempts),
        OperationType::Context => vec![Mark::Lasting(Lasting::Context, row.span)],
        OperationType::ChainedInvoke => vec![Mark::Lasting(Lasting::Invoke, row.span)],
        OperationType::Wait | OperationType::Callback | OperationType::Execution => {
            vec![Mark::Lasting(Lasting::Wait, row.span)]
        }
    };
    let end = Mark::End(row.span.to, row.tone);
    let has_none = *operation_type == OperationType::Step && attempts.is_empty();
    if (row.tone != Tone::Good || has_none) && marks.last() != Some(&end) {
        marks.push(end);
    }
    marks
}

fn step(row: &Row, attempts: &[AttemptDot]) -> Vec<Mark> {
    let mut marks = vec![Mark::Thread(row.span)];
    marks.extend(attempts.iter().map(|it| Mark::Attempt(it.span, it.tone)));
    // An attempt that went wrong stays visible below a later one in its place.
    let mut ends: Vec<&AttemptDot> = attempts.iter().collect();
    ends.sort_by_key(|attempt| attempt.tone);
    marks.extend(ends.into_iter().map(|it| Mark::End(it.span.to, it.tone)));
    marks
}

//! What two runs of a handler came to, side by side.

use std::collections::BTreeMap;

use durable_runtime::local::Outcome;
use durable_service::model::{ExecutionStatus, OperationStatus};

use crate::{ExecutionResult, Operation};

/// Something that differs.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) first: String,
    pub(super) other: String,
}

/// The difference between the ends of two executions.
pub(super) fn results(first: &ExecutionResult, other: &ExecutionResult) -> Option<Difference> {
    if first.status() == other.status() && outcome(first).agrees(&outcome(other)) {
        return None;
    }
    let end = |result: &ExecutionResult| match result.status() {
        ExecutionStatus::Succeeded | ExecutionStatus::Failed => outcome(result).to_string(),
        status => status.to_string(),
    };
    Some(Difference {
        what: "the result".to_owned(),
        first: end(first),
        other: end(other),
    })
}

fn outcome(result: &ExecutionResult) -> Outcome {
    match result.status() {
        ExecutionStatus::Succeeded => Outcome::Succeeded(result.result_json().map(str::to_owned)),
        _ => Outcome::Failed(result.error().cloned()),
    }
}

/// The first difference between the operations of two executions, whatever their order.
pub(super) fn operations(first: &ExecutionResult, other: &ExecutionResult) -> Option<Difference> {
    let by_id = |result: &ExecutionResult| -> BTreeMap<String, Operation> {
        let pairs = result.operations().iter();
        pairs
            .map(|operation| (operation.id().to_owned(), operation.clone()))
            .collect()
    };
    let (ones, others) = (by_id(first), by_id(other));
    // In the order of their starts, so that the first one is the cause rather than a consequence.
    let ids = first.operations().iter().chain(other.operations());
    for id in ids.map(Operation::id) {
        let (one, other) = (ones.get(id), others.get(id));
        if let (Some(one), Some(other)) = (one, other)
            && agree(one, other)
        {
            continue;
        }
        let named = one.or(other)?;
        return Some(Difference {
            what: format!("operation \"{}\"", named.path()),
            first: described(one),
            other: described(other),
        });
    }
    None
}

fn agree(one: &Operation, other: &Operation) -> bool {
    one.operation_type() == other.operation_type()
        && one.sub_type() == other.sub_type()
        && one.name() == other.name()
        && one.status() == other.status()
        && end(one).agrees(&end(other))
}

fn end(operation: &Operation) -> Outcome {
    match operation.status() {
        OperationStatus::Succeeded => {
            Outcome::Succeeded(operation.result_json().map(str::to_owned))
        }
        _ => Outcome::Failed(operation.error().cloned()),
    }
}

fn described(operation: Option<&Operation>) -> String {
    let Some(operation) = operation else {
        return "there is none in its place".to_owned();
    };
    let what = format!("{} \"{}\"", operation.operation_type(), operation.label());
    if operation.status().is_terminal() {
        format!("{what} {}", end(operation))
    } else {
        format!("{what} {}", operation.status())
    }
}

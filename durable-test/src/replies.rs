//! The check that a callback asked for each answer that a test planned.

use std::collections::BTreeSet;

use durable_host::LocalHost;
use durable_service::model::ExecutionArn;

use crate::results::{ExecutionStatus, OperationStatus, OperationType};
use crate::{Error, ErrorKind, ExecutionResult};

/// The positions of the answers for which no callback of an execution, or of those that it called, has asked.
pub(crate) fn unasked(host: &LocalHost, arn: &ExecutionArn) -> BTreeSet<usize> {
    let unasked = host.unasked_answers(arn).into_iter();
    unasked.map(|(position, _)| position).collect()
}

/// Checks that some callback asked for each required answer.
///
/// An execution that failed before any callback waited says nothing about the answers.
///
/// # Errors
///
/// The names of the answers for which none asked.
pub(crate) fn check(
    names: &[&str],
    required: &BTreeSet<usize>,
    unasked: &BTreeSet<usize>,
    result: &ExecutionResult,
) -> Result<(), Error> {
    let missed: Vec<String> = required
        .intersection(unasked)
        .filter_map(|position| names.get(*position))
        .map(|name| format!("\"{name}\""))
        .collect();
    if missed.is_empty() || !must_ask(result) {
        return Ok(());
    }
    let mut asked = Vec::new();
    callbacks(result, &mut asked);
    Err(ErrorKind::ReplyUnused {
        names: missed.join(", "),
        status: result.status(),
        callbacks: if asked.is_empty() {
            "no callbacks".to_owned()
        } else {
            format!("these callbacks: {}", asked.join(", "))
        },
    }
    .into())
}

/// Whether the execution came as far as its callbacks.
fn must_ask(result: &ExecutionResult) -> bool {
    match result.status() {
        ExecutionStatus::Succeeded => true,
        ExecutionStatus::Stopped | ExecutionStatus::Running => false,
        _ => has_unanswered(result),
    }
}

fn has_unanswered(result: &ExecutionResult) -> bool {
    let is_unanswered = |operation: &crate::results::Operation| {
        operation.operation_type() == OperationType::Callback
            && matches!(
                operation.status(),
                OperationStatus::Started | OperationStatus::TimedOut
            )
    };
    result.operations().iter().any(is_unanswered) || result.children().any(has_unanswered)
}

/// The callbacks of an execution and of those that it called, by the paths that answer them.
fn callbacks(result: &ExecutionResult, names: &mut Vec<String>) {
    for callback in result.callbacks() {
        let around = callback.parent().filter(|_| callback.name().is_none());
        let path = around.unwrap_or(callback).numbered_path();
        names.push(format!("\"{path}\""));
    }
    for child in result.children() {
        callbacks(child, names);
    }
}

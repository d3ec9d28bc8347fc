//! The check that a handler is deterministic, at the end of each run in local mode: what the SDK itself found
//! while it ran, and what a replay finds.

use std::collections::BTreeSet;
use std::time::Duration;

use durable_host::sdk::sub_types;
use durable_host::{Checked, Divergence, LocalError, LocalHost, OperationSketch};
use durable_service::model::EventEffect;
use parking_lot::Mutex;

use crate::harness::notices;
use crate::results::{Operation, OperationStatus, OperationType};
use crate::{Error, ErrorKind, ExecutionResult};

/// Real-time limit of a replay. No step body runs, so a replay takes an instant, unless the handler waits for
/// something that only a step body does.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Replays a finished execution, and those that it called, from their records.
///
/// # Errors
///
/// If a handler diverges from its record.
pub(crate) async fn check(host: &LocalHost, result: &ExecutionResult) -> Result<(), Error> {
    let mut results = vec![result];
    while let Some(result) = results.pop() {
        check_one(host, result).await?;
        results.extend(result.children());
    }
    Ok(())
}

async fn check_one(host: &LocalHost, result: &ExecutionResult) -> Result<(), Error> {
    let function = result.function().to_owned();
    let arn = result.arn().parse()?;
    let kind = match host.check_determinism(&arn, TIMEOUT).await {
        Ok(Checked {
            nondeterminism: Some(found),
            ..
        }) => ErrorKind::Nondeterministic {
            function,
            during: found.during,
            on_a_later_day: found.on_a_later_day,
            hint: hint(result, &found.divergence),
            divergence: found.divergence,
        },
        Ok(Checked { unordered, .. }) => {
            if let Some(first) = unordered.first() {
                tell_of_order(&function, first);
            }
            return Ok(());
        }
        Err(LocalError::TimedOut { timeout }) => ErrorKind::EndlessReplay { function, timeout },
        Err(error) => ErrorKind::Host(error),
    };
    Err(kind.into())
}

/// Says, once for each function, that an order was not compared.
fn tell_of_order(function: &str, divergence: &Divergence) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if TOLD.lock().insert(function.to_owned()) {
        notices::tell(format!(
            "durable-test: function \"{function}\" has elements in another order in each replay, as those of a \
             `HashSet`: {}. Their order was not compared. A `BTreeSet`, or sorting them, makes it the same in every run",
            divergence.recorded()
        ));
    }
}

/// What this execution shows of the cause of a divergence, in lines of their own; empty if nothing.
fn hint(result: &ExecutionResult, divergence: &Divergence) -> String {
    let made_in_a_step = match divergence {
        Divergence::Removed { recorded } | Divergence::Operation { recorded, .. } => {
            made_in_a_step(result, recorded)
        }
        _ => None,
    };
    let lines = [made_in_a_step, of_another_kind(result)];
    lines.into_iter().flatten().collect()
}

/// Says that an operation started while a step was open beside it, as one does that the step's body makes.
fn made_in_a_step(result: &ExecutionResult, recorded: &OperationSketch) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for event in result.history() {
        let (Some(subject), EventEffect::Operation(kind, status)) =
            (&event.subject, event.details.effect())
        else {
            continue;
        };
        let id = subject.id.as_str();
        if subject.id == recorded.id {
            break;
        }
        if kind != OperationType::Step || subject.parent_id != recorded.parent_id {
            continue;
        }
        open.retain(|other| *other != id);
        if status == OperationStatus::Started {
            open.push(id);
        }
    }
    let around = open.last()?;
    let mut operations = result.operations().iter();
    let around = operations.find(|operation| operation.id() == *around)?;
    Some(format!(
        "The {recorded} started while step \"{}\" ran. If the body of that step makes it, on the outer context: no \
         body of a completed step runs in a replay. Put both into `ctx.run_in_child_context(|ctx| ..)`, the \
         operation beside the step, on the context of that closure.\n",
        around.path()
    ))
}

/// Says what the SDK makes of the error of a failed wait for a callback.
fn of_another_kind(result: &ExecutionResult) -> Option<String> {
    let is_of_another_kind = |operation: &&Operation| {
        operation.sub_type() == Some(sub_types::WAIT_FOR_CALLBACK)
            && operation.status() == OperationStatus::Failed
    };
    let failed = result.contexts().find(is_of_another_kind)?;
    Some(format!(
        "The SDK calls the error of a failed `wait_for_callback` (here \"{}\") `Callback` when it meets it, and \
         `ChildContext` in a replay: a handler that looks at its `kind()` does two things. Decide by `wire()`, \
         which stays the same.\n",
        failed.path()
    ))
}

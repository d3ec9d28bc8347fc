//! What an execution that did not end was doing, and how to fix it.

use durable_host::LocalError;
use durable_service::model::OperationType;
use durable_view::human;

use crate::results::{ExecutionResult, Operation};
use crate::screen::listed;

/// What an execution that did not end was doing.
pub(crate) fn of(result: &ExecutionResult) -> String {
    let (invocations, open) = (invocations(result), open(result));
    let virtual_time = human(result.duration());
    format!("after {invocations} and {virtual_time} of virtual time {open}")
}

/// What an execution in the cloud was doing at the timeout, and how to fix it, as the end of a sentence.
pub(crate) fn in_cloud(last: Option<&ExecutionResult>, function: &str) -> String {
    let Some(result) = last else {
        return format!(
            "; its state could not be read. Raise `.timeout(..)` of the run if it needs longer, and see \
             the log of {function}"
        );
    };
    let state = format!(
        "; it is {} after {} and {}, {}",
        result.status(),
        human(result.duration()),
        invocations(result),
        open(result)
    );
    let is_open = |kind| {
        let mut operations = result.operations().iter();
        operations.any(|one| one.operation_type() == kind && !one.status().is_terminal())
    };
    let advice = if is_open(OperationType::Callback) {
        CALLBACK_ADVICE.to_owned()
    } else if is_open(OperationType::Wait) {
        ". In cloud mode a wait takes its real time: raise `.timeout(..)` of the run, or mark the test \
         `local_only`"
            .to_owned()
    } else {
        format!(
            ". Raise `.timeout(..)` of the run if it needs longer; see whether it runs at all: aws logs \
             tail /aws/lambda/{} --follow",
            result.function()
        )
    };
    state + &advice
}

/// The names of answers that match no open callback, as the middle of a sentence.
pub(crate) fn without_callbacks(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; no open callback is named {}", names.join(" or "))
}

/// From so many invocations on, their replays are what takes the time of a run.
const MANY_INVOCATIONS: usize = 100;

const CALLBACK_ADVICE: &str = ". An open callback needs an answer: answer it by its name with \
                               `.on_callback(\"..\", CallbackReply::success(value))` of the run, \
                               complete it from `runner.start(..)` with `wait_for_callback(\"..\")`, or \
                               set a timeout for it in the handler";

fn invocations(result: &ExecutionResult) -> String {
    match result.invocations().len() {
        1 => "1 invocation".to_owned(),
        many => format!("{many} invocations"),
    }
}

fn open(result: &ExecutionResult) -> String {
    let open = open_operations(result);
    if open.is_empty() {
        "no operation is open".to_owned()
    } else {
        format!("open operations: {}", listed(&open))
    }
}

/// The open operations of an execution, and of those that it called.
fn open_operations(result: &ExecutionResult) -> Vec<String> {
    let open = |operation: &&Operation| !operation.status().is_terminal();
    let own = result.operations().iter().filter(open).map(describe);
    let called = result.children().flat_map(|child| {
        let function = child.function();
        let of = move |open| format!("{open} of \"{function}\"");
        open_operations(child).into_iter().map(of)
    });
    own.chain(called).collect()
}

fn describe(operation: &Operation) -> String {
    let due = operation
        .due_at()
        .map_or_else(String::new, |due| format!(", due {due}"));
    format!(
        "{} \"{}\" ({}{due})",
        operation.operation_type(),
        operation.path(),
        operation.status()
    )
}

/// How to go on after an error of the drive, in an execution with so many invocations.
pub(crate) fn advice(error: &LocalError, invocations: usize) -> &'static str {
    match error {
        LocalError::TimedOut { .. } if invocations >= MANY_INVOCATIONS => {
            ". Each invocation replays all operations before it, which takes real time by the square of their number. \
             Look for a loop without an end; if the workflow is meant to suspend that often, raise `.timeout(..)` of \
             the run, and have what you depend on optimized: `[profile.dev.package.\"*\"] opt-level = 1` in Cargo.toml"
        }
        LocalError::TimedOut { .. } => {
            ". The handler or a step waits in real time. A delay belongs into `ctx.wait(..)` of the handler, \
             which takes virtual time alone; `tokio::time::sleep` takes virtual time with \
             `#[durable_test(start_paused)]`; for real work that needs longer, raise `.timeout(..)` of the run"
        }
        LocalError::TooManyInvocations { .. } => {
            ". Look for a loop without an end; if the workflow is meant to suspend that often, raise \
             `.max_invocations(..)` of the run"
        }
        LocalError::Stuck => CALLBACK_ADVICE,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_run_of_many_invocations_that_times_out_may_be_a_loop() {
        let timeout = Duration::from_mins(1);
        let advice = |invocations| advice(&LocalError::TimedOut { timeout }, invocations);
        assert!(advice(1).contains("waits in real time"));
        assert!(advice(MANY_INVOCATIONS).contains("a loop without an end"));
    }
}

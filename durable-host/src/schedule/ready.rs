//! Which of several executions is invoked next, in the order of a scheduler.

use durable_service::model::{ExecutionArn, Timestamp};
use durable_service::{Execution, Service};

use super::{Scheduler, path};

/// The execution to invoke next, of those whose invocation is due; none if that is none.
pub(crate) fn next_invocation(
    service: &Service,
    now: Timestamp,
    scheduler: &Scheduler,
) -> Option<ExecutionArn> {
    let due: Vec<&Execution> = service.due_invocations(now).collect();
    let chosen = if due.len() > 1 {
        let labels = due.iter().map(|execution| label(service, execution));
        scheduler.choose_invocation(labels.collect())
    } else {
        0
    };
    due.get(chosen).map(|execution| execution.arn().clone())
}

/// The function, and the operations that called it.
fn label(service: &Service, execution: &Execution) -> String {
    let mut paths = Vec::new();
    let mut called = execution;
    while let Some(caller) = called.caller()
        && let Ok(other) = service.execution(&caller.execution)
    {
        let operation = other.operation(caller.operation.as_str());
        paths.extend(operation.map(|operation| path(other, operation)));
        called = other;
    }
    paths.reverse();
    let function = execution.function();
    if paths.is_empty() {
        format!("invocation of {function}")
    } else {
        format!("invocation of {function} by {}", paths.join("/"))
    }
}

//! What the service says to be due is what a look at each execution finds.

use durable_service::model::{Operation, Timestamp};
use durable_service::{DueOperation, Execution, Idle, Service};
use proptest::prelude::*;

use crate::model::Verdict;

/// Compares the index of due times with the executions.
pub(crate) fn check(service: &Service, now: Timestamp) -> Verdict {
    let open: Vec<&Execution> = service
        .executions()
        .filter(|execution| !execution.status().is_terminal())
        .collect();
    let earliest = |due: fn(&Execution) -> Option<Timestamp>| {
        let times = open.iter().filter_map(|execution| due(execution));
        times.min()
    };
    let arns = open.iter().map(|execution| execution.arn());
    prop_assert!(arns.eq(service.open_executions().map(Execution::arn)));

    let operations = earliest(Execution::next_operation_due);
    let explicit_timeout = earliest(Execution::explicit_timeout_at);
    let due = earliest(Execution::next_due);
    prop_assert_eq!(service.next_operation_due(), operations);
    prop_assert_eq!(service.next_explicit_timeout(), explicit_timeout);
    prop_assert_eq!(service.next_due(), due);

    let skip = [operations, explicit_timeout].into_iter().flatten().min();
    let skip = skip.map(|skip| due.map_or(skip, |due| due.min(skip)));
    let planned = None;
    prop_assert_eq!(service.poll_timeout(Idle::Skip { planned }), skip);
    let times = open
        .iter()
        .flat_map(|execution| [execution.invoke_at(), Some(next_timer(execution))]);
    let later = times.flatten().filter(|time| *time > now).min();
    prop_assert_eq!(service.poll_timeout(Idle::Sleep { now }), later);

    let invocations = open
        .iter()
        .filter_map(|execution| Some((execution.invoke_at()?, execution)));
    let next = invocations
        .filter(|(at, _)| *at <= now)
        .min_by_key(|(at, _)| *at);
    let next = next.map(|(_, execution)| execution.arn().clone());
    prop_assert_eq!(service.next_invocation(now), next);

    prop_assert_eq!(service.due_together(now), due_together(&open, now));
    Ok(())
}

/// When the next of an execution's timers is due, its own timeout included.
fn next_timer(execution: &Execution) -> Timestamp {
    let operations = execution.operations().filter_map(Operation::due_at);
    let timeout = timeout_at(execution);
    operations.min().map_or(timeout, |due| due.min(timeout))
}

fn timeout_at(execution: &Execution) -> Timestamp {
    let timeout = execution.execution_timeout();
    execution.started_at().after_seconds(timeout)
}

fn due_together(open: &[&Execution], now: Timestamp) -> Option<(Timestamp, Vec<DueOperation>)> {
    let timers = open.iter().map(|execution| next_timer(execution));
    let due = timers.min().filter(|due| *due <= now)?;
    let operations: Vec<DueOperation> = open
        .iter()
        .filter(|execution| timeout_at(execution) > due)
        .flat_map(|execution| {
            let operations = execution.operations();
            let operations = operations.filter(|operation| operation.due_at() == Some(due));
            operations.map(|operation| DueOperation {
                execution: execution.arn().clone(),
                operation: operation.id.clone(),
            })
        })
        .collect();
    (!operations.is_empty()).then_some((due, operations))
}

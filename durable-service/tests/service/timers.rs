//! One clock for everything, in due order.

use durable_service::model::{EventDetails, OperationAction, Timestamp};
use durable_service::{DueOrder, Execution, Service, ServiceSettings, StartRequest};

use crate::function::{Function, retry, step, wait};

#[test]
fn what_is_due_fires_in_the_order_of_due_times() {
    let mut function = Function::invoked();
    function
        .checkpoint([
            wait("late", 30),
            wait("early", 10),
            step("step", OperationAction::Start),
            retry("step", 20),
            wait("also-late", 30),
        ])
        .unwrap();
    function.suspends();
    let mut fired = Vec::new();
    while let Some(due) = function.service.next_due() {
        function.now = due;
        function.service.handle_timeout(due, &mut DueOrder);
        if function.execution().status().is_terminal() {
            break;
        }
        let input = function.invoke();
        fired.push((
            due.as_millis() / 1000,
            input
                .updated_operation_ids
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        ));
        if function.execution().pending().next().is_none() {
            break;
        }
        function.suspends();
    }
    assert_eq!(
        fired,
        [
            (10, vec!["early".to_owned()]),
            (20, vec!["step".to_owned()]),
            (30, vec!["late".to_owned(), "also-late".to_owned()]),
        ]
    );
}

#[test]
fn the_execution_timeout_comes_before_a_timer_of_the_same_time() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 1_000_000)]).unwrap();
    function.suspends();
    function.pass(1_000_000);
    assert_eq!(function.event_types().last(), Some(&"ExecutionTimedOut"));
    assert!(!function.event_types().contains(&"WaitSucceeded"));
}

#[test]
fn a_timer_fires_inside_a_running_invocation_when_it_checkpoints() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5)]).unwrap();
    function.now = function.now.after_seconds(7);
    let response = function
        .checkpoint([step("2", OperationAction::Start)])
        .unwrap();
    assert_eq!(response.operations.len(), 2);
    let last = function.history().last().unwrap();
    assert!(matches!(last.details, EventDetails::WaitSucceeded { .. }));
    assert_eq!(last.timestamp, function.now);
}

#[test]
fn executions_share_the_clock() {
    let mut service = Service::new(ServiceSettings::default());
    let start = Timestamp::from_millis(0);
    let first = service
        .start(start, StartRequest::new("f", "1"))
        .unwrap()
        .arn;
    let second = service
        .start(start.after_seconds(1), StartRequest::new("g", "2"))
        .unwrap()
        .arn;
    let now = start.after_seconds(2);
    assert_eq!(service.next_due(), Some(start));
    let due: Vec<_> = service.due_invocations(now).map(Execution::arn).collect();
    assert_eq!(due, [&first, &second]);
    assert_eq!(service.due_invocations(start).count(), 1);
    assert_eq!(service.next_invocation(now), Some(first.clone()));
    service.start_invocation(now, &first).unwrap();
    assert_eq!(service.next_invocation(now), Some(second));
}

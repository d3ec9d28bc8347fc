//! WAIT.

use durable_service::model::{
    EventDetails, OperationAction, OperationStatus, OperationType, Seconds,
};

use crate::function::{Function, update, wait};

#[test]
fn a_wait_ends_at_its_scheduled_time_and_wakes_the_function() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 60)]).unwrap();
    function.suspends();
    assert_eq!(
        function.service.next_due(),
        Some(function.now.after_seconds(60))
    );
    function.pass(59);
    assert_eq!(function.operation("1").status, OperationStatus::Started);
    assert_eq!(function.service.next_invocation(function.now), None);
    function.pass(1);
    assert_eq!(function.operation("1").status, OperationStatus::Succeeded);

    let input = function.invoke();
    assert_eq!(input.updated_operation_ids, ["1"]);
    let events: Vec<_> = function
        .history()
        .iter()
        .map(|event| &event.details)
        .collect();
    assert!(matches!(
        events[1],
        EventDetails::WaitStarted {
            duration: Seconds(60),
            ..
        }
    ));
    assert!(matches!(
        events[2],
        EventDetails::InvocationCompleted { .. }
    ));
    assert!(matches!(
        events[3],
        EventDetails::WaitSucceeded {
            duration: Seconds(60)
        }
    ));
}

#[test]
fn a_wait_can_be_cancelled_while_it_runs() {
    let mut function = Function::invoked();
    let cancel = || update("1", OperationType::Wait, OperationAction::Cancel);
    let not_cancellable = "Cannot cancel a WAIT that does not exist or has already completed.";
    assert_eq!(function.refused([cancel()]), not_cancellable);
    function.checkpoint([wait("1", 60)]).unwrap();
    function.checkpoint([cancel()]).unwrap();
    assert_eq!(function.operation("1").status, OperationStatus::Cancelled);
    assert_eq!(function.event_types()[2], "WaitCancelled");
    assert_eq!(function.refused([cancel()]), not_cancellable);
    function.pass(60);
    assert_eq!(function.operation("1").status, OperationStatus::Cancelled);
}

#[test]
fn a_wait_starts_once_and_needs_its_options() {
    let mut function = Function::invoked();
    assert_eq!(
        function.refused([update("1", OperationType::Wait, OperationAction::Start)]),
        "Update for WAIT operation requires WaitOptions."
    );
    function.checkpoint([wait("1", 1)]).unwrap();
    assert_eq!(
        function.refused([wait("1", 1)]),
        "Cannot start a WAIT that already exist."
    );
    for action in [
        OperationAction::Succeed,
        OperationAction::Fail,
        OperationAction::Retry,
    ] {
        assert_eq!(
            function.refused([update("1", OperationType::Wait, action)]),
            "Invalid action for the given operation type."
        );
    }
}

//! STEP.

use durable_service::model::{
    EventDetails, OperationAction, OperationDetails, OperationStatus, RetryDetails, StepDetails,
};

use crate::function::{Function, With as _, retry, step};
use OperationAction::{Cancel, Fail, Retry, Start, Succeed};

fn details(function: &Function, id: &str) -> StepDetails {
    match function.operation(id).details {
        OperationDetails::Step(details) => details,
        other => panic!("not a step: {other:?}"),
    }
}

#[test]
fn a_step_that_succeeds_keeps_its_result_and_counts_its_attempt() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start).named("charge")])
        .unwrap();
    assert_eq!(details(&function, "1").attempt, 0);
    function.pass(2);
    function
        .checkpoint([step("1", Succeed).payload("42")])
        .unwrap();

    let operation = function.operation("1");
    assert_eq!(operation.status, OperationStatus::Succeeded);
    assert_eq!(operation.name.as_deref(), Some("charge"));
    assert_eq!(operation.result(), Some("42"));
    assert_eq!(operation.ended_at, Some(function.now));
    assert_eq!(
        function.history()[2].details,
        EventDetails::StepSucceeded {
            result: Some("42".to_owned()),
            retry: RetryDetails {
                current_attempt: 1,
                next_attempt_delay_seconds: None
            }
        }
    );
}

#[test]
fn a_retried_step_is_pending_then_ready_and_history_is_silent_about_that() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start), retry("1", 5).error("no luck")])
        .unwrap();
    let pending = details(&function, "1");
    assert_eq!(function.operation("1").status, OperationStatus::Pending);
    assert_eq!(pending.attempt, 1);
    assert_eq!(pending.next_attempt_at, Some(function.now.after_seconds(5)));
    function.suspends();

    function.pass(5);
    let ready = details(&function, "1");
    assert_eq!(function.operation("1").status, OperationStatus::Ready);
    assert_eq!(ready.next_attempt_at, None);
    assert_eq!(ready.error.unwrap().error_message.unwrap(), "no luck");

    let input = function.invoke();
    assert_eq!(input.updated_operation_ids, ["1"]);
    function.checkpoint([step("1", Start)]).unwrap();
    assert!(
        details(&function, "1").error.is_some(),
        "kept while it runs again"
    );
    function
        .checkpoint([step("1", Succeed).payload("1")])
        .unwrap();
    assert_eq!(details(&function, "1").attempt, 2);
    assert_eq!(details(&function, "1").error, None);
    assert_eq!(
        function.event_types(),
        [
            "ExecutionStarted",
            "StepStarted",
            "StepFailed",
            "InvocationCompleted",
            "StepStarted",
            "StepSucceeded"
        ]
    );
}

#[test]
fn a_retry_without_error_is_the_poll_of_a_condition() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start), retry("1", 2).payload("\"state\"")])
        .unwrap();
    assert_eq!(
        function.history()[2].details,
        EventDetails::StepSucceeded {
            result: Some("\"state\"".to_owned()),
            retry: RetryDetails {
                current_attempt: 1,
                next_attempt_delay_seconds: Some(2)
            }
        }
    );
    assert_eq!(function.operation("1").result(), Some("\"state\""));
}

#[test]
fn a_start_may_be_skipped() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Succeed).payload("1")])
        .unwrap();
    function.checkpoint([step("2", Fail).error("no")]).unwrap();
    function.checkpoint([retry("3", 1)]).unwrap();
    function.suspends();
    function.pass(1);
    function.invoke();
    function.checkpoint([step("3", Succeed)]).unwrap();
    assert_eq!(function.operation("3").status, OperationStatus::Succeeded);
}

#[test]
fn a_step_cannot_start_twice_or_end_twice() {
    let mut function = Function::invoked();
    function.checkpoint([step("1", Start)]).unwrap();
    let not_startable = "Invalid current STEP state to start.";
    assert_eq!(function.refused([step("1", Start)]), not_startable);

    function.checkpoint([step("1", Succeed)]).unwrap();
    assert_eq!(function.refused([step("1", Start)]), not_startable);
    let not_closable = "Invalid current STEP state to close.";
    assert_eq!(function.refused([step("1", Succeed)]), not_closable);
    assert_eq!(function.refused([step("1", Fail)]), not_closable);
    assert_eq!(
        function.refused([retry("1", 1)]),
        "Invalid current STEP state to re-attempt."
    );
}

#[test]
fn a_pending_step_waits_for_its_time() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start), retry("1", 5)])
        .unwrap();
    assert_eq!(
        function.refused([step("1", Start)]),
        "Invalid current STEP state to start."
    );
    assert_eq!(
        function.refused([step("1", Succeed)]),
        "Invalid current STEP state to close."
    );
}

#[test]
fn payload_and_error_go_with_their_actions() {
    let mut function = Function::invoked();
    function.checkpoint([step("1", Start)]).unwrap();
    assert_eq!(
        function.refused([step("1", Fail).payload("1")]),
        "Cannot provide a Payload for FAIL action."
    );
    assert_eq!(
        function.refused([step("1", Succeed).error("no")]),
        "Cannot provide an Error for SUCCEED action."
    );
    assert_eq!(
        function.refused([retry("1", 1).payload("1").error("no")]),
        "Cannot provide both error and payload to RETRY a STEP."
    );
    assert_eq!(
        function.refused([step("1", Retry).error("no")]),
        "Invalid StepOptions for the given action."
    );
    assert_eq!(
        function.refused([step("1", Cancel)]),
        "Invalid action for the given operation type."
    );
}

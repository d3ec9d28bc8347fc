//! The ways in which an execution ends.

use durable_service::model::{
    ErrorObject, EventDetails, ExecutionStatus, OperationAction, OperationStatus, Seconds,
};
use durable_service::storage::Stored;
use durable_service::{Limits, Policy, Service, ServiceSettings, StartRequest};
use serde_json::json;

use crate::function::{Function, With as _, execution, step, wait};
use OperationAction::{Fail, Start, Succeed};

#[test]
fn a_returned_result_is_stored_verbatim() {
    let mut function = Function::invoked();
    function.returns(json!({"Status": "SUCCEEDED", "Result": "{ \"a\":1 }"}));
    assert_eq!(function.status(), ExecutionStatus::Succeeded);
    assert_eq!(function.execution().result(), Some("{ \"a\":1 }"));
    assert_eq!(
        function.event_types()[1..],
        ["InvocationCompleted", "ExecutionSucceeded"]
    );
    assert_eq!(function.execution().next_due(), None);
}

#[test]
fn a_returned_failure_is_final() {
    let mut function = Function::invoked();
    function.returns(json!({"Status": "FAILED", "Error": {"ErrorType": "E", "ErrorMessage": "m"}}));
    assert_eq!(function.status(), ExecutionStatus::Failed);
    let error = Some(ErrorObject::new("E", "m"));
    let details: Vec<_> = function
        .history()
        .iter()
        .map(|event| &event.details)
        .collect();
    assert!(matches!(
        details[1],
        EventDetails::InvocationCompleted { error: recorded, .. } if *recorded == error
    ));
    assert_eq!(*details[2], EventDetails::ExecutionFailed { error });
}

#[test]
fn a_failure_needs_no_error() {
    let mut function = Function::invoked();
    function.returns(json!({"Status": "FAILED"}));
    assert_eq!(function.status(), ExecutionStatus::Failed);
    assert_eq!(function.execution().error(), None);
}

#[test]
fn a_checkpoint_can_end_the_execution_and_the_response_is_ignored() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Succeed), execution(Succeed).payload("\"big\"")])
        .unwrap();
    assert_eq!(function.status(), ExecutionStatus::Succeeded);
    function.returns(json!({"Status": "FAILED"}));
    assert_eq!(function.execution().result(), Some("\"big\""));
    assert_eq!(
        function.event_types()[1..],
        ["StepSucceeded", "ExecutionSucceeded", "InvocationCompleted"]
    );
}

#[test]
fn a_checkpoint_can_fail_the_execution() {
    let mut function = Function::invoked();
    function.checkpoint([execution(Fail).error("no")]).unwrap();
    assert_eq!(function.status(), ExecutionStatus::Failed);
    assert_eq!(function.error(), "no");
}

#[test]
fn the_execution_timeout_ends_it_and_leaves_operations_open() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start), wait("2", 2_000_000)])
        .unwrap();
    function.suspends();
    assert_eq!(
        function.service.next_due(),
        Some(function.now.after_seconds(1_000_000))
    );
    function.pass(1_000_000);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        function.error(),
        "Execution timed out after 1000000 seconds."
    );
    assert_eq!(
        function.history().last().unwrap().details,
        EventDetails::ExecutionTimedOut { error: None }
    );
    assert_eq!(function.operation("2").status, OperationStatus::Started);
    let root = function.operation("00000000-0000-4000-8000-000000000001");
    assert_eq!(root.status, OperationStatus::TimedOut);
}

#[test]
fn an_invocation_that_outlives_its_execution_is_recorded_and_cannot_write() {
    let mut function = Function::invoked();
    function.checkpoint([step("1", Start)]).unwrap();
    function.pass(1_000_000);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        function.refused([step("1", Succeed)]),
        "Invalid checkpoint token"
    );
    function.returns(json!({"Status": "SUCCEEDED"}));
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        function.event_types()[2..],
        ["ExecutionTimedOut", "InvocationCompleted"]
    );
}

#[test]
fn an_execution_without_a_timeout_of_its_own_has_the_longest() {
    let mut service = Service::new(ServiceSettings::default());
    let now = durable_service::model::Timestamp::from_millis(0);
    let arn = service.start(now, StartRequest::new("f", "1")).unwrap().arn;
    let execution = service.execution(&arn).unwrap();
    assert_eq!(execution.execution_timeout(), 31_622_400);
    assert_eq!(
        execution.history()[0].details,
        EventDetails::ExecutionStarted {
            input: Some("1".to_owned()),
            execution_timeout: Seconds(31_622_400)
        }
    );
}

#[test]
fn a_checkpoint_in_which_the_timeout_falls_due_returns_no_token() {
    let mut function = Function::invoked();
    function.now = function.now.after_seconds(1_000_000);
    let response = function.checkpoint([step("1", Start)]).unwrap();
    assert_eq!(response.checkpoint_token, None);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
    function.returns(json!({"Status": "SUCCEEDED", "Result": "1"}));
    assert_eq!(
        function.event_types()[1..],
        ["StepStarted", "ExecutionTimedOut", "InvocationCompleted"]
    );
}

#[test]
fn what_the_function_returns_or_checkpoints_ends_it_whatever_failed_before() {
    let endings: [fn(&mut Function); 3] = [
        |function| function.returns(json!({"Status": "SUCCEEDED", "Result": "1"})),
        |function| function.returns(json!({"Status": "FAILED"})),
        |function| {
            function.checkpoint([execution(Succeed)]).unwrap();
            function.crashes();
        },
    ];
    for end in endings {
        let mut function = Function::invoked();
        function.crashes();
        function.pass(10);
        function.invoke();
        end(&mut function);
        assert!(function.execution().is_ended_by_response());
    }

    let mut function = Function::invoked();
    for _ in 1..Policy::default().invocation_attempts {
        function.crashes();
        function.pass(100);
        function.invoke();
    }
    function.crashes();
    assert_eq!(function.status(), ExecutionStatus::Failed);
    assert!(!function.execution().is_ended_by_response());
}

/// An execution whose end by a checkpoint is held back until its invocation ends.
fn closes_late() -> Function {
    let policy = Policy {
        close_after_invocation: true,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    function
}

#[test]
fn an_end_by_a_checkpoint_can_follow_the_end_of_the_invocation() {
    let mut function = closes_late();
    let response = function
        .checkpoint([step("1", Succeed), execution(Succeed).payload("7")])
        .unwrap();
    assert_eq!(response.checkpoint_token, None);
    assert_eq!(function.status(), ExecutionStatus::Running);
    assert_eq!(function.refused([]), "Invalid checkpoint token");

    function.returns(json!({"Status": "SUCCEEDED"}));
    assert_eq!(function.execution().result(), Some("7"));
    assert_eq!(
        function.event_types()[1..],
        ["StepSucceeded", "InvocationCompleted", "ExecutionSucceeded"]
    );
}

#[test]
fn an_end_that_is_held_back_survives_a_crash_and_a_restart() {
    let mut function = closes_late();
    function.service.track_changes();
    function
        .checkpoint([execution(Succeed).payload("7")])
        .unwrap();
    let mut stored = Stored::default();
    for change in function.service.take_changes() {
        stored.apply(change);
    }
    function.crashes();
    assert_eq!(function.execution().result(), Some("7"));

    let mut restored = Service::restore(ServiceSettings::default(), stored).unwrap();
    restored.interrupt(function.now);
    let execution = restored.execution(&function.arn).unwrap();
    assert_eq!(execution.result(), Some("7"));
    assert_eq!(execution.status(), ExecutionStatus::Succeeded);
}

#[test]
fn a_stop_comes_before_an_end_that_is_held_back() {
    let mut function = closes_late();
    function.checkpoint([execution(Succeed)]).unwrap();
    function
        .service
        .stop(function.now, &function.arn, None)
        .unwrap();
    function.returns(json!({"Status": "SUCCEEDED"}));
    assert_eq!(function.status(), ExecutionStatus::Stopped);
}

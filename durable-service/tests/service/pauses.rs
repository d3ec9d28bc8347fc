//! Pausing and resuming.

use durable_service::model::{EventDetails, ExecutionStatus, OperationAction, OperationStatus};
use durable_service::storage::Stored;
use durable_service::wire::api::execution_response;
use durable_service::{PauseRequest, Service, ServiceSettings};
use serde_json::json;

use crate::function::{Function, step, wait};

impl Function {
    fn pause(&mut self) {
        self.try_pause(PauseRequest::default()).unwrap();
    }

    fn try_pause(&mut self, request: PauseRequest) -> Result<(), durable_service::ServiceError> {
        self.service.pause(self.now, &self.arn, request)
    }

    fn resume(&mut self) {
        self.try_resume(PauseRequest::default()).unwrap();
    }

    fn try_resume(&mut self, request: PauseRequest) -> Result<(), durable_service::ServiceError> {
        self.service.resume(self.now, &self.arn, request)
    }
}

#[test]
fn a_suspended_execution_is_paused_at_once_and_wakes_when_resumed() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 10)]).unwrap();
    function.suspends();
    function.pause();
    assert_eq!(function.status(), ExecutionStatus::Paused);

    function.pass(10);
    assert_eq!(function.operation("1").status, OperationStatus::Succeeded);
    assert_eq!(function.service.next_invocation(function.now), None);

    function.pass(90);
    function.resume();
    assert_eq!(function.status(), ExecutionStatus::Running);
    assert_eq!(function.invoke().updated_operation_ids, ["1"]);
    assert_eq!(
        function.event_types()[3..],
        ["ExecutionPaused", "WaitSucceeded", "ExecutionResumed"]
    );
}

#[test]
fn a_resumed_execution_that_nothing_woke_stays_asleep() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 10)]).unwrap();
    function.suspends();
    function.pause();
    function.resume();
    assert_eq!(function.execution().invoke_at(), None);
    function.pass(10);
    assert_eq!(function.execution().invoke_at(), Some(function.now));
}

#[test]
fn a_running_invocation_writes_once_more_and_loses_its_token() {
    let mut function = Function::invoked();
    function.pause();
    assert_eq!(function.status(), ExecutionStatus::Pausing);
    let response = function
        .checkpoint([step("1", OperationAction::Start)])
        .unwrap();
    assert_eq!(response.checkpoint_token, None);
    assert_eq!(response.operations, []);
    assert_eq!(function.operation("1").status, OperationStatus::Started);
    assert_eq!(function.status(), ExecutionStatus::Paused);
    assert_eq!(function.refused([]), "Invalid checkpoint token");

    function.suspends();
    assert_eq!(
        function.status(),
        ExecutionStatus::Paused,
        "PENDING is valid"
    );
    function.resume();
    let input = function.invoke();
    assert_eq!(input.state.operations.len(), 2);
    function
        .checkpoint([step("1", OperationAction::Succeed)])
        .unwrap();
}

#[test]
fn an_invocation_may_end_the_execution_while_it_is_pausing() {
    let mut function = Function::invoked();
    function.pause();
    function.returns(json!({"Status": "SUCCEEDED", "Result": "1"}));
    assert_eq!(function.status(), ExecutionStatus::Succeeded);
}

#[test]
fn a_pause_that_is_not_in_force_yet_can_be_cancelled() {
    let mut function = Function::invoked();
    function.pause();
    function.resume();
    assert_eq!(function.status(), ExecutionStatus::Running);
    let response = function
        .checkpoint([step("1", OperationAction::Start)])
        .unwrap();
    assert!(response.checkpoint_token.is_some());
}

#[test]
fn a_withheld_token_does_not_come_back_with_a_resumption() {
    let mut function = Function::invoked();
    function.pause();
    let held = function.token.clone();
    function.checkpoint([]).unwrap();
    function.resume();
    function.token = held;
    assert_eq!(function.refused([]), "Invalid checkpoint token");
}

#[test]
fn an_invocation_whose_token_was_withheld_may_suspend_after_a_resumption() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", OperationAction::Start)])
        .unwrap();
    function.pause();
    assert_eq!(function.checkpoint([]).unwrap().checkpoint_token, None);
    function.resume();

    function.suspends();
    assert_eq!(function.status(), ExecutionStatus::Running);
    assert_eq!(function.execution().invoke_at(), Some(function.now));
    assert_eq!(
        function.event_types()[2..],
        ["ExecutionPaused", "ExecutionResumed", "InvocationCompleted"],
        "the invocation did not fail"
    );
    function.invoke();
    function
        .checkpoint([step("1", OperationAction::Succeed)])
        .unwrap();
}

#[test]
fn a_withheld_token_outlives_a_second_pause_and_a_restart() {
    let mut function = Function::invoked();
    function.service.track_changes();
    function
        .checkpoint([step("1", OperationAction::Start)])
        .unwrap();
    function.pause();
    let held = function.token.clone();
    function.checkpoint([]).unwrap();
    function.resume();
    function.pause();
    assert_eq!(function.status(), ExecutionStatus::Pausing);

    let mut stored = Stored::default();
    for change in function.service.take_changes() {
        stored.apply(change);
    }
    let settings = ServiceSettings::default();
    function.service = Service::restore(settings, stored).unwrap();
    function.token = held;
    assert_eq!(function.refused([]), "Invalid checkpoint token");
    function.suspends();
    assert_eq!(function.status(), ExecutionStatus::Paused);
    function.resume();
    assert_eq!(function.execution().invoke_at(), Some(function.now));
}

#[test]
fn a_pause_stops_the_execution_timeout_by_default() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5_000_000)]).unwrap();
    function.suspends();
    function.pass(400_000);
    function.pause();
    function.pass(2_000_000);
    assert_eq!(function.status(), ExecutionStatus::Paused);
    function.resume();
    function.pass(599_999);
    assert_eq!(function.status(), ExecutionStatus::Running);
    function.pass(1);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);

    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5_000_000)]).unwrap();
    function.suspends();
    let request = PauseRequest {
        execution_timeout_paused: Some(false),
        ..PauseRequest::default()
    };
    function.try_pause(request).unwrap();
    function.pass(1_000_000);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
}

#[test]
fn a_stopped_timeout_is_not_due() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 10)]).unwrap();
    function.suspends();
    function.pause();
    assert_eq!(function.service.next_explicit_timeout(), None);
    let shown = execution_response(function.execution(), false);
    let last = function.execution().started_at().after_seconds(31_622_400);
    assert_eq!(
        shown["ExpectedExecutionTimeoutTimestamp"].as_f64(),
        Some(last.as_seconds())
    );

    function.resume();
    assert_eq!(
        function.service.next_explicit_timeout(),
        function.execution().explicit_timeout_at()
    );
    assert!(function.execution().explicit_timeout_at() < Some(last));
}

#[test]
fn no_execution_outlives_366_days_however_long_it_was_paused() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 31_622_400)]).unwrap();
    function.suspends();
    function.pause();
    function.pass(31_622_400);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
}

#[test]
fn the_history_keeps_the_reasons() {
    let mut function = Function::invoked();
    let because = |reason: &str| PauseRequest {
        reason: Some(reason.to_owned()),
        ..PauseRequest::default()
    };
    function.try_pause(because("audit")).unwrap();
    function.try_resume(because("done")).unwrap();
    let details: Vec<_> = function.history()[1..]
        .iter()
        .map(|event| event.details.clone())
        .collect();
    assert_eq!(
        details,
        [
            EventDetails::ExecutionPaused {
                requested_at: function.now,
                reason: Some("audit".to_owned()),
                execution_timeout_paused: true,
            },
            EventDetails::ExecutionResumed {
                requested_at: function.now,
                reason: Some("done".to_owned()),
            },
        ]
    );
    let long = because(&"x".repeat(1_025));
    let error = function.try_pause(long).unwrap_err();
    assert!(error.to_string().contains("at 'reason'"), "{error}");
}

#[test]
fn pausing_twice_and_resuming_what_runs_are_conflicts() {
    let mut function = Function::invoked();
    let error = function.try_resume(PauseRequest::default()).unwrap_err();
    assert_eq!(
        (error.code(), error.http_status()),
        ("ResourceConflictException", 409)
    );
    function.pause();
    let error = function.try_pause(PauseRequest::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "A durable execution in status PAUSING cannot be paused; it must be RUNNING."
    );
    function
        .service
        .stop(function.now, &function.arn, None)
        .unwrap();
    assert_eq!(function.status(), ExecutionStatus::Stopped);
    assert!(function.try_resume(PauseRequest::default()).is_err());
}

#[test]
fn a_repeated_call_has_no_second_effect() {
    let mut function = Function::invoked();
    let request = PauseRequest {
        client_token: Some("once".to_owned()),
        ..PauseRequest::default()
    };
    function.try_pause(request.clone()).unwrap();
    let events = function.history().len();
    function.pass(14 * 60);
    function.try_pause(request.clone()).unwrap();
    assert_eq!(function.history().len(), events);
    function.pass(60);
    assert!(
        function.try_pause(request).is_err(),
        "15 minutes later it is another call"
    );
}

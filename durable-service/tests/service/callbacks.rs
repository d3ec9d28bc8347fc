//! CALLBACK, and stopping an execution: what comes from outside.

use durable_service::model::{
    CallbackCompletion, CallbackDetails, CallbackId, ErrorObject, EventDetails, ExecutionStatus,
    OperationAction, OperationDetails, OperationStatus, OperationType, Seconds,
};
use durable_service::wire::event::invocation_event;
use durable_service::{Limits, Policy, ServiceError};

use crate::function::{Function, callback, step, update, wait};

const OVER: &str = "The callback is either timed out or already completed";

fn details(function: &Function, id: &str) -> CallbackDetails {
    match function.operation(id).details {
        OperationDetails::Callback(details) => details,
        other => panic!("not a callback: {other:?}"),
    }
}

/// A suspended execution with a callback.
fn waiting(timeout: i64, heartbeat: i64) -> (Function, CallbackId) {
    let mut function = Function::invoked();
    function
        .checkpoint([callback("cb", timeout, heartbeat)])
        .unwrap();
    function.suspends();
    let id = details(&function, "cb").callback_id;
    (function, id)
}

impl Function {
    fn succeed(&mut self, id: &CallbackId, result: Option<&str>) -> Result<(), ServiceError> {
        let completion = CallbackCompletion::Success(result.map(str::to_owned));
        self.service.complete_callback(self.now, id, completion)
    }

    fn fail(&mut self, id: &CallbackId, error: ErrorObject) -> Result<(), ServiceError> {
        let completion = CallbackCompletion::Failure(error);
        self.service.complete_callback(self.now, id, completion)
    }

    fn heartbeat(&mut self, id: &CallbackId) -> Result<(), ServiceError> {
        self.service.heartbeat_callback(self.now, id)
    }
}

#[test]
fn the_answer_to_the_start_carries_the_id() {
    let mut function = Function::invoked();
    let response = function.checkpoint([callback("cb", 60, 0)]).unwrap();
    assert_eq!(response.operations, [function.operation("cb")]);
    let id = details(&function, "cb").callback_id;
    assert!(
        id.as_str().len() <= 1024
            && id
                .as_str()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
    );
    assert_eq!(
        function.history()[1].details,
        EventDetails::CallbackStarted {
            callback_id: id,
            timeout: Some(Seconds(60)),
            heartbeat_timeout: None
        }
    );
}

#[test]
fn a_success_is_stored_verbatim_and_wakes_the_function() {
    let (mut function, id) = waiting(0, 0);
    function.pass(100);
    function.succeed(&id, Some("not json")).unwrap();
    let operation = function.operation("cb");
    assert_eq!(operation.status, OperationStatus::Succeeded);
    assert_eq!(operation.result(), Some("not json"));
    assert_eq!(operation.ended_at, Some(function.now));
    let input = function.invoke();
    assert_eq!(input.updated_operation_ids, ["cb"]);
    let event = invocation_event(&input);
    assert_eq!(
        event["InitialExecutionState"]["Operations"][1]["CallbackDetails"],
        serde_json::json!({"CallbackId": id, "Result": "not json"})
    );
    assert_eq!(function.event_types().last(), Some(&"CallbackSucceeded"));
}

#[test]
fn a_success_needs_no_result_and_a_failure_no_error() {
    let (mut function, id) = waiting(0, 0);
    function.succeed(&id, None).unwrap();
    assert_eq!(function.operation("cb").result(), None);

    let (mut function, id) = waiting(0, 0);
    function.fail(&id, ErrorObject::default()).unwrap();
    assert_eq!(function.operation("cb").status, OperationStatus::Failed);
    assert!(function.execution().invoke_at().is_some(), "it wakes");
}

#[test]
fn a_failure_keeps_its_error() {
    let (mut function, id) = waiting(0, 0);
    let error = ErrorObject::new("Rejected", "not approved");
    function.fail(&id, error.clone()).unwrap();
    assert_eq!(
        function.history().last().unwrap().details,
        EventDetails::CallbackFailed { error: Some(error) }
    );
}

#[test]
fn a_callback_is_completed_once() {
    let (mut function, id) = waiting(0, 0);
    function.succeed(&id, Some("1")).unwrap();
    for error in [
        function.succeed(&id, Some("2")).unwrap_err(),
        function.fail(&id, ErrorObject::default()).unwrap_err(),
        function.heartbeat(&id).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), OVER);
        assert_eq!(
            (error.code(), error.http_status()),
            ("CallbackTimeoutException", 400)
        );
    }
}

#[test]
fn the_general_timeout_ends_it() {
    let (mut function, id) = waiting(60, 0);
    assert_eq!(
        function.service.next_operation_due(),
        Some(function.now.after_seconds(60))
    );
    function.pass(60);
    assert_eq!(function.operation("cb").status, OperationStatus::TimedOut);
    assert_eq!(
        function.history().last().unwrap().details,
        EventDetails::CallbackTimedOut {
            error: Some(ErrorObject::new("Callback.Timeout", "Callback timed out"))
        }
    );
    assert_eq!(function.succeed(&id, None).unwrap_err().to_string(), OVER);
    assert!(function.execution().invoke_at().is_some());
}

#[test]
fn a_deadline_counts_even_before_it_is_swept() {
    let (mut function, id) = waiting(60, 0);
    function.now = function.now.after_seconds(60);
    assert_eq!(function.succeed(&id, None).unwrap_err().to_string(), OVER);
}

#[test]
fn heartbeats_move_their_own_deadline_only() {
    let (mut function, id) = waiting(100, 30);
    for _ in 0..3 {
        function.pass(29);
        function.heartbeat(&id).unwrap();
    }
    let events = function.history().len();
    assert_eq!(
        function.execution().invoke_at(),
        None,
        "a heartbeat does not wake the function"
    );
    assert_eq!(
        details(&function, "cb").timeout_at.unwrap().as_millis(),
        100_000
    );
    function.pass(13);
    assert_eq!(
        function.history().len(),
        events + 1,
        "a heartbeat is no event"
    );
    assert_eq!(
        function
            .operation("cb")
            .error()
            .unwrap()
            .error_type
            .as_deref(),
        Some("Callback.Timeout")
    );
}

#[test]
fn a_missing_heartbeat_ends_it() {
    let (mut function, _) = waiting(100, 30);
    function.pass(30);
    assert_eq!(
        function.operation("cb").error(),
        Some(&ErrorObject::new(
            "Callback.Heartbeat",
            "Callback timed out on heartbeat"
        ))
    );
}

#[test]
fn of_equal_deadlines_the_general_timeout_counts() {
    let (mut function, _) = waiting(30, 30);
    function.pass(30);
    assert_eq!(
        function
            .operation("cb")
            .error()
            .unwrap()
            .error_type
            .as_deref(),
        Some("Callback.Timeout")
    );
}

#[test]
fn a_heartbeat_without_a_heartbeat_timeout_is_fine() {
    let (mut function, id) = waiting(0, 0);
    function.heartbeat(&id).unwrap();
    assert_eq!(function.execution().next_operation_due(), None);
}

#[test]
fn a_completion_during_an_invocation_shows_in_its_next_checkpoint() {
    let mut function = Function::invoked();
    function.checkpoint([callback("cb", 0, 0)]).unwrap();
    let id = details(&function, "cb").callback_id;
    function.succeed(&id, Some("1")).unwrap();
    let response = function
        .checkpoint([step("s", OperationAction::Start)])
        .unwrap();
    assert_eq!(response.operations.len(), 2);
    assert_eq!(response.operations[0].result(), Some("1"));
}

#[test]
fn an_unseen_completion_asks_for_an_invocation() {
    let mut function = Function::invoked();
    function.checkpoint([callback("cb", 0, 0)]).unwrap();
    let id = details(&function, "cb").callback_id;
    function.succeed(&id, Some("1")).unwrap();
    function.suspends();
    assert_eq!(function.execution().invoke_at(), Some(function.now));
}

#[test]
fn callbacks_start_once_and_have_no_other_action() {
    let mut function = Function::invoked();
    function.checkpoint([callback("cb", 0, 0)]).unwrap();
    assert_eq!(
        function.refused([callback("cb", 0, 0)]),
        "Cannot start a CALLBACK that already exist."
    );
    for action in [
        OperationAction::Succeed,
        OperationAction::Fail,
        OperationAction::Retry,
        OperationAction::Cancel,
    ] {
        assert_eq!(
            function.refused([update("x", OperationType::Callback, action)]),
            "Invalid action for the given operation type."
        );
    }
}

#[test]
fn unknown_and_malformed_ids_have_different_messages() {
    let (mut function, id) = waiting(0, 0);
    let error = function.succeed(&"not an id".into(), None).unwrap_err();
    assert_eq!(error.code(), "InvalidParameterValueException");
    assert_eq!(error.to_string(), "Invalid callback id");

    let mut other = Function::invoked();
    other.service = durable_service::Service::new(durable_service::ServiceSettings::default());
    assert_eq!(other.succeed(&id, None).unwrap_err().to_string(), OVER);
}

#[test]
fn results_and_errors_end_at_1_mib() {
    let (mut function, id) = waiting(0, 0);
    let large = "x".repeat(1_048_577);
    assert_eq!(
        function.succeed(&id, Some(&large)).unwrap_err().to_string(),
        "1 validation error detected: Value at 'result' failed to satisfy constraint: Member must \
         have length less than or equal to 1048576"
    );
    let error = ErrorObject::from_message(large);
    assert_eq!(
        function.fail(&id, error).unwrap_err().to_string(),
        "Error object size must be less than or equal to 1048576 bytes."
    );
    function.succeed(&id, Some(&"x".repeat(1_048_576))).unwrap();
}

#[test]
fn a_stop_ends_the_execution_and_closes_its_callbacks() {
    let (mut function, id) = waiting(60, 0);
    function.pass(5);
    let error = ErrorObject::new("Operator", "enough");
    let stopped = function
        .service
        .stop(function.now, &function.arn, Some(error.clone()))
        .unwrap();
    assert_eq!(stopped, function.now);
    assert_eq!(function.status(), ExecutionStatus::Stopped);
    assert_eq!(function.execution().error(), Some(&error));
    assert_eq!(
        function.history().last().unwrap().details,
        EventDetails::ExecutionStopped { error: Some(error) }
    );
    assert_eq!(function.operation("cb").status, OperationStatus::Started);
    assert_eq!(function.succeed(&id, None).unwrap_err().to_string(), OVER);
    assert_eq!(function.execution().next_due(), None);
}

#[test]
fn a_second_stop_changes_nothing() {
    let (mut function, _) = waiting(0, 0);
    let first = function
        .service
        .stop(function.now, &function.arn, None)
        .unwrap();
    assert_eq!(function.execution().error(), Some(&ErrorObject::default()));
    function.pass(10);
    let events = function.history().len();
    let again = function
        .service
        .stop(
            function.now,
            &function.arn,
            Some(ErrorObject::new("E", "m")),
        )
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(function.history().len(), events);
}

#[test]
fn a_stop_during_an_invocation_takes_its_token_and_ignores_its_response() {
    let mut function = Function::invoked();
    function
        .service
        .stop(function.now, &function.arn, None)
        .unwrap();
    assert_eq!(function.refused([wait("w", 1)]), "Invalid checkpoint token");
    function.returns(serde_json::json!({"Status": "SUCCEEDED"}));
    assert_eq!(function.status(), ExecutionStatus::Stopped);
    assert_eq!(
        function.event_types()[1..],
        ["ExecutionStopped", "InvocationCompleted"]
    );
}

#[test]
fn a_failure_without_any_error_can_be_left_to_sleep() {
    let policy = Policy {
        empty_callback_failure_wakes: false,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    function.checkpoint([callback("cb", 0, 0)]).unwrap();
    function.suspends();
    let id = details(&function, "cb").callback_id;
    function.fail(&id, ErrorObject::default()).unwrap();
    assert_eq!(function.operation("cb").status, OperationStatus::Failed);
    assert_eq!(function.execution().invoke_at(), None);
}

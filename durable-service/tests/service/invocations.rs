//! Invocations: their input, their response, and when the next one is due.

use durable_service::model::{ErrorObject, ExecutionStatus, OperationAction};
use durable_service::wire::event::invocation_event;
use durable_service::{InlineTimers, InvocationOutcome, Limits, Policy};
use serde_json::json;

use crate::function::{Function, With as _, retry, step, wait};
use OperationAction::{Start, Succeed};

#[test]
fn the_event_has_the_shape_that_functions_read() {
    let mut function = Function::started();
    let event = invocation_event(&function.invoke());
    assert_eq!(
        event,
        json!({
            "DurableExecutionArn": function.arn.as_str(),
            "CheckpointToken": function.token,
            "InitialExecutionState": {
                "Operations": [{
                    "Id": "00000000-0000-4000-8000-000000000001",
                    "Name": "00000000-0000-4000-8000-000000000001",
                    "Type": "EXECUTION",
                    "Status": "STARTED",
                    "StartTimestamp": 0,
                    "ExecutionDetails": {"InputPayload": "{}"},
                }],
                "NextMarker": "",
            },
            "UpdatedOperationIds": [],
        })
    );
}

#[test]
fn a_replay_is_given_all_operations_with_times_in_milliseconds() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Start).named("s"), step("1", Succeed).payload("7")])
        .unwrap();
    function.checkpoint([wait("2", 5)]).unwrap();
    function.suspends();
    function.pass(5);
    let event = invocation_event(&function.invoke());
    let operations = &event["InitialExecutionState"]["Operations"];
    assert_eq!(
        operations[1],
        json!({
            "Id": "1", "Name": "s", "Type": "STEP", "Status": "SUCCEEDED",
            "StartTimestamp": 0, "EndTimestamp": 0,
            "StepDetails": {"Attempt": 1, "Result": "7"},
        })
    );
    assert_eq!(operations[2]["Status"], "SUCCEEDED");
    assert_eq!(operations[2]["EndTimestamp"], 5_000);
    assert_eq!(event["UpdatedOperationIds"], json!(["2"]));
}

#[test]
fn one_invocation_is_in_flight_at_a_time() {
    let mut function = Function::invoked();
    let error = function
        .service
        .start_invocation(function.now, &function.arn)
        .unwrap_err();
    assert!(error.to_string().contains("in flight already"), "{error}");
    let error = function
        .service
        .complete_invocation(
            function.now,
            &function.arn,
            &"another".into(),
            InvocationOutcome::Returned(json!({"Status": "PENDING"})),
            InlineTimers::Fire,
        )
        .unwrap_err();
    assert!(error.to_string().contains("request id another"), "{error}");
}

#[test]
fn a_change_that_a_checkpoint_answer_showed_asks_for_no_invocation() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5), wait("2", 50)]).unwrap();
    function.now = function.now.after_seconds(5);
    let shown = function.checkpoint([]).unwrap();
    assert_eq!(shown.operations.len(), 1);
    function.suspends();
    assert_eq!(
        function.execution().next_due(),
        Some(function.now.after_seconds(45)),
        "only the second wait wakes it"
    );
}

#[test]
fn an_unseen_change_asks_for_one() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5)]).unwrap();
    function.pass(5);
    function.suspends();
    assert_eq!(function.execution().invoke_at(), Some(function.now));
}

#[test]
fn pending_needs_something_that_is_pending() {
    let mut function = Function::invoked();
    function.checkpoint([step("1", Start)]).unwrap();
    for _ in 0..3 {
        function.suspends();
        assert_eq!(function.status(), ExecutionStatus::Running);
        function.invoke();
    }
    function.suspends();
    assert_eq!(function.status(), ExecutionStatus::Failed, "the fourth");
    assert_eq!(
        function.execution().error(),
        Some(&ErrorObject::new(
            "InvalidParameterValueException",
            "Cannot return PENDING status with no pending operations."
        ))
    );

    let mut function = Function::invoked();
    function.checkpoint([retry("1", 5)]).unwrap();
    function.suspends();
    assert_eq!(function.status(), ExecutionStatus::Running);
}

#[test]
fn an_invalid_response_fails_the_execution_and_its_invocation() {
    let mut function = Function::invoked();
    function.returns(json!({"Status": "DONE"}));
    assert_eq!(function.error(), "Invalid Status in invocation output.");
    assert_eq!(
        function.event_types()[1..],
        ["InvocationCompleted", "ExecutionFailed"]
    );
    let recorded = function.execution().invocations()[0].error.as_ref();
    assert_eq!(recorded, function.execution().error());
}

#[test]
fn a_crash_is_retried_with_the_same_state_until_attempts_run_out() {
    let mut function = Function::invoked();
    function.checkpoint([step("1", Start)]).unwrap();
    let mut delays = Vec::new();
    loop {
        function.crashes();
        let Some(next) = function.execution().invoke_at() else {
            break;
        };
        let delay = next.since(function.now).as_secs();
        delays.push(delay);
        function.pass(delay);
        let input = function.invoke();
        assert_eq!(input.state.operations[1], function.operation("1"));
    }
    assert_eq!(delays, [0, 1, 2, 4]);
    assert_eq!(function.status(), ExecutionStatus::Failed);
    assert_eq!(function.error(), "exit status 1");
    assert_eq!(function.execution().invocations().len(), 5);
}

#[test]
fn a_clean_invocation_resets_the_count_of_failures() {
    let mut function = Function::invoked();
    for _ in 0..10 {
        function.crashes();
        function.invoke();
        let id = function.execution().invocations().len().to_string();
        function.checkpoint([wait(&id, 1)]).unwrap();
        function.suspends();
        function.pass(1);
        function.invoke();
    }
    assert_eq!(function.status(), ExecutionStatus::Running);
}

#[test]
fn a_timer_that_fires_during_back_off_does_not_shorten_it() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 3)]).unwrap();
    let slow = ErrorObject::new("Sandbox.Timedout", "Task timed out after 1.00 seconds");
    for delay in [1, 2] {
        function.ends(InvocationOutcome::Failed(slow.clone()));
        function.pass(delay);
        function.invoke();
    }
    function.ends(InvocationOutcome::Failed(slow));
    let planned = function.execution().invoke_at();
    function.pass(1);
    assert_eq!(function.operation("1").status.as_str(), "SUCCEEDED");
    assert_eq!(function.execution().invoke_at(), planned);
}

#[test]
fn how_often_pending_with_nothing_pending_is_tolerated_can_be_set() {
    let policy = Policy {
        tolerated_empty_pendings: 1,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    for _ in 0..2 {
        assert_eq!(function.status(), ExecutionStatus::Running);
        function.invoke();
        function.suspends();
    }
    assert_eq!(function.status(), ExecutionStatus::Failed);
}

/// SDKs may suspend on what they started, whatever the response of a later checkpoint showed.
#[test]
fn a_wake_up_during_an_invocation_keeps_pending_valid() {
    let policy = Policy {
        tolerated_empty_pendings: 0,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    function.checkpoint([wait("1", 5)]).unwrap();
    function.now = function.now.after_seconds(5);
    assert_eq!(function.checkpoint([]).unwrap().operations.len(), 1);
    function.suspends();
    assert_eq!(function.status(), ExecutionStatus::Running);
    function.invoke();
    function.suspends();
    assert_eq!(
        function.status(),
        ExecutionStatus::Failed,
        "nothing woke it this time"
    );
}

#[test]
fn a_timer_that_is_seen_late_happened_when_it_was_due() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5), wait("2", 9)]).unwrap();
    function.suspends();
    function.pass(100);
    let times: Vec<i64> = function.history()[4..]
        .iter()
        .map(|event| event.timestamp.as_millis())
        .collect();
    assert_eq!(times, [5_000, 9_000]);
}

#[test]
fn the_first_invocation_can_list_the_execution_as_changed() {
    let policy = Policy {
        execution_is_new: true,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    let input = function.invoke();
    assert_eq!(input.updated_operation_ids.len(), 1);
    assert_eq!(input.updated_operation_ids[0], input.state.operations[0].id);
    assert!(
        Function::started()
            .invoke()
            .updated_operation_ids
            .is_empty()
    );
}

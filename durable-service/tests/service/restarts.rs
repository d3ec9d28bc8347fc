//! A service that is stored and made again.

use durable_service::model::{
    CallbackCompletion, ErrorObject, EventDetails, ExecutionStatus, OperationAction,
    OperationStatus, Timestamp,
};
use durable_service::storage::{Change, RecordKey, Stored};
use durable_service::{
    DurableSettings, FunctionSettings, InlineTimers, InvocationOutcome, PauseRequest,
    PlainInvocation, PlainOutcome, Service, ServiceSettings, StartRequest,
};
use serde_json::json;

use crate::function::{Function, With, callback, invoke, next_call, retry, step, traced, wait};

/// A function whose service is stored after every call of [`save`](Saved::save).
struct Saved {
    function: Function,
    stored: Stored,
}

impl Saved {
    /// An execution with its first invocation in flight.
    fn invoked() -> Self {
        let mut function = Function::invoked();
        function.service.track_changes();
        Self {
            function,
            stored: Stored::default(),
        }
    }

    /// The changes since the last call.
    fn save(&mut self) -> Vec<Change> {
        let changes = self.function.service.take_changes();
        for change in changes.clone() {
            self.stored.apply(change);
        }
        changes
    }

    /// Replaces the service by what is stored of it.
    fn restore(&mut self) {
        self.function.service =
            Service::restore(ServiceSettings::default(), self.stored.clone()).unwrap();
    }

    fn save_and_restore(&mut self) {
        self.save();
        self.restore();
    }
}

fn keys(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| match change {
            Change::Put { key, .. } => key.to_string(),
            Change::Forget { execution } => format!("forget execution {execution}"),
        })
        .collect()
}

fn bytes(changes: &[Change]) -> usize {
    changes
        .iter()
        .map(|change| match change {
            Change::Put { value, .. } => value.len(),
            Change::Forget { .. } => 0,
        })
        .sum()
}

#[test]
fn nothing_is_tracked_unless_asked_for() {
    let mut function = Function::invoked();
    assert_eq!(function.service.take_changes(), []);
}

#[test]
fn the_first_changes_are_everything() {
    let mut saved = Saved::invoked();
    let changes = saved.save();
    assert_eq!(
        keys(&changes),
        [
            "service",
            "executions (execution 1)",
            "events (execution 1, event 1)",
            "states (execution 1)"
        ]
    );
    assert_eq!(saved.function.service.take_changes(), []);
}

#[test]
fn a_checkpoint_costs_what_it_changes() {
    let mut saved = Saved::invoked();
    let large = format!("\"{}\"", "x".repeat(100_000));
    let first = step("a", OperationAction::Succeed).payload(&large);
    saved.function.checkpoint_as(Some("c1"), [first]).unwrap();
    saved.save();

    let next = [
        step("b", OperationAction::Start),
        step("b", OperationAction::Succeed).payload("1"),
    ];
    saved.function.checkpoint_as(Some("c2"), next).unwrap();
    let changes = saved.save();
    assert_eq!(
        keys(&changes),
        [
            "operations (execution 1, position 2)",
            "events (execution 1, event 3)",
            "events (execution 1, event 4)",
            "states (execution 1)"
        ]
    );
    let bytes = bytes(&changes);
    assert!(bytes < 1_000, "a small step costs {bytes} bytes");
}

#[test]
fn a_large_result_is_stored_with_its_operation_and_its_event_alone() {
    let mut saved = Saved::invoked();
    saved.save();
    let large = step("a", OperationAction::Succeed).payload(&"1".repeat(100_000));
    saved.function.checkpoint_as(Some("c"), [large]).unwrap();
    let bytes = bytes(&saved.save());
    assert!((200_000..201_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn a_refused_checkpoint_and_a_repeated_one_cost_nothing() {
    let mut saved = Saved::invoked();
    let token = saved.function.token.clone();
    let start = || step("a", OperationAction::Start);
    saved.function.checkpoint_as(Some("c"), [start()]).unwrap();
    saved.save();

    saved.function.refused([start()]);
    assert_eq!(saved.function.service.take_changes(), []);
    saved.function.token = token;
    saved.function.checkpoint_as(Some("c"), [start()]).unwrap();
    assert_eq!(saved.function.service.take_changes(), []);
}

#[test]
fn a_function_goes_on_over_a_restart_that_it_does_not_notice() {
    let mut saved = Saved::invoked();
    saved.function.checkpoint([wait("w", 10)]).unwrap();
    saved.save_and_restore();
    saved
        .function
        .checkpoint([step("a", OperationAction::Start)])
        .unwrap();
    saved.function.suspends();
    saved.save_and_restore();
    saved.function.pass(10);
    let input = saved.function.invoke();
    assert_eq!(input.updated_operation_ids, ["w"]);
    saved
        .function
        .returns(json!({"Status": "SUCCEEDED", "Result": "\"done\""}));
    saved.save_and_restore();

    let function = &saved.function;
    assert_eq!(function.status(), ExecutionStatus::Succeeded);
    assert_eq!(function.execution().result(), Some("\"done\""));
    assert_eq!(function.execution().ended_at(), Some(function.now));
    assert_eq!(function.execution().invocations().len(), 2);
}

#[test]
fn a_repeated_checkpoint_is_answered_as_it_was_after_its_operation_moved_on() {
    let mut saved = Saved::invoked();
    let token = saved.function.token.clone();
    let updates = [callback("cb", 0, 0), wait("w", 10)];
    let first = saved
        .function
        .checkpoint_as(Some("c"), updates.clone())
        .unwrap();
    let id = match &saved.function.history()[1].details {
        EventDetails::CallbackStarted { callback_id, .. } => callback_id.clone(),
        other => panic!("{other:?}"),
    };
    let now = saved.function.now;
    let yes = CallbackCompletion::Success(Some("yes".to_owned()));
    saved
        .function
        .service
        .complete_callback(now, &id, yes)
        .unwrap();
    saved.save_and_restore();

    saved.function.token = token;
    let again = saved.function.checkpoint_as(Some("c"), updates).unwrap();
    assert_eq!(again, first);
}

#[test]
fn a_paused_execution_stays_paused_and_keeps_the_time_that_it_had_left() {
    let mut saved = Saved::invoked();
    let request = PauseRequest {
        client_token: Some("p".to_owned()),
        reason: Some("audit".to_owned()),
        execution_timeout_paused: None,
    };
    let (now, arn) = (saved.function.now, saved.function.arn.clone());
    saved.function.checkpoint([wait("w", 1)]).unwrap();
    saved
        .function
        .service
        .pause(now, &arn, request.clone())
        .unwrap();
    saved.function.suspends();
    saved.save_and_restore();

    let function = &mut saved.function;
    assert_eq!(function.status(), ExecutionStatus::Paused);
    function.service.pause(now, &arn, request).unwrap();
    function.pass(5_000_000);
    assert_eq!(function.status(), ExecutionStatus::Paused);
    let resume = PauseRequest::default();
    function.service.resume(function.now, &arn, resume).unwrap();
    assert_eq!(
        function.execution().explicit_timeout_at(),
        Some(function.now.after_seconds(1_000_000))
    );
    function.invoke();
}

#[test]
fn an_execution_that_timed_out_or_was_stopped_keeps_its_error() {
    let mut timed_out = Saved::invoked();
    timed_out.function.pass(1_000_000);
    timed_out.save_and_restore();
    assert_eq!(timed_out.function.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        timed_out.function.error(),
        "Execution timed out after 1000000 seconds."
    );

    let mut stopped = Saved::invoked();
    let (now, arn) = (stopped.function.now, stopped.function.arn.clone());
    let error = ErrorObject::new("Operator", "enough");
    let stop = stopped
        .function
        .service
        .stop(now, &arn, Some(error.clone()));
    stop.unwrap();
    stopped.save_and_restore();
    assert_eq!(stopped.function.status(), ExecutionStatus::Stopped);
    assert_eq!(stopped.function.execution().error(), Some(&error));
}

#[test]
fn an_invocation_that_a_restart_cut_off_is_recorded_and_started_again() {
    let mut saved = Saved::invoked();
    saved
        .function
        .checkpoint([step("a", OperationAction::Start)])
        .unwrap();
    saved.save_and_restore();
    let function = &mut saved.function;
    let stale = function.token.clone();

    let lost = function.service.interrupt(function.now);
    assert_eq!(lost, std::slice::from_ref(&function.arn));
    let input = function.invoke();
    assert_eq!(input.request_id, "00000002-0000-4000-8000-000000000001");
    assert_eq!(function.operation("a").status, OperationStatus::Started);
    let EventDetails::InvocationCompleted { error, .. } = &function.history()[2].details else {
        panic!("{:?}", function.history()[2]);
    };
    assert_eq!(
        error.as_ref().unwrap().error_message(),
        Some("The server was restarted while the invocation ran. The function is invoked again.")
    );
    function.token = stale;
    assert_eq!(function.refused([]), "Invalid checkpoint token");
}

#[test]
fn restarts_do_not_count_against_the_attempts_of_failed_invocations() {
    let mut saved = Saved::invoked();
    for _ in 0..10 {
        saved.save_and_restore();
        let now = saved.function.now;
        saved.function.service.interrupt(now);
        saved.function.invoke();
    }
    saved.function.crashes();
    assert_eq!(saved.function.status(), ExecutionStatus::Running);
    assert_eq!(
        saved.function.execution().invoke_at(),
        Some(saved.function.now),
        "the first retry after a crash is immediate"
    );
}

#[test]
fn an_execution_that_was_over_while_its_invocation_ran_is_not_started_again() {
    let mut saved = Saved::invoked();
    let (now, arn) = (saved.function.now, saved.function.arn.clone());
    saved.function.service.stop(now, &arn, None).unwrap();
    saved.save_and_restore();
    saved.function.service.interrupt(now);
    assert_eq!(saved.function.execution().invoke_at(), None);
    assert_eq!(
        saved.function.event_types(),
        [
            "ExecutionStarted",
            "ExecutionStopped",
            "InvocationCompleted"
        ]
    );
}

#[test]
fn an_invocation_that_a_pause_and_a_restart_cut_off_goes_on_once_resumed() {
    let mut saved = Saved::invoked();
    let (now, arn) = (saved.function.now, saved.function.arn.clone());
    let request = PauseRequest::default();
    saved
        .function
        .service
        .pause(now, &arn, request.clone())
        .unwrap();
    let withheld = saved.function.checkpoint([wait("w", 10)]).unwrap();
    assert_eq!(withheld.checkpoint_token, None);
    saved.save_and_restore();

    let service = &mut saved.function.service;
    service.interrupt(now);
    assert_eq!(service.next_invocation(now), None);
    service.resume(now, &arn, request).unwrap();
    let operations = saved.function.invoke().state.operations;
    assert_eq!(operations[1].id, "w");
}

#[test]
fn time_goes_on_from_the_latest_that_is_known() {
    let mut saved = Saved::invoked();
    saved.function.checkpoint([retry("s", 3_600)]).unwrap();
    saved.function.suspends();
    saved.function.pass(3_600);
    let woken_at = saved.function.now;
    saved.save_and_restore();
    // The retry is due, which has no event.
    assert_eq!(saved.function.service.latest_time(), Some(woken_at));

    saved.function.pass(1);
    saved.function.invoke();
    let invoked_at = saved.function.now;
    saved.save_and_restore();
    assert_eq!(saved.function.service.latest_time(), Some(invoked_at));

    saved.function.crashes();
    saved.function.invoke();
    saved.function.crashes();
    let failed_at = saved.function.now;
    saved.save_and_restore();
    // The next invocation is planned for a time that has not come.
    assert!(saved.function.execution().next_operation_due() > Some(failed_at));
    assert_eq!(saved.function.service.latest_time(), Some(failed_at));
}

#[test]
fn calls_of_plain_functions_are_started_again() {
    let mut saved = Saved::invoked();
    let service = &mut saved.function.service;
    service.register_function("plain", FunctionSettings::default());
    saved
        .function
        .checkpoint([
            invoke("taken", "plain").payload("1"),
            traced(invoke("waiting", "plain").payload("2"), "Root=own"),
            invoke("done", "plain"),
        ])
        .unwrap();
    let now = saved.function.now;
    let service = &mut saved.function.service;
    next_call(service, now).unwrap();
    let done = PlainInvocation {
        operation: "done".into(),
        ..next_call(service, now).unwrap()
    };
    service.complete_plain_invocation(now, &done, PlainOutcome::Returned(None));
    saved.save_and_restore();

    let service = &mut saved.function.service;
    let calls: Vec<_> = std::iter::from_fn(|| next_call(service, now))
        .map(|call| {
            (
                call.operation.to_string(),
                call.function,
                call.input,
                call.context.trace_header,
            )
        })
        .collect();
    let call = |operation: &str, input: &str, trace_header: Option<&str>| {
        let [operation, function, input] = [operation, "plain", input].map(str::to_owned);
        (operation, function, input, trace_header.map(str::to_owned))
    };
    let expected = [
        call("taken", "1", None),
        call("waiting", "2", Some("Root=own")),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_forgotten_execution_is_gone_and_its_number_is_not_given_again() {
    let mut saved = Saved::invoked();
    saved.function.returns(json!({"Status": "SUCCEEDED"}));
    saved.save();
    saved.function.pass(14 * 86_400);
    assert_eq!(keys(&saved.save()), ["forget execution 1"]);
    saved.restore();

    let service = &mut saved.function.service;
    assert_eq!(service.executions().count(), 0);
    let started = service
        .start(saved.function.now, StartRequest::new("f", "1"))
        .unwrap();
    assert!(started.arn.as_str().ends_with("000000000002"));
}

#[test]
fn a_child_reports_to_its_parent_over_a_restart() {
    let mut saved = Saved::invoked();
    let durable = FunctionSettings {
        durable: Some(DurableSettings {
            retention_days: Some(1),
            ..DurableSettings::default()
        }),
    };
    saved.function.service.register_function("child", durable);
    saved
        .function
        .checkpoint([invoke("i", "child:1").payload("1")])
        .unwrap();
    saved.function.suspends();
    saved.save_and_restore();

    let now = saved.function.now;
    let service = &mut saved.function.service;
    let child = service.next_invocation(now).unwrap();
    assert_eq!(service.execution(&child).unwrap().retention_days(), Some(1));
    let input = service.start_invocation(now, &child).unwrap();
    let answer = InvocationOutcome::Returned(json!({"Status": "SUCCEEDED", "Result": "2"}));
    service
        .complete_invocation(now, &child, &input.request_id, answer, InlineTimers::Fire)
        .unwrap();
    assert_eq!(saved.function.operation("i").result(), Some("2"));
}

#[test]
fn nothing_stored_is_a_new_service() {
    let mut service = Service::restore(ServiceSettings::default(), Stored::default()).unwrap();
    service
        .start(Timestamp::from_millis(0), StartRequest::new("f", "1"))
        .unwrap();
    assert_eq!(keys(&service.take_changes())[0], "service");
}

fn refusal(damage: impl FnOnce(&mut Stored)) -> String {
    let mut saved = Saved::invoked();
    saved.function.checkpoint([wait("w", 1)]).unwrap();
    saved.save();
    damage(&mut saved.stored);
    Service::restore(ServiceSettings::default(), saved.stored)
        .unwrap_err()
        .to_string()
}

#[test]
fn records_that_are_broken_or_missing_are_named() {
    let without = |gone: RecordKey| {
        refusal(|stored| {
            let mut kept = Stored::default();
            for (key, value) in stored.records().filter(|(key, _)| *key != gone) {
                kept.insert(key, value.to_owned());
            }
            *stored = kept;
        })
    };
    let execution = 1;
    for gone in [
        RecordKey::Service,
        RecordKey::Execution { execution },
        RecordKey::State { execution },
        RecordKey::Event {
            execution,
            event: 1,
        },
    ] {
        assert_eq!(
            without(gone),
            format!("the record {gone} of the store is missing; restore the store from a copy")
        );
    }

    let with = |key: RecordKey, value: &str| refusal(|it| it.insert(key, value.to_owned()));
    let operation = RecordKey::Operation {
        execution,
        position: 1,
    };
    assert_eq!(
        with(operation, "{\"Id\":\"w\"}"),
        "the record operations (execution 1, position 1) of the store is broken: missing field `Status` \
         at line 1 column 10; restore the store from a copy"
    );
    let first = RecordKey::Event {
        execution,
        event: 1,
    };
    let event = json!({"EventType": "StepStarted", "EventId": 1, "EventTimestamp": 0.0});
    assert!(with(first, &event.to_string()).contains("it is StepStarted, not ExecutionStarted"),);
    assert_eq!(
        with(RecordKey::Service, "{\"Format\":2,\"Shards\":[]}"),
        "the store has format 2, and this version reads formats up to 1; use the version that wrote it, \
         or start with an empty store"
    );
}

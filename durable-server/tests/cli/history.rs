//! `durable history`: the tree, the events, and the file.

use durable_service::recording::Recording;
use serde_json::{Value, json};

use crate::stub::{Response, Stub};
use crate::{ARN, run};

/// An execution that has retried a step, waits in a context, and waits for a callback.
pub(crate) fn events() -> Vec<Value> {
    let event = |id: u64, seconds: u64, event_type: &str, subject: Value, details: Value| {
        let mut event = json!({
            "EventId": id,
            "EventTimestamp": 4_102_444_800_u64 + seconds,
            "EventType": event_type,
        });
        let members = event.as_object_mut().unwrap();
        members.extend(subject.as_object().unwrap().clone());
        members.insert(format!("{event_type}Details"), details);
        event
    };
    let step = json!({"Id": "1", "Name": "charge", "SubType": "Step"});
    let context = json!({"Id": "2", "Name": "ship", "SubType": "RunInChildContext"});
    let wait = json!({"Id": "2-1", "ParentId": "2", "SubType": "Wait"});
    let callback = json!({"Id": "3", "Name": "approval", "SubType": "Callback"});
    let failed = json!({
        "Error": {"Payload": {"ErrorType": "Busy", "ErrorMessage": "the service is busy\ntry later"}},
        "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5},
    });
    let invocation = json!({
        "StartTimestamp": 4_102_444_800_u64,
        "EndTimestamp": 4_102_444_800.25,
        "RequestId": "request-1",
    });
    vec![
        event(
            1,
            0,
            "ExecutionStarted",
            json!({"Id": "e", "Name": "order-1"}),
            json!({"Input": {"Payload": r#"{"order_id":"order-1"}"#}, "ExecutionTimeout": 3600}),
        ),
        event(2, 0, "StepStarted", step.clone(), json!({})),
        event(3, 0, "StepFailed", step.clone(), failed),
        event(4, 0, "InvocationCompleted", json!({}), invocation),
        event(5, 5, "StepStarted", step.clone(), json!({})),
        event(
            6,
            6,
            "StepSucceeded",
            step,
            json!({"Result": {"Payload": "4990"}, "RetryDetails": {"CurrentAttempt": 2}}),
        ),
        event(7, 6, "ContextStarted", context, json!({})),
        event(
            8,
            6,
            "WaitStarted",
            wait,
            json!({"Duration": 3600, "ScheduledEndTimestamp": 4_102_448_406_u64}),
        ),
        event(
            9,
            6,
            "CallbackStarted",
            callback,
            json!({"CallbackId": "Y2FsbGJhY2s=", "Timeout": 86400}),
        ),
        event(
            10,
            6,
            "SomethingNew",
            json!({"Id": "9"}),
            json!({"Of": "later"}),
        ),
    ]
}

/// The same execution, stopped with an error.
fn stopped_events() -> Vec<Value> {
    let mut events = events();
    events.push(json!({
        "EventId": 11,
        "EventTimestamp": 4_102_444_860_u64,
        "EventType": "ExecutionStopped",
        "ExecutionStoppedDetails": {
            "Error": {"Payload": {"ErrorType": "Cancelled", "ErrorMessage": "changed my mind"}},
        },
    }));
    events
}

#[test]
fn history_draws_the_operations() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN]);

    insta::assert_snapshot!(outcome.stdout, @r#"
    order_workflow: STOPPED in 1m (1 invocation)
      Cancelled: changed my mind
    ├─ charge     step      SUCCEEDED  +0s for 6s   2 attempts
    ├─ ship       context   STARTED    +6s for 54s
    │  └─ Wait#1  wait      STARTED    +6s for 54s
    └─ approval   callback  STARTED    +6s for 54s
    "#);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(
        service.requests()[0]
            .line
            .contains("IncludeExecutionData=true")
    );
}

#[test]
fn history_draws_the_operations_over_time() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN, "--timeline"]);

    insta::assert_snapshot!(outcome.stdout);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn history_is_a_chart_of_mermaid() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN, "--mermaid"]);

    insta::assert_snapshot!(outcome.stdout);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn history_is_written_as_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages/order-1.html");
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(
        &service,
        &["history", ARN, "--html", path.to_str().unwrap()],
    );

    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("the service is busy"));
    assert_eq!(outcome.stderr, format!("written to {}\n", path.display()));
    assert_eq!(outcome.code, 0);
}

#[test]
fn history_shows_how_to_complete_open_callbacks() {
    let service = Stub::answering([Response::json(&json!({"Events": events()}))]);

    let outcome = run(&service, &["history", ARN]);

    let last = outcome.stdout.lines().last();
    assert_eq!(
        last,
        Some("approval waits for: durable callback succeed Y2FsbGJhY2s=")
    );
}

#[test]
fn history_lists_the_events() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN, "--events"]);

    insta::assert_snapshot!(outcome.stdout, @r#"
    ID  TIME  EVENT                NAME      DETAILS
    1   +0s   ExecutionStarted     order-1   {"order_id":"order-1"}
    2   +0s   StepStarted          charge
    3   +0s   StepFailed           charge    attempt 1, next in 5s, Busy: the service is busy…
    4   +0s   InvocationCompleted            took 0.25s
    5   +5s   StepStarted          charge
    6   +6s   StepSucceeded        charge    attempt 2, 4990
    7   +6s   ContextStarted       ship
    8   +6s   WaitStarted                    1h
    9   +6s   CallbackStarted      approval  timeout 1d, Y2FsbGJhY2s=
    10  +6s   SomethingNew
    11  +1m   ExecutionStopped               Cancelled: changed my mind
    "#);
    assert_eq!(outcome.code, 0);
}

#[test]
fn history_reads_all_pages_and_prints_the_json_of_the_api() {
    let events = events();
    let (first, second) = events.split_at(4);
    let service = Stub::answering([
        Response::json(&json!({"Events": first, "NextMarker": "next"})),
        Response::json(&json!({"Events": second, "NextMarker": ""})),
    ]);

    let outcome = run(&service, &["history", ARN, "--json"]);

    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(printed, json!({"Events": events}));
    assert!(service.requests()[1].line.contains("Marker=next"));
}

#[test]
fn a_saved_history_can_be_read_as_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order-1.json");
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(
        &service,
        &["history", ARN, "--save", path.to_str().unwrap()],
    );

    let recording = Recording::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        recording.arn().map(ToString::to_string).as_deref(),
        Some(ARN)
    );
    assert_eq!(recording.events().len(), 11);
    assert_eq!(
        outcome.stderr,
        format!("11 events saved to {}\n", path.display())
    );
    assert_eq!(outcome.code, 0);
}

#[test]
fn a_history_with_a_gap_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order-1.json");
    let mut events = events();
    events.remove(3);
    let service = Stub::answering([Response::json(&json!({"Events": events}))]);

    let outcome = run(
        &service,
        &["history", ARN, "--save", path.to_str().unwrap()],
    );

    assert_eq!(
        outcome.stderr,
        "error: the history cannot be saved: event 4 is missing; the next one is event 5\n"
    );
    assert_eq!(outcome.code, 1);
    assert!(!path.exists());
}

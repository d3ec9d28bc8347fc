//! Histories in files: what can be read, and what is refused with which words.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

use durable_service::model::{EventDetails, ExecutionStatus, OperationStatus, Timestamp};
use durable_service::recording::Recording;
use serde_json::{Value, json};

/// The history of a retried step, as the AWS CLI prints it.
fn history() -> Value {
    json!({"Events": [
        {
            "EventType": "ExecutionStarted", "EventId": 1, "Id": "e", "Name": "n",
            "EventTimestamp": "2026-01-01T00:00:00+00:00",
            "ExecutionStartedDetails": {
                "Input": {"Payload": "{}", "Truncated": false}, "ExecutionTimeout": 60
            }
        },
        {
            "EventType": "StepStarted", "EventId": 2, "Id": "1", "Name": "charge", "SubType": "Step",
            "EventTimestamp": "2026-01-01T00:00:01+00:00", "StepStartedDetails": {}
        },
        {
            "EventType": "StepFailed", "EventId": 3, "Id": "1", "Name": "charge", "SubType": "Step",
            "EventTimestamp": 1_767_225_602.5,
            "StepFailedDetails": {
                "Error": {"Payload": {"ErrorType": "Busy", "ErrorMessage": "later"}},
                "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5}
            }
        },
        {
            "EventType": "StepAdmired", "EventId": 4, "Id": "1",
            "EventTimestamp": 1_767_225_602.5, "StepAdmiredDetails": {"By": "all"}
        },
    ]})
}

fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut history = history();
    change(&mut history);
    Recording::read(&history.to_string())
        .unwrap_err()
        .to_string()
}

#[test]
fn what_the_aws_cli_prints_is_read_and_folded() {
    let recording = Recording::read(&history().to_string()).unwrap();

    let mut fold = recording.fold();
    assert_eq!(fold.status(), ExecutionStatus::Running);
    let charge = fold.operation("1").unwrap();
    assert_eq!(charge.name.as_deref(), Some("charge"));
    assert_eq!(charge.status, OperationStatus::Pending);
    assert_eq!(charge.error().unwrap().to_string(), "Busy: later");
    assert_eq!(
        charge.started_at,
        Timestamp::from_iso("2026-01-01T00:00:01Z").unwrap()
    );

    fold.elapse(Timestamp::from_iso("2026-01-01T00:00:07.499Z").unwrap());
    assert_eq!(
        fold.operation("1").unwrap().status,
        OperationStatus::Pending
    );
    fold.elapse(Timestamp::from_iso("2026-01-01T00:00:07.500Z").unwrap());
    assert_eq!(fold.operation("1").unwrap().status, OperationStatus::Ready);
}

#[test]
fn an_event_of_an_unknown_type_is_kept_as_it_is() {
    let recording = Recording::read(&history().to_string()).unwrap();

    let unknown = recording.events().last().unwrap();
    assert_eq!(unknown.event_type(), "StepAdmired");
    assert_eq!(
        unknown.details,
        EventDetails::Unknown {
            event_type: "StepAdmired".to_owned(),
            details: json!({"By": "all"})
        }
    );
    let again = Recording::read(&recording.to_json().to_string()).unwrap();
    assert_eq!(again, recording);
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let mut reversed = history();
    reversed["Events"].as_array_mut().unwrap().reverse();
    assert_eq!(
        Recording::read(&reversed.to_string()),
        Recording::read(&history().to_string())
    );
}

#[test]
fn what_is_no_whole_history_is_refused() {
    assert!(
        Recording::read("{")
            .unwrap_err()
            .to_string()
            .starts_with("it is not JSON: ")
    );
    assert_eq!(
        refusal(|history| history["Events"] = json!({})),
        "it holds no list \"Events\"; a recording is what GetDurableExecutionHistory answers"
    );
    assert_eq!(
        refusal(|history| history["NextMarker"] = json!("5")),
        "it is one page of several: it has a NextMarker. Read the whole history (the AWS CLI does so \
         without --max-items and --no-paginate), or save it with `durable history ARN --save FILE`"
    );
    assert_eq!(
        refusal(|history| drop(history["Events"].as_array_mut().unwrap().remove(1))),
        "event 2 is missing; the next one is event 3"
    );
    assert_eq!(
        refusal(|history| history["Events"][0]["EventType"] = json!("ContextStarted")),
        "it must start with the event ExecutionStarted, and starts with ContextStarted"
    );
    assert_eq!(
        refusal(|history| {
            let details = &mut history["Events"][0]["ExecutionStartedDetails"];
            details["Input"] = json!({"Truncated": true});
        }),
        "event 1 has no payload: the history was read without execution data. Read it with \
         --include-execution-data"
    );
    assert_eq!(
        refusal(|history| history["Events"][2]["StepFailedDetails"]["RetryDetails"] = json!(null)),
        "event 3 of the list cannot be read: StepFailed without RetryDetails"
    );
    assert_eq!(
        refusal(|history| history["Events"][1]["EventTimestamp"] = json!("soon")),
        "event 2 of the list cannot be read: it has not the shape of an event: a time must be epoch \
         seconds or ISO 8601 with an offset"
    );
}

#[test]
fn a_part_of_a_history_is_refused() {
    // The AWS CLI writes a token of its own where it stops at `--max-items`.
    let refused = refusal(|history| history["NextToken"] = json!("eyJNYXJrZXIiOiBudWxsfQ=="));
    assert!(refused.contains("it has a NextToken"), "{refused}");
    assert!(refused.contains("without --max-items"), "{refused}");
    let refused = refusal(|history| history["NextMarker"] = json!("next"));
    assert!(refused.contains("it has a NextMarker"), "{refused}");

    let mut whole = history();
    whole["NextToken"] = Value::Null;
    whole["NextMarker"] = json!("");
    assert!(Recording::read(&whole.to_string()).is_ok());
}

#[test]
fn an_empty_list_of_events_is_named() {
    let refused = refusal(|history| history["Events"] = json!([]));
    assert!(refused.contains("\"Events\" is empty"), "{refused}");
}

#[test]
fn files_are_read_as_editors_and_shells_write_them() {
    let text = history().to_string();
    let plain = Recording::read(&text).unwrap();

    let marked = format!("\u{feff}{text}");
    assert_eq!(Recording::read(&marked).as_ref(), Ok(&plain));
    assert_eq!(
        Recording::from_bytes(marked.as_bytes()).as_ref(),
        Ok(&plain)
    );
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Recording::from_bytes(&little).as_ref(), Ok(&plain));
    let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(Recording::from_bytes(&big).as_ref(), Ok(&plain));
    let error = Recording::from_bytes(&[b'{', 0xff])
        .unwrap_err()
        .to_string();
    assert!(error.contains("no text in UTF-8 or UTF-16"), "{error}");
}

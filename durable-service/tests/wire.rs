//! The API's bodies, as clients read and write them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else than it expects is to panic"
)]

use durable_service::model::{
    CheckpointToken, ErrorObject, Event, ExecutionArn, OperationAction, OperationType,
    OperationUpdate, Timestamp,
};
use durable_service::wire::rest;
use durable_service::{
    CheckpointRequest, InlineTimers, InvocationOutcome, Service, ServiceError, ServiceSettings,
    StartRequest,
};
use serde_json::{Value, json};

/// An execution with a step that was retried, a wait that runs and a context that is closed.
fn execution() -> (Service, ExecutionArn, CheckpointToken) {
    let mut service = Service::new(ServiceSettings::default());
    let now = Timestamp::from_millis(1_500);
    let arn = service
        .start(now, StartRequest::new("f", "\"in\""))
        .unwrap()
        .arn;
    let invocation = service.start_invocation(now, &arn).unwrap();
    let body = json!({
        "CheckpointToken": invocation.checkpoint_token,
        "ClientToken": "c",
        "Updates": [
            {"Id": "s", "Type": "STEP", "SubType": "Step", "Name": "charge", "Action": "START"},
            {"Id": "s", "Type": "STEP", "Action": "RETRY", "Error": {"ErrorType": "E", "ErrorMessage": "m", "StackTrace": null},
             "StepOptions": {"NextAttemptDelaySeconds": 2}},
            {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}},
            {"Id": "c", "Type": "CONTEXT", "Action": "SUCCEED", "Payload": "1", "ContextOptions": {"ReplayChildren": true}},
        ],
        "Unknown": {"is": "ignored"},
    });
    let request = rest::checkpoint_request(body.to_string().as_bytes()).unwrap();
    let response = service
        .checkpoint(now, &arn, request, InlineTimers::Fire)
        .unwrap();
    let token = response.checkpoint_token.clone().unwrap();
    assert_eq!(
        rest::checkpoint_response(&response),
        json!({"CheckpointToken": token, "NewExecutionState": {"Operations": operations()}})
    );
    (service, arn, token)
}

fn operations() -> Value {
    json!([
        {"Id": "s", "Type": "STEP", "SubType": "Step", "Name": "charge", "Status": "PENDING", "StartTimestamp": 1.5,
         "StepDetails": {"Attempt": 1, "NextAttemptTimestamp": 3.5, "Error": {"ErrorType": "E", "ErrorMessage": "m"}}},
        {"Id": "w", "Type": "WAIT", "Status": "STARTED", "StartTimestamp": 1.5, "WaitDetails": {"ScheduledEndTimestamp": 61.5}},
        {"Id": "c", "Type": "CONTEXT", "Status": "SUCCEEDED", "StartTimestamp": 1.5, "EndTimestamp": 1.5,
         "ContextDetails": {"ReplayChildren": true, "Result": "1"}},
    ])
}

#[test]
fn a_state_page_has_the_execution_first_and_times_in_seconds() {
    let (service, arn, token) = execution();
    let page = service.state(&arn, &token, None, 2).unwrap();
    let body = rest::state_response(&page);
    assert_eq!(body["Operations"][0]["Type"], "EXECUTION");
    assert_eq!(
        body["Operations"][0]["ExecutionDetails"]["InputPayload"],
        "\"in\""
    );
    assert_eq!(body["Operations"][1], operations()[0]);
    assert_eq!(body["NextMarker"], "2");
    let last = service.state(&arn, &token, Some("2"), 2).unwrap();
    assert_eq!(rest::state_response(&last).get("NextMarker"), None);
}

#[test]
fn events_carry_their_details_and_wrap_their_payloads() {
    let (mut service, arn, _) = execution();
    let now = Timestamp::from_millis(2_000);
    let crash = ErrorObject::new("Runtime.ExitError", "exit status 1");
    let request_id = service.execution(&arn).unwrap().invocations()[0]
        .request_id
        .clone();
    service
        .complete_invocation(
            now,
            &arn,
            &request_id,
            InvocationOutcome::Failed(crash),
            InlineTimers::Fire,
        )
        .unwrap();
    let history = service.execution(&arn).unwrap().history();
    let events: Vec<Value> = history
        .iter()
        .map(|event| rest::event_json(event, true))
        .collect();

    assert_eq!(
        events[0]["ExecutionStartedDetails"],
        json!({"Input": {"Payload": "\"in\"", "Truncated": false}, "ExecutionTimeout": 31_622_400})
    );
    assert_eq!(
        events[1],
        json!({"EventType": "StepStarted", "EventId": 2, "EventTimestamp": 1.5, "Id": "s", "Name": "charge",
               "SubType": "Step", "StepStartedDetails": {}})
    );
    assert_eq!(
        events[2]["StepFailedDetails"],
        json!({"Error": {"Payload": {"ErrorType": "E", "ErrorMessage": "m"}, "Truncated": false},
               "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 2}})
    );
    assert_eq!(
        events[3]["WaitStartedDetails"],
        json!({"Duration": 60, "ScheduledEndTimestamp": 61.5})
    );
    assert_eq!(
        events[5],
        json!({"EventType": "InvocationCompleted", "EventId": 6, "EventTimestamp": 2.0,
               "InvocationCompletedDetails": {
                   "StartTimestamp": 1.5, "EndTimestamp": 2.0, "RequestId": request_id,
                   "Error": {"Payload": {"ErrorType": "Runtime.ExitError", "ErrorMessage": "exit status 1"}, "Truncated": false}}})
    );
}

#[test]
fn an_event_is_read_as_it_was_written() {
    let (service, arn, _) = execution();
    let history = service.execution(&arn).unwrap().history();
    let text = serde_json::to_string(history).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), history);
}

#[test]
fn without_data_payloads_are_left_out_and_marked() {
    let (service, arn, _) = execution();
    let history = service.execution(&arn).unwrap().history();
    let started = rest::event_json(&history[0], false);
    assert_eq!(
        started["ExecutionStartedDetails"]["Input"],
        json!({"Truncated": true})
    );
    let failed = rest::event_json(&history[2], false);
    assert_eq!(
        failed["StepFailedDetails"]["Error"],
        json!({"Truncated": true})
    );
}

#[test]
fn bodies_that_are_not_json_or_lack_members_are_refused() {
    let refused = |body: &str| rest::checkpoint_request(body.as_bytes()).unwrap_err();
    assert!(matches!(refused("{"), ServiceError::Serialization(_)));
    assert!(matches!(refused("[]"), ServiceError::Serialization(_)));
    assert!(matches!(
        refused(r#"{"CheckpointToken": 1}"#),
        ServiceError::Serialization(_)
    ));
    assert_eq!(
        refused("{}").to_string(),
        "1 validation error detected: Value null at 'checkpointToken' failed to satisfy \
         constraint: Member must not be null"
    );
    let update = |kind: &str, action: &str| {
        refused(&format!(
            r#"{{"CheckpointToken": "t", "Updates": [{{"Id": "1", "Type": "{kind}", "Action": "{action}"}}]}}"#
        ))
        .to_string()
    };
    assert!(update("PAUSE", "START").ends_with(
        "Member must satisfy enum value set: [EXECUTION, CONTEXT, STEP, WAIT, CALLBACK, CHAINED_INVOKE]"
    ));
    assert!(update("STEP", "PAUSE").contains("Value 'PAUSE' at 'updates.1.member.action'"));
}

#[test]
fn null_members_count_as_absent() {
    let body = br#"{"CheckpointToken": "t", "ClientToken": null, "Updates": null}"#;
    assert_eq!(
        rest::checkpoint_request(body).unwrap(),
        CheckpointRequest {
            checkpoint_token: "t".into(),
            client_token: None,
            updates: vec![],
        }
    );
    let body = br#"{"CheckpointToken": "t", "Updates": [
        {"Id": "1", "Type": "STEP", "Action": "START", "Name": null, "Error": null, "StepOptions": {"NextAttemptDelaySeconds": null}}]}"#;
    let update = rest::checkpoint_request(body).unwrap().updates.remove(0);
    assert_eq!(update.name, None);
    assert_eq!(
        OperationUpdate {
            step_options: None,
            ..update
        },
        OperationUpdate::new("1", OperationType::Step, OperationAction::Start)
    );
}

#[test]
fn a_refusal_names_its_exception_and_spells_its_message_as_modeled() {
    let error = ServiceError::InvalidParameterValue("no".to_owned());
    assert_eq!(
        rest::error_response(&error),
        json!({"Type": "User", "__type": "InvalidParameterValueException", "message": "no"})
    );
    let error = ServiceError::ResourceNotFound("none".to_owned());
    assert_eq!(
        rest::error_response(&error),
        json!({"Type": "User", "__type": "ResourceNotFoundException", "Message": "none"})
    );
}

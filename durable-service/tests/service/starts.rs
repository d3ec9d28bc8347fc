//! Starting executions, and their names.

use durable_service::model::{Seconds, Timestamp};
use durable_service::{Service, ServiceSettings, StartRequest};

fn service() -> (Service, Timestamp) {
    (
        Service::new(ServiceSettings::default()),
        Timestamp::from_millis(0),
    )
}

fn named(name: &str, input: &str) -> StartRequest {
    StartRequest {
        name: Some(name.to_owned()),
        ..StartRequest::new("f", input)
    }
}

#[test]
fn an_arn_names_function_version_execution_and_id() {
    let (mut service, now) = service();
    let started = service.start(now, named("order-1", "{}")).unwrap();
    assert_eq!(
        started.arn.as_str(),
        "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/order-1/\
         00000000-0000-4000-8000-000000000001"
    );
    assert!(!started.existing);
}

#[test]
fn the_same_name_and_payload_is_the_same_execution() {
    let (mut service, now) = service();
    let first = service.start(now, named("n", "1")).unwrap();
    let again = service.start(now, named("n", "1")).unwrap();
    assert_eq!(again.arn, first.arn);
    assert!(again.existing);
    assert_eq!(service.executions().count(), 1);
}

#[test]
fn the_same_name_with_another_payload_is_refused() {
    let (mut service, now) = service();
    let first = service.start(now, named("n", "1")).unwrap();
    let error = service.start(now, named("n", "2")).unwrap_err();
    assert_eq!(error.code(), "DurableExecutionAlreadyStartedException");
    assert_eq!(error.http_status(), 409);
    assert_eq!(
        error.to_string(),
        format!("Execution already started: {}", first.arn)
    );
}

#[test]
fn names_are_free_again_in_another_function() {
    let (mut service, now) = service();
    service.start(now, named("n", "1")).unwrap();
    let other = StartRequest {
        name: Some("n".to_owned()),
        ..StartRequest::new("g", "2")
    };
    assert!(!service.start(now, other).unwrap().existing);
}

#[test]
fn a_start_without_a_name_always_starts_an_execution() {
    let (mut service, now) = service();
    let first = service.start(now, StartRequest::new("f", "1")).unwrap();
    let second = service.start(now, StartRequest::new("f", "1")).unwrap();
    assert_ne!(first.arn, second.arn);
}

#[test]
fn an_empty_payload_stands_for_an_empty_object() {
    let (mut service, now) = service();
    let arn = service.start(now, StartRequest::new("f", "")).unwrap().arn;
    assert_eq!(service.execution(&arn).unwrap().input(), "{}");
}

#[test]
fn members_that_break_their_constraints_are_refused_together() {
    let (mut service, now) = service();
    let request = StartRequest {
        execution_timeout: Some(Seconds(0)),
        ..named("hello world", "{}")
    };
    let error = service.start(now, request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 validation errors detected: Value 'hello world' at 'durableExecutionName' failed to \
         satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+; \
         Value '0' at 'durableConfig.executionTimeout' failed to satisfy constraint: Member must \
         have value greater than or equal to 1"
    );
}

#[test]
fn a_payload_over_1_mib_is_too_large() {
    let (mut service, now) = service();
    let error = service
        .start(now, StartRequest::new("f", "x".repeat(1_048_577)))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.http_status()),
        ("RequestTooLargeException", 413)
    );
}

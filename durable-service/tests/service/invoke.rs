//! `Invoke`, and the deletion of what it started.

use durable_service::model::{
    ErrorObject, ExecutionArn, ExecutionStatus, InvocationType, OperationAction, Seconds, Timestamp,
};
use durable_service::{
    CheckpointRequest, DueOrder, DurableSettings, FunctionSettings, InlineTimers,
    InvocationOutcome, InvokeRequest, InvokedAs, Service, ServiceError, ServiceSettings, Started,
};
use serde_json::json;

use crate::function::{With as _, execution, invoke, next_call};

const MIB: usize = 1024 * 1024;

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

/// A service that knows a durable function of five minutes, one of a day, and a plain function.
fn service() -> Service {
    let mut service = Service::new(ServiceSettings::default());
    let durable = |seconds| FunctionSettings {
        durable: Some(DurableSettings {
            execution_timeout: Some(Seconds(seconds)),
            retention_days: Some(2),
        }),
    };
    service.register_function("order", durable(300));
    service.register_function("slow", durable(86_400));
    service.register_function("plain", FunctionSettings::default());
    service
}

fn request(function: &str) -> InvokeRequest {
    InvokeRequest::new(function, "1")
}

fn event(function: &str) -> InvokeRequest {
    InvokeRequest {
        invocation_type: InvocationType::Event,
        ..request(function)
    }
}

fn named(name: &str, input: &str) -> InvokeRequest {
    InvokeRequest {
        execution_name: Some(name.to_owned()),
        ..InvokeRequest::new("order:$LATEST", input)
    }
}

fn started(service: &mut Service, request: InvokeRequest) -> Started {
    match service.invoke(now(), request).unwrap().invoked {
        InvokedAs::Execution(started) => started,
        other => panic!("{other:?}"),
    }
}

fn refused(request: InvokeRequest) -> ServiceError {
    let mut service = service();
    let error = service.invoke(now(), request).unwrap_err();
    assert_eq!(service.executions().count(), 0);
    error
}

/// Ends an execution with its first invocation.
fn end(service: &mut Service, arn: &ExecutionArn, result: &str) {
    let input = service.start_invocation(now(), arn).unwrap();
    let answer = InvocationOutcome::Returned(json!({"Status": "SUCCEEDED", "Result": result}));
    service
        .complete_invocation(now(), arn, &input.request_id, answer, InlineTimers::Fire)
        .unwrap();
}

#[test]
fn an_execution_has_the_settings_of_its_function() {
    let mut service = service();
    let request = InvokeRequest {
        qualifier: Some("live".to_owned()),
        tenant_id: Some("blue".to_owned()),
        trace_header: Some("Root=1-2-3".to_owned()),
        ..request("order")
    };
    let invoked = service.invoke(now(), request).unwrap();
    assert_eq!(
        (invoked.function.as_str(), invoked.version.as_str()),
        ("order", "1")
    );
    let InvokedAs::Execution(started) = invoked.invoked else {
        panic!("{invoked:?}");
    };
    let execution = service.execution(&started.arn).unwrap();
    assert_eq!(execution.execution_timeout(), 300);
    assert_eq!(execution.retention_days(), Some(2));
    assert_eq!(execution.tenant_id(), Some("blue"));
    assert_eq!(execution.trace_header(), Some("Root=1-2-3"));
}

#[test]
fn each_function_has_a_retention_of_its_own() {
    let mut service = service();
    let arn = started(&mut service, event("order:1")).arn;
    end(&mut service, &arn, "1");
    service.handle_timeout(now().after_seconds(2 * 86_400 - 1), &mut DueOrder);
    assert!(service.execution(&arn).is_ok());
    service.handle_timeout(now().after_seconds(2 * 86_400), &mut DueOrder);
    assert!(service.execution(&arn).is_err());
}

#[test]
fn a_plain_function_is_called_and_nothing_is_kept_of_it() {
    let mut service = service();
    let invoked = service
        .invoke(now(), InvokeRequest::new("plain", ""))
        .unwrap();
    assert_eq!(invoked.version, "$LATEST");
    let input = "{}".to_owned();
    assert_eq!(invoked.invoked, InvokedAs::Plain { input });
    assert_eq!(service.executions().count(), 0);
}

#[test]
fn a_function_is_found_by_every_way_to_name_it() {
    for function in [
        "order:$LATEST",
        "123456789012:function:order:7",
        "arn:aws:lambda:us-west-2:123456789012:function:order:live",
    ] {
        let started = started(&mut service(), request(function));
        assert!(started.arn.as_str().contains(":function:order:"));
    }
}

#[test]
fn what_is_not_known_is_not_found() {
    for (function, arn) in [
        (
            "stranger",
            "arn:aws:lambda:us-west-2:123456789012:function:stranger:$LATEST",
        ),
        (
            "stranger:3",
            "arn:aws:lambda:us-west-2:123456789012:function:stranger:3",
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:order:1",
            "arn:aws:lambda:eu-west-1:123456789012:function:order:1",
        ),
    ] {
        let error = refused(request(function));
        assert_eq!(
            (error.code(), error.to_string()),
            (
                "ResourceNotFoundException",
                format!("Function not found: {arn}")
            )
        );
    }
}

#[test]
fn a_durable_function_needs_a_qualifier_whatever_the_invocation_type() {
    for invocation_type in InvocationType::ALL {
        let error = refused(InvokeRequest {
            invocation_type: *invocation_type,
            ..request("order")
        });
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            (
                "InvalidParameterValueException",
                "You cannot invoke a durable function using an unqualified ARN."
            )
        );
    }
}

#[test]
fn no_caller_waits_for_an_execution_that_may_take_longer_than_15_minutes() {
    let error = refused(request("slow:1"));
    assert_eq!(
        error.to_string(),
        "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 \
         minutes."
    );
    started(&mut service(), event("slow:1"));
}

#[test]
fn a_dry_run_checks_and_starts_nothing() {
    let mut service = service();
    for function in ["order:1", "plain"] {
        let dry = InvokeRequest {
            invocation_type: InvocationType::DryRun,
            ..request(function)
        };
        let invoked = service.invoke(now(), dry).unwrap();
        assert_eq!(invoked.invoked, InvokedAs::DryRun);
    }
    assert_eq!(service.executions().count(), 0);
}

#[test]
fn payloads_have_a_limit_by_invocation_type() {
    let sized = |bytes, invocation_type| InvokeRequest {
        invocation_type,
        ..InvokeRequest::new("order:1", "1".repeat(bytes))
    };
    started(
        &mut service(),
        sized(6 * MIB, InvocationType::RequestResponse),
    );
    started(&mut service(), sized(MIB, InvocationType::Event));
    for (bytes, invocation_type) in [
        (6 * MIB + 1, InvocationType::RequestResponse),
        (6 * MIB + 1, InvocationType::DryRun),
        (MIB + 1, InvocationType::Event),
    ] {
        let error = refused(sized(bytes, invocation_type));
        assert_eq!(
            (error.code(), error.http_status()),
            ("RequestTooLargeException", 413)
        );
    }
}

#[test]
fn the_size_of_a_payload_is_checked_first_and_constraints_before_the_function() {
    let broken = InvokeRequest {
        execution_name: Some("bad name".to_owned()),
        ..InvokeRequest::new("stranger", "1".repeat(6 * MIB + 1))
    };
    let small = InvokeRequest {
        input: "1".to_owned(),
        ..broken.clone()
    };
    assert_eq!(refused(broken).code(), "RequestTooLargeException");
    assert_eq!(refused(small).code(), "ValidationException");
}

#[test]
fn members_that_break_their_constraints_are_named_together() {
    let error = refused(InvokeRequest {
        qualifier: Some("the best".to_owned()),
        execution_name: Some("x".repeat(65)),
        ..request("my function")
    });
    let message = error.to_string();
    assert!(
        message.starts_with("3 validation errors detected: Value 'my function' at 'functionName'"),
        "{message}"
    );
    assert!(
        message.contains("Value 'the best' at 'qualifier'"),
        "{message}"
    );
    assert!(
        message.ends_with(
            "at 'durableExecutionName' failed to satisfy constraint: Member must have length less than \
             or equal to 64"
        ),
        "{message}"
    );
}

#[test]
fn two_qualifiers_must_be_the_same() {
    let with = |qualifier: &str| InvokeRequest {
        qualifier: Some(qualifier.to_owned()),
        ..request("order:1")
    };
    started(&mut service(), with("1"));
    assert_eq!(
        refused(with("2")).to_string(),
        "The derived qualifier from the function name does not match the specified qualifier."
    );
}

#[test]
fn results_have_a_limit_by_invocation_type() {
    let ended = |request, bytes: usize| {
        let mut service = service();
        let arn = started(&mut service, request).arn;
        end(&mut service, &arn, &"1".repeat(bytes));
        let execution = service.execution(&arn).unwrap();
        let message = execution.error().and_then(ErrorObject::error_message);
        (execution.status(), message.map(str::to_owned))
    };
    let succeeded = (ExecutionStatus::Succeeded, None);
    let too_large = |limit: usize| {
        let message =
            format!("Execution output payload size must be less than or equal to {limit} bytes.");
        (ExecutionStatus::Failed, Some(message))
    };
    assert_eq!(ended(request("order:1"), 6_291_456), succeeded);
    assert_eq!(ended(request("order:1"), 6_291_457), too_large(6_291_456));
    assert_eq!(ended(event("order:1"), 1_048_576), succeeded);
    assert_eq!(ended(event("order:1"), 1_048_577), too_large(1_048_576));
}

#[test]
fn a_result_that_is_checkpointed_has_the_same_limit() {
    let checkpointed = |request, bytes: usize| {
        let mut service = service();
        let arn = started(&mut service, request).arn;
        let checkpoint = CheckpointRequest {
            checkpoint_token: service
                .start_invocation(now(), &arn)
                .unwrap()
                .checkpoint_token,
            client_token: None,
            updates: vec![execution(OperationAction::Succeed).payload(&"1".repeat(bytes))],
        };
        service.checkpoint(now(), &arn, checkpoint, InlineTimers::Fire)
    };
    checkpointed(request("order:1"), 6 * MIB).unwrap();
    assert_eq!(
        checkpointed(event("order:1"), 2 * MIB),
        Err(ServiceError::InvalidParameterValue(
            "Execution output payload size must be less than or equal to 1048576 bytes.".to_owned()
        ))
    );
    for request in [request("order:1"), event("order:1")] {
        assert_eq!(
            checkpointed(request, 6 * MIB + 1),
            Err(ServiceError::Validation(
                "1 validation error detected: Value at 'updates.1.member.payload' failed to satisfy \
                 constraint: Member must have length less than or equal to 6291456"
                    .to_owned()
            ))
        );
    }
}

#[test]
fn a_name_leads_to_its_execution_also_when_that_is_over() {
    let mut service = service();
    let first = started(&mut service, named("n", "1"));
    end(&mut service, &first.arn, "2");
    let again = started(&mut service, named("n", "1"));
    assert_eq!((again.arn, again.existing), (first.arn.clone(), true));

    let error = service.invoke(now(), named("n", "2")).unwrap_err();
    assert_eq!(
        (error.http_status(), error.to_string()),
        (409, format!("Execution already started: {}", first.arn))
    );
}

#[test]
fn a_name_of_another_version_is_taken() {
    let mut service = service();
    started(&mut service, named("n", "1"));
    let other = InvokeRequest {
        function: "order:7".to_owned(),
        ..named("n", "1")
    };
    let error = service.invoke(now(), other).unwrap_err();
    assert_eq!(error.code(), "DurableExecutionAlreadyStartedException");
}

#[test]
fn an_execution_that_is_over_can_be_deleted_and_its_name_is_free() {
    let mut service = service();
    let first = started(&mut service, named("n", "1"));
    let error = service.delete(now(), &first.arn).unwrap_err();
    assert_eq!(
        (error.http_status(), error.to_string().as_str()),
        (
            409,
            "A durable execution in status RUNNING cannot be deleted; it must be SUCCEEDED, FAILED, \
             TIMED_OUT or STOPPED."
        )
    );

    end(&mut service, &first.arn, "2");
    let at = now().after_seconds(5);
    assert_eq!(service.delete(at, &first.arn), Ok(at));
    assert_eq!(
        service.delete(at, &first.arn).unwrap_err().http_status(),
        404
    );
    assert!(!started(&mut service, named("n", "2")).existing);
}

#[test]
fn what_an_execution_calls_inherits_the_trace_header() {
    let mut service = service();
    service.register_function("plain", FunctionSettings::default());
    let parent = InvokeRequest {
        trace_header: Some("Root=1-2-3".to_owned()),
        ..event("order:1")
    };
    let arn = started(&mut service, parent).arn;
    let checkpoint = CheckpointRequest {
        checkpoint_token: service
            .start_invocation(now(), &arn)
            .unwrap()
            .checkpoint_token,
        client_token: None,
        updates: vec![invoke("i", "slow:1"), invoke("j", "plain")],
    };
    service
        .checkpoint(now(), &arn, checkpoint, InlineTimers::Fire)
        .unwrap();
    let child = service.executions().last().unwrap();
    assert_eq!(child.function(), "slow");
    assert_eq!(child.trace_header(), Some("Root=1-2-3"));
    let call = next_call(&mut service, now()).unwrap();
    assert_eq!(call.context.trace_header.as_deref(), Some("Root=1-2-3"));
}

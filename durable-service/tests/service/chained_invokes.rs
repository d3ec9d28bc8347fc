//! `CHAINED_INVOKE`: executions and plain functions that an execution calls.

use durable_service::model::{
    ChainedInvokeDetails, ChainedInvokeOptions, ErrorObject, EventDetails, ExecutionArn,
    ExecutionStatus, InvocationContext, OperationAction, OperationDetails, OperationStatus,
    OperationType, OperationUpdate, Seconds,
};
use durable_service::{
    DurableSettings, FunctionSettings, InlineTimers, InvocationOutcome, PlainInvocation,
    PlainOutcome, Work,
};
use serde_json::{Value, json};

use crate::function::{
    Function, With as _, execution, invoke, next_call, step, traced, update, wait,
};

fn details(function: &Function, id: &str) -> ChainedInvokeDetails {
    match function.operation(id).details {
        OperationDetails::ChainedInvoke(details) => details,
        other => panic!("not a chained invoke: {other:?}"),
    }
}

/// An execution with its first invocation in flight, on a service that knows a durable and a plain
/// function.
fn invoked() -> Function {
    let mut function = Function::started();
    let durable = FunctionSettings {
        durable: Some(DurableSettings {
            execution_timeout: Some(Seconds(600)),
            ..DurableSettings::default()
        }),
    };
    function.service.register_function("child", durable);
    function
        .service
        .register_function("plain", FunctionSettings::default());
    function.invoke();
    function
}

/// The same, suspended on a child execution.
fn with_child() -> (Function, ExecutionArn) {
    let mut function = invoked();
    function
        .checkpoint([invoke("i", "child:$LATEST").payload("7")])
        .unwrap();
    function.suspends();
    let arn = details(&function, "i").execution.unwrap();
    (function, arn)
}

/// Runs the child's next invocation to this response.
fn child_returns(function: &mut Function, arn: &ExecutionArn, response: Value) {
    let input = function
        .service
        .start_invocation(function.now, arn)
        .unwrap();
    function
        .service
        .complete_invocation(
            function.now,
            arn,
            &input.request_id,
            InvocationOutcome::Returned(response),
            InlineTimers::Fire,
        )
        .unwrap();
}

#[test]
fn a_durable_target_becomes_an_execution_of_its_own() {
    let (function, arn) = with_child();
    let EventDetails::ChainedInvokeStarted {
        function_name,
        input,
        executed_version,
        durable_execution_arn,
        tenant_id,
    } = &function.history()[1].details
    else {
        panic!("another event");
    };
    assert_eq!(function_name, "child:$LATEST");
    assert_eq!(input.as_deref(), Some("7"));
    assert_eq!(executed_version.as_deref(), Some("$LATEST"));
    assert_eq!(durable_execution_arn.as_ref(), Some(&arn));
    assert_eq!(*tenant_id, None);

    let child = function.service.execution(&arn).unwrap();
    assert_eq!((child.function(), child.input()), ("child", "7"));
    assert_eq!(child.execution_timeout(), 600);
    assert_eq!(child.caller().unwrap().operation.as_str(), "i");
    assert_eq!(
        function.service.next_invocation(function.now),
        Some(arn.clone())
    );
}

#[test]
fn a_child_that_succeeds_hands_its_result_over() {
    let (mut function, arn) = with_child();
    function.pass(3);
    child_returns(
        &mut function,
        &arn,
        json!({"Status": "SUCCEEDED", "Result": "14"}),
    );
    let operation = function.operation("i");
    assert_eq!(operation.status, OperationStatus::Succeeded);
    assert_eq!(operation.result(), Some("14"));
    assert_eq!(operation.ended_at, Some(function.now));
    assert_eq!(
        function.event_types().last(),
        Some(&"ChainedInvokeSucceeded")
    );
    assert_eq!(function.invoke().updated_operation_ids, ["i"]);
}

#[test]
fn a_child_that_fails_hands_its_error_over() {
    let (mut function, arn) = with_child();
    child_returns(
        &mut function,
        &arn,
        json!({"Status": "FAILED", "Error": {"ErrorType": "E", "ErrorMessage": "m"}}),
    );
    assert_eq!(function.operation("i").status, OperationStatus::Failed);
    assert_eq!(
        function.operation("i").error(),
        Some(&ErrorObject::new("E", "m"))
    );

    let (mut function, arn) = with_child();
    child_returns(&mut function, &arn, json!({"Status": "FAILED"}));
    assert_eq!(
        function.operation("i").error(),
        Some(&ErrorObject::from_message("Chained invoke failed."))
    );
}

#[test]
fn a_child_that_ends_by_a_checkpoint_hands_its_result_over() {
    let (mut function, arn) = with_child();
    let child = function
        .service
        .start_invocation(function.now, &arn)
        .unwrap();
    let request = durable_service::CheckpointRequest {
        checkpoint_token: child.checkpoint_token,
        client_token: None,
        updates: vec![execution(OperationAction::Succeed).payload("\"big\"")],
    };
    function
        .service
        .checkpoint(function.now, &arn, request, InlineTimers::Fire)
        .unwrap();
    assert_eq!(function.operation("i").result(), Some("\"big\""));
}

#[test]
fn a_child_has_a_timeout_of_its_own() {
    let (mut function, arn) = with_child();
    function.pass(600);
    let child = function.service.execution(&arn).unwrap();
    assert_eq!(child.status(), ExecutionStatus::TimedOut);
    assert_eq!(function.operation("i").status, OperationStatus::TimedOut);
    assert_eq!(
        function.history().last().unwrap().details,
        EventDetails::ChainedInvokeTimedOut {
            error: Some(ErrorObject::new(
                "ChainedInvoke.Timeout",
                "CHAINED_INVOKE timed out after 600 seconds."
            ))
        }
    );
}

#[test]
fn a_stopped_child_stops_the_operation() {
    let (mut function, arn) = with_child();
    let error = ErrorObject::new("Operator", "enough");
    function
        .service
        .stop(function.now, &arn, Some(error.clone()))
        .unwrap();
    assert_eq!(function.operation("i").status, OperationStatus::Stopped);
    assert_eq!(function.operation("i").error(), Some(&error));
    assert_eq!(function.event_types().last(), Some(&"ChainedInvokeStopped"));
}

#[test]
fn a_parent_that_ends_leaves_its_child_alone() {
    let (mut function, arn) = with_child();
    function
        .service
        .stop(function.now, &function.arn, None)
        .unwrap();
    assert_eq!(
        function.service.execution(&arn).unwrap().status(),
        ExecutionStatus::Running
    );
    let events = function.history().len();
    child_returns(&mut function, &arn, json!({"Status": "SUCCEEDED"}));
    assert_eq!(function.operation("i").status, OperationStatus::Started);
    assert_eq!(function.history().len(), events);
}

#[test]
fn a_plain_target_is_called_once() {
    let mut function = invoked();
    function
        .checkpoint([invoke("i", "plain").payload("7"), invoke("j", "plain:live")])
        .unwrap();
    function.suspends();
    let first = next_call(&mut function.service, function.now).unwrap();
    assert_eq!(
        first,
        PlainInvocation {
            execution: function.arn.clone(),
            operation: "i".into(),
            function: "plain".to_owned(),
            input: "7".to_owned(),
            context: InvocationContext::new(
                "arn:aws:lambda:us-west-2:123456789012:function:plain:$LATEST",
                "$LATEST"
            ),
        }
    );
    let second = next_call(&mut function.service, function.now).unwrap();
    assert_eq!(
        (second.context.version.as_str(), second.input.as_str()),
        ("1", "{}")
    );
    assert_eq!(next_call(&mut function.service, function.now), None);

    function.service.complete_plain_invocation(
        function.now,
        &first,
        PlainOutcome::Returned(Some("14".to_owned())),
    );
    let error = ErrorObject::new("E", "m");
    function.service.complete_plain_invocation(
        function.now,
        &second,
        PlainOutcome::Failed(error.clone()),
    );
    assert_eq!(function.operation("i").result(), Some("14"));
    assert_eq!(function.operation("j").error(), Some(&error));
    assert_eq!(details(&function, "i").execution, None);
}

#[test]
fn a_plain_result_ends_at_1_mib() {
    let mut function = invoked();
    function.checkpoint([invoke("i", "plain")]).unwrap();
    let call = next_call(&mut function.service, function.now).unwrap();
    let body = PlainOutcome::Returned(Some("x".repeat(1_048_577)));
    function
        .service
        .complete_plain_invocation(function.now, &call, body);
    assert_eq!(
        function.operation("i").error(),
        Some(&ErrorObject::from_message(
            "CHAINED_INVOKE output payload size must be less than or equal to 1048576 bytes."
        ))
    );
}

#[test]
fn an_unknown_target_fails_in_the_checkpoint() {
    let mut function = invoked();
    let response = function
        .checkpoint([invoke("i", "missing").payload("7")])
        .unwrap();
    let error = ErrorObject::new(
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing:$LATEST",
    );
    assert_eq!(response.operations[0].status, OperationStatus::Failed);
    assert_eq!(response.operations[0].error(), Some(&error));
    assert_eq!(
        function.event_types()[1..],
        ["ChainedInvokeStarted", "ChainedInvokeFailed"]
    );
    assert!(matches!(
        &function.history()[1].details,
        EventDetails::ChainedInvokeStarted {
            input: None,
            executed_version: None,
            ..
        }
    ));
}

#[test]
fn a_failure_at_the_checkpoint_wakes_the_function_if_nothing_else_can() {
    let mut function = invoked();
    function.checkpoint([invoke("i", "missing")]).unwrap();
    function.suspends();
    assert_eq!(function.execution().invoke_at(), Some(function.now));
    assert!(function.invoke().updated_operation_ids.is_empty());

    let mut function = invoked();
    function
        .checkpoint([invoke("i", "missing"), wait("1", 5)])
        .unwrap();
    function.suspends();
    assert_eq!(function.execution().invoke_at(), None);
    function.pass(5);
    assert_eq!(function.invoke().updated_operation_ids, ["1"]);
}

#[test]
fn a_durable_target_needs_a_qualifier() {
    let mut function = invoked();
    function.checkpoint([invoke("i", "child")]).unwrap();
    assert_eq!(
        function.operation("i").error(),
        Some(&ErrorObject::new(
            "InvalidParameterValueException",
            "You cannot invoke a durable function using an unqualified ARN."
        ))
    );
}

#[test]
fn what_a_chained_invoke_cannot_be_refuses_the_checkpoint() {
    let mut function = invoked();
    let arn =
        |region: &str, account: &str| format!("arn:aws:lambda:{region}:{account}:function:child:1");
    assert_eq!(
        function.refused([invoke("i", "no name")]),
        "Invalid function ARN 'no name'"
    );
    assert_eq!(
        function.refused([invoke("i", &arn("us-west-2", "210987654321"))]),
        "Cannot start a CHAINED_INVOKE on a function in another account."
    );
    assert_eq!(
        function.refused([invoke("i", &arn("eu-west-1", "123456789012"))]),
        "Cannot start a CHAINED_INVOKE on a function in another region."
    );
    assert_eq!(
        function.refused([update(
            "i",
            OperationType::ChainedInvoke,
            OperationAction::Start
        )]),
        "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."
    );
    assert_eq!(
        function.refused([invoke("i", "plain").payload(&"x".repeat(1_048_577))]),
        "CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes."
    );
    let tenant = OperationUpdate {
        chained_invoke_options: Some(ChainedInvokeOptions {
            function_name: Some("plain".to_owned()),
            tenant_id: Some("?".to_owned()),
            trace_header: None,
        }),
        ..invoke("i", "plain")
    };
    assert!(
        function
            .refused([tenant])
            .contains("at 'updates.1.member.chainedInvokeOptions.tenantId'")
    );
    assert!(
        function
            .refused([traced(invoke("i", "plain"), &"x".repeat(8_193))])
            .ends_with(
                "at 'updates.1.member.chainedInvokeOptions.xAmznTraceId' failed to satisfy constraint: Member must have \
                 length less than or equal to 8192"
            )
    );
    for action in [OperationAction::Succeed, OperationAction::Cancel] {
        assert_eq!(
            function.refused([update("i", OperationType::ChainedInvoke, action)]),
            "Invalid action for the given operation type."
        );
    }
    function
        .checkpoint([invoke("i", &arn("us-west-2", "123456789012"))])
        .unwrap();
    assert_eq!(
        function.refused([invoke("i", "child:1")]),
        "Cannot start a CHAINED_INVOKE operation that already exists."
    );
}

#[test]
fn a_refused_checkpoint_starts_nothing() {
    let mut function = invoked();
    let cancel = step("s", OperationAction::Cancel);
    function.refused([invoke("i", "child:1"), invoke("j", "plain"), cancel]);
    assert_eq!(function.service.executions().count(), 1);
    assert_eq!(next_call(&mut function.service, function.now), None);
}

#[test]
fn a_repeated_checkpoint_starts_nothing_again() {
    let mut function = invoked();
    let before = function.token.clone();
    function
        .checkpoint_as(Some("once"), [invoke("i", "child:1")])
        .unwrap();
    function.token = before;
    function
        .checkpoint_as(Some("once"), [invoke("i", "child:1")])
        .unwrap();
    assert_eq!(function.service.executions().count(), 2);
}

#[test]
fn two_children_of_one_checkpoint_are_two_executions() {
    let mut function = invoked();
    function
        .checkpoint([invoke("i", "child:1"), invoke("j", "child:2"), wait("w", 5)])
        .unwrap();
    let arns = [
        details(&function, "i").execution.unwrap(),
        details(&function, "j").execution.unwrap(),
    ];
    assert_ne!(arns[0], arns[1]);
    assert_eq!(function.service.execution(&arns[1]).unwrap().version(), "2");
}

#[test]
fn the_tenant_is_recorded_and_passed_on() {
    let mut function = invoked();
    let tenant = OperationUpdate {
        chained_invoke_options: Some(ChainedInvokeOptions {
            function_name: Some("child:1".to_owned()),
            tenant_id: Some("blue".to_owned()),
            trace_header: None,
        }),
        ..invoke("i", "child:1")
    };
    function.checkpoint([tenant]).unwrap();
    assert!(matches!(
        &function.history()[1].details,
        EventDetails::ChainedInvokeStarted { tenant_id: Some(tenant), .. } if tenant == "blue"
    ));
    let child = details(&function, "i").execution.unwrap();
    let child = function.service.execution(&child).unwrap();
    assert_eq!(child.tenant_id(), Some("blue"));
}

#[test]
fn a_trace_header_of_its_own_is_passed_on() {
    let mut function = invoked();
    let calls = [invoke("i", "plain"), invoke("j", "child:1")];
    function
        .checkpoint(calls.map(|call| traced(call, "Root=own")))
        .unwrap();

    let call = next_call(&mut function.service, function.now).unwrap();
    assert_eq!(call.context.trace_header.as_deref(), Some("Root=own"));
    let child = details(&function, "j").execution.unwrap();
    let child = function.service.execution(&child).unwrap();
    assert_eq!(child.trace_header(), Some("Root=own"));
}

#[test]
fn of_a_child_and_its_parent_the_one_due_first_times_out_first() {
    let (mut function, arn) = with_child();
    // One jump passes both timeouts.
    function.pass(2_000_000);
    assert_eq!(function.operation("i").status, OperationStatus::TimedOut);
    assert_eq!(function.status(), ExecutionStatus::TimedOut);
    let child = function.service.execution(&arn).unwrap();
    assert_eq!(child.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        function.event_types()[3..],
        ["ChainedInvokeTimedOut", "ExecutionTimedOut"]
    );
}

#[test]
fn a_function_that_invokes_itself_for_ever_is_stopped() {
    let mut function = Function::started();
    let durable = FunctionSettings {
        durable: Some(DurableSettings::default()),
    };
    function.service.register_function("f", durable);
    let mut executions = 1;
    loop {
        function.invoke();
        function.checkpoint([invoke("i", "f:1")]).unwrap();
        let error = function.operation("i").error().cloned();
        if let Some(error) = error {
            let kind = error.error_type.unwrap();
            assert_eq!(kind, "RecursiveInvocationException");
            break;
        }
        function.suspends();
        let Some(Work::Invoke(called)) = function.service.poll(function.now) else {
            panic!("nothing was invoked");
        };
        function.arn = called;
        executions += 1;
    }
    assert_eq!(executions, 16);
}

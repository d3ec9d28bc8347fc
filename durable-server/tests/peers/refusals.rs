//! The exceptions that boto3 raises for what the server refuses.

use serde_json::{Value, json};

use crate::boto::{Boto, Refusal};
use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "boto3_raises_what_invoke_refuses",
        raises_what_invoke_refuses,
    ),
    (
        "boto3_raises_what_callbacks_refuse",
        raises_what_callbacks_refuse,
    ),
    (
        "boto3_raises_what_executions_refuse",
        raises_what_executions_refuse,
    ),
    ("boto3_raises_what_lists_refuse", raises_what_lists_refuse),
];

/// Checks the refusals of calls with these members.
fn assert_refused<const N: usize>(boto: &mut Boto, calls: [(&str, Value, Refusal); N]) {
    for (call, members, expected) in calls {
        assert_eq!(boto.refusal(call, &members), expected);
    }
}

/// A refusal that boto3 has a class for, of the same name as its code.
fn modeled(code: &str, status: u64, message: &str) -> Refusal {
    Refusal {
        class: code.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        status,
    }
}

/// A refusal that boto3's model does not have.
fn unmodeled(code: &str, message: &str) -> Refusal {
    Refusal {
        class: "ClientError".to_owned(),
        ..modeled(code, 400, message)
    }
}

/// An execution that waits for its callback, and the callback's id.
fn waiting(boto: &mut Boto) -> (String, String) {
    let arn = boto.start("approval", &json!({}));
    let id = boto.callback_of(&arn);
    (arn, id)
}

/// The ARN of an execution that does not exist.
fn missing(arn: &str) -> String {
    let (function, _) = arn.split_once("/durable-execution/").unwrap();
    format!("{function}/durable-execution/missing/00000000-0000-4000-8000-00000000ffff")
}

fn raises_what_invoke_refuses() {
    let functions = json!({
        "approval": python::durable("approval", 900),
        "yearly": python::durable("approval", 31_536_000),
        "price": python::function("price"),
    });
    let serving = Serving::start(&functions, &["--time", "real"]);
    let mut boto = Boto::of(&serving);
    let named = |payload: &str| {
        json!({
            "FunctionName": "approval:$LATEST",
            "InvocationType": "Event",
            "DurableExecutionName": "taken",
            "Payload": payload,
        })
    };
    let taken = boto.call("invoke", &named("1"))["DurableExecutionArn"].take();
    let taken = taken.as_str().unwrap();
    let large = format!("\"{}\"", "x".repeat(6 << 20));

    assert_refused(
        &mut boto,
        [
            (
                "invoke",
                json!({"FunctionName": "missing"}),
                modeled(
                    "ResourceNotFoundException",
                    404,
                    "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing:$LATEST",
                ),
            ),
            (
                "invoke",
                json!({"FunctionName": "approval"}),
                modeled(
                    "InvalidParameterValueException",
                    400,
                    "You cannot invoke a durable function using an unqualified ARN.",
                ),
            ),
            (
                "invoke",
                json!({"FunctionName": "yearly:$LATEST"}),
                modeled(
                    "InvalidParameterValueException",
                    400,
                    "You cannot synchronously invoke a durable function with an executionTimeout \
                     greater than 15 minutes.",
                ),
            ),
            (
                "invoke",
                json!({"FunctionName": "price", "Payload": "{"}),
                modeled(
                    "InvalidRequestContentException",
                    400,
                    "Could not parse request body into json: EOF while parsing an object at line 1 column 1",
                ),
            ),
            (
                "invoke",
                json!({"FunctionName": "price", "Payload": large}),
                modeled(
                    "RequestTooLargeException",
                    413,
                    "Request must be smaller than 6291456 bytes for the RequestResponse invocation \
                     type; it has 6291458",
                ),
            ),
            (
                "invoke",
                named("2"),
                modeled(
                    "DurableExecutionAlreadyStartedException",
                    409,
                    &format!("Execution already started: {taken}"),
                ),
            ),
        ],
    );
}

fn raises_what_callbacks_refuse() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);
    let (_, done) = waiting(&mut boto);
    boto.call(
        "send_durable_execution_callback_success",
        &json!({"CallbackId": done}),
    );

    assert_refused(
        &mut boto,
        [
            (
                "send_durable_execution_callback_heartbeat",
                json!({"CallbackId": "bm9uZQ=="}),
                modeled("InvalidParameterValueException", 400, "Invalid callback id"),
            ),
            (
                "send_durable_execution_callback_success",
                json!({"CallbackId": done}),
                modeled(
                    "CallbackTimeoutException",
                    400,
                    "The callback is either timed out or already completed",
                ),
            ),
            (
                "send_durable_execution_callback_failure",
                json!({"CallbackId": done, "Error": {"ErrorMessage": "late"}}),
                modeled(
                    "CallbackTimeoutException",
                    400,
                    "The callback is either timed out or already completed",
                ),
            ),
        ],
    );
}

fn raises_what_executions_refuse() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);
    let (arn, _) = waiting(&mut boto);
    let missing = missing(&arn);
    let not_found = || {
        modeled(
            "ResourceNotFoundException",
            404,
            "Durable Execution does not exist",
        )
    };

    assert_refused(
        &mut boto,
        [
            (
                "get_durable_execution",
                json!({"DurableExecutionArn": missing}),
                not_found(),
            ),
            (
                "get_durable_execution_history",
                json!({"DurableExecutionArn": missing}),
                not_found(),
            ),
            (
                "stop_durable_execution",
                json!({"DurableExecutionArn": missing}),
                not_found(),
            ),
            (
                "get_durable_execution_history",
                json!({"DurableExecutionArn": arn, "MaxItems": 1001}),
                unmodeled(
                    "ValidationException",
                    "1 validation error detected: Value '1001' at 'maxItems' failed to satisfy constraint: \
                     Member must have value less than or equal to 1000",
                ),
            ),
            (
                "checkpoint_durable_execution",
                json!({"DurableExecutionArn": arn, "CheckpointToken": "c3RhbGU="}),
                modeled(
                    "InvalidParameterValueException",
                    400,
                    "Invalid checkpoint token",
                ),
            ),
        ],
    );
}

fn raises_what_lists_refuse() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);

    assert_refused(
        &mut boto,
        [
            (
                "list_durable_executions_by_function",
                json!({"FunctionName": "approval", "Statuses": ["RUNNING", "FAILED"]}),
                modeled(
                    "InvalidParameterValueException",
                    400,
                    "Cannot filter by more than one status",
                ),
            ),
            (
                "list_durable_executions_by_function",
                json!({"FunctionName": "approval", "Marker": "no marker"}),
                modeled("InvalidParameterValueException", 400, "Invalid Marker"),
            ),
        ],
    );
}

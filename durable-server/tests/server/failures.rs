//! Functions that fail outside their own code: the executions end as they do on AWS.

use std::time::Duration;

use durable_server::ServerSettings;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::fixture::{durable, plain, serve, serve_with, settings};

/// Runs a durable function, which must fail with this error type, and returns the message and the events.
async fn failure(functions: Value, error_type: &str) -> (String, Vec<Value>) {
    failure_of(settings(&functions), error_type).await
}

async fn failure_of(settings: ServerSettings, error_type: &str) -> (String, Vec<Value>) {
    let (running, client) = serve_with(settings).await;
    let reply = client.invoke("f:$LATEST", "{}").await;
    let error = error(&reply);
    assert_eq!(error["errorType"], error_type, "{error}");
    let execution = client.execution(&reply.arn()).await;
    assert_eq!(execution["Status"], "FAILED");
    assert_eq!(execution["Error"]["ErrorType"], error_type);
    let events = client.history(&reply.arn()).await;
    running.shutdown().await;
    (error["errorMessage"].as_str().unwrap().to_owned(), events)
}

/// The error that an invocation ended with.
fn error(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("x-amz-function-error"), "Unhandled");
    reply.json()
}

/// Error types of the invocations in a history.
fn invocations(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .filter(|event| event["EventType"] == "InvocationCompleted")
        .map(|event| {
            let error = &event["InvocationCompletedDetails"]["Error"]["Payload"];
            error["ErrorType"].as_str().unwrap_or_default()
        })
        .collect()
}

#[tokio::test]
async fn a_process_that_exits_in_a_step_is_started_again() {
    let (message, events) = failure(json!({"f": durable("exits")}), "Runtime.ExitError").await;

    assert_eq!(
        message,
        "RequestId: 00000005-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 3"
    );
    assert_eq!(invocations(&events), ["Runtime.ExitError"; 5]);
    assert_eq!(events[1]["EventType"], "StepStarted");
}

#[tokio::test]
async fn a_process_that_exits_before_it_asks_is_an_error_of_its_start() {
    let functions = json!({"f": durable("exits_at_start")});
    let (message, events) = failure(functions, "Runtime.ExitError").await;

    assert!(
        message.ends_with("Runtime exited with error: exit status 7"),
        "{message}"
    );
    assert_eq!(invocations(&events), ["Runtime.ExitError"; 5]);
}

#[tokio::test]
async fn a_process_that_never_asks_is_ended() {
    let mut never_asks = durable("never_asks");
    never_asks["Timeout"] = json!(1);
    let mut settings = settings(&json!({"f": never_asks}));
    settings.init_timeout = Duration::from_millis(300);
    let (message, _) = failure_of(settings, "Sandbox.Timedout").await;

    // The longer of the two limits applies.
    assert!(
        message.ends_with("Task timed out after 1.00 seconds"),
        "{message}"
    );
}

#[tokio::test]
async fn a_function_that_hangs_runs_into_its_timeout() {
    let mut hangs = durable("hangs");
    hangs["Timeout"] = json!(1);
    let (message, events) = failure(json!({"f": hangs}), "Sandbox.Timedout").await;

    let request_id = "00000005-0000-4000-8000-000000000001";
    let end = format!(" {request_id} Task timed out after 1.00 seconds");
    assert!(message.ends_with(&end), "{message}");
    assert_eq!(invocations(&events), ["Sandbox.Timedout"; 5]);
}

#[tokio::test]
async fn a_missing_program_is_named() {
    // The program existed when the server started.
    let mut settings = settings(&json!({"f": durable("orders")}));
    settings.functions[0].command = vec!["/nowhere/function".to_owned()];
    let (message, _) = failure_of(settings, "Runtime.InvalidEntrypoint").await;

    assert_eq!(
        message,
        "RequestId: 00000005-0000-4000-8000-000000000001 Error: cannot run function f: there is no \
         program \"/nowhere/function\"; build it, or correct the function's command"
    );
}

#[tokio::test]
async fn garbage_fails_the_execution_at_once() {
    let functions = json!({"f": durable("garbage")});
    let (message, events) = failure(functions, "InvalidParameterValueException").await;

    assert_eq!(message, "Invalid Status in invocation output.");
    assert_eq!(invocations(&events).len(), 1);
}

#[tokio::test]
async fn a_response_of_seven_megabytes_is_too_large() {
    let functions = json!({"f": durable("large")});
    let (message, events) = failure(functions, "Function.ResponseSizeTooLarge").await;

    assert_eq!(
        message,
        "Response payload size (7340034 bytes) exceeded maximum allowed payload size (6291556 bytes)."
    );
    assert_eq!(invocations(&events), ["Function.ResponseSizeTooLarge"; 5]);
}

#[tokio::test]
async fn a_handler_that_fails_is_not_invoked_again() {
    let functions = json!({"f": durable("fails")});
    let (message, events) = failure(functions, "HandlerError").await;

    assert_eq!(message, "no luck");
    assert_eq!(invocations(&events).len(), 1);
}

#[tokio::test]
async fn a_plain_function_fails_in_the_same_words() {
    let mut hangs = plain("hangs");
    hangs["Timeout"] = json!(1);
    let functions =
        json!({"hangs": hangs, "plain": plain("plain"), "start": plain("exits_at_start")});
    let (running, client) = serve(&functions).await;

    let reported = error(&client.invoke("plain", r#"{"fail": "oh no"}"#).await);
    assert_eq!(reported["errorMessage"], "oh no");
    let hung = error(&client.invoke("hangs", "").await);
    assert_eq!(hung["errorType"], "Sandbox.Timedout");
    let exited = error(&client.invoke("start", "").await);
    assert_eq!(exited["errorType"], "Runtime.ExitError");
    running.shutdown().await;
}

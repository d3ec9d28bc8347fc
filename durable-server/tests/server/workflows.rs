//! Workflows on the real SDK, in processes of their own.

use std::time::Duration;

use durable_server::TimeMode;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{callback, execution};
use crate::fixture::{durable, long, plain, serve, serve_with, settings};

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().map(|event| event["EventType"].as_str());
    types.map(Option::unwrap).collect()
}

#[tokio::test]
async fn a_day_of_waiting_is_skipped() {
    let (running, client) = serve(&json!({"orders": long("orders")})).await;

    let arn = client.start("orders:$LATEST", r#"{"item": "pen"}"#).await;

    let execution = client.ended(&arn).await;
    assert_eq!(execution["Status"], "SUCCEEDED");
    assert_eq!(execution["Result"], r#"["reserved pen","reserved box"]"#);
    let events = client.history(&arn).await;
    assert_eq!(
        types(&events),
        [
            "ExecutionStarted",
            "StepStarted",
            "StepSucceeded",
            "WaitStarted",
            "InvocationCompleted",
            "WaitSucceeded",
            "StepStarted",
            "StepSucceeded",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    let at = |place: usize| events[place]["EventTimestamp"].as_f64().unwrap();
    assert!((at(5) - at(3) - 86_400.0).abs() < 0.001);
    // No real time is counted.
    assert!((at(9) - at(5)).abs() < 0.001);
    running.shutdown().await;
}

#[tokio::test]
async fn skipped_time_does_not_expire_other_executions() {
    let mut orders = long("orders");
    orders["DurableConfig"]["RetentionPeriodInDays"] = json!(1);
    let (running, client) = serve(&json!({"orders": orders})).await;
    let first = client.start("orders:$LATEST", r#"{"item": "pen"}"#).await;
    let ended = client.ended(&first).await;

    // Each takes a day.
    for _ in 0..2 {
        let later = client.start("orders:$LATEST", r#"{"item": "ink"}"#).await;
        client.ended(&later).await;
    }

    assert_eq!(client.execution(&first).await, ended);
    running.shutdown().await;
}

#[tokio::test]
async fn a_callback_can_be_completed_within_the_grace() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Virtual {
        grace: Duration::from_mins(10),
    };
    let (running, client) = serve_with(settings).await;
    let arn = client.start("approval:$LATEST", "{}").await;

    let id = client.callback_id(&arn).await;
    assert_eq!(
        client.post(&callback(&id, "heartbeat"), "").await.json(),
        json!({})
    );
    let reply = client
        .post(&callback(&id, "succeed"), r#"{"by": "eve"}"#)
        .await;

    assert_eq!(reply.status, StatusCode::OK);
    let execution = client.ended(&arn).await;
    assert_eq!(execution["Status"], "SUCCEEDED");
    assert_eq!(execution["Result"], r#"{"by":"eve"}"#);
    running.shutdown().await;
}

#[tokio::test]
async fn an_open_callback_times_out_after_the_grace() {
    let mut settings = settings(&json!({"approval": long("approval")}));
    settings.time = TimeMode::Virtual {
        grace: Duration::from_millis(50),
    };
    let (running, client) = serve_with(settings).await;

    let arn = client.start("approval:$LATEST", "{}").await;

    // It polls more often than once per grace.
    assert_eq!(client.ended(&arn).await["Status"], "FAILED");
    let events = client.history(&arn).await;
    assert_eq!(
        types(&events)[1..5],
        [
            "CallbackStarted",
            "InvocationCompleted",
            "CallbackTimedOut",
            "InvocationCompleted"
        ]
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_failed_callback_fails_its_execution() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Real;
    let (running, client) = serve_with(settings).await;
    let arn = client.start("approval:$LATEST", "{}").await;

    let id = client.callback_id(&arn).await;
    let error = r#"{"ErrorType": "Denied", "ErrorMessage": "not today"}"#;
    let reply = client.post(&callback(&id, "fail"), error).await;

    assert_eq!(reply.status, StatusCode::OK);
    let failed = client.event(&arn, "CallbackFailed").await;
    assert_eq!(failed["Error"]["Payload"]["ErrorType"], "Denied");
    assert_eq!(client.ended(&arn).await["Status"], "FAILED");

    let late = client.post(&callback(&id, "succeed"), "1").await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert_eq!(late.header("x-amzn-errortype"), "CallbackTimeoutException");
    running.shutdown().await;
}

#[tokio::test]
async fn plain_and_durable_functions_are_invoked_by_an_execution() {
    let functions = json!({
        "caller": durable("caller"),
        "orders": long("orders"),
        "plain": plain("plain"),
    });
    let (running, client) = serve(&functions).await;

    let trace = [("x-amzn-trace-id", "Root=1-2-3;Sampled=1")];
    let plain = client
        .invoke_with("caller:$LATEST", &trace, r#"{"target": "plain"}"#)
        .await;
    assert_eq!(plain.json()["event"], json!({"item": "pen"}));
    assert_eq!(plain.json()["trace"], "Root=1-2-3;Sampled=1");

    let mut caller = client
        .invoke("caller:1", r#"{"target": "orders:$LATEST"}"#)
        .await;
    // The called execution takes a day, which exceeds the caller's timeout.
    assert_eq!(caller.header("x-amz-function-error"), "Unhandled");
    let execution = client.execution(&caller.arn()).await;
    assert_eq!(execution["Status"], "TIMED_OUT");
    assert_eq!(execution["Version"], "1");

    caller = client
        .invoke("caller:$LATEST", r#"{"target": "missing"}"#)
        .await;
    let failed = client.event(&caller.arn(), "ChainedInvokeFailed").await;
    assert_eq!(
        failed["Error"]["Payload"]["ErrorType"],
        "ResourceNotFoundException"
    );
    running.shutdown().await;
}

#[tokio::test]
async fn an_execution_is_paused_resumed_and_deleted() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Real;
    let (running, client) = serve_with(settings).await;
    let arn = client.start("approval:$LATEST", "{}").await;
    let id = client.callback_id(&arn).await;
    client.event(&arn, "InvocationCompleted").await;

    let paused = client
        .post(&execution(&arn, "/pause"), r#"{"Reason": "lunch"}"#)
        .await;
    assert_eq!(paused.status, StatusCode::ACCEPTED);
    let status = client.execution(&arn).await;
    assert_eq!(status["Status"], "PAUSED");
    assert_eq!(status["PauseDetails"]["Reason"], "lunch");
    client.post(&callback(&id, "succeed"), "1").await;
    assert_eq!(client.execution(&arn).await["Status"], "PAUSED");

    let resumed = client.post(&execution(&arn, "/resume"), "").await;
    assert_eq!(resumed.status, StatusCode::ACCEPTED);
    assert_eq!(client.ended(&arn).await["Result"], "1");

    let path = execution(&arn, "");
    let deleted = client.send(Method::DELETE, &path, &[], "").await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED);
    assert!(deleted.json()["DeletionRequestTimestamp"].is_f64());
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    running.shutdown().await;
}

#[tokio::test]
async fn skipped_time_does_not_expire_a_paused_execution() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Virtual {
        grace: Duration::from_secs(2),
    };
    let (running, client) = serve_with(settings).await;
    let arn = client.start("approval:$LATEST", "{}").await;
    client.event(&arn, "InvocationCompleted").await;
    let paused = client.post(&execution(&arn, "/pause"), "").await;
    assert_eq!(paused.status, StatusCode::ACCEPTED);

    // After the grace the callback's hour is skipped, but the timeout of the paused execution, 15 minutes,
    // does not run.
    client.event(&arn, "CallbackTimedOut").await;

    assert_eq!(client.execution(&arn).await["Status"], "PAUSED");
    let resumed = client.post(&execution(&arn, "/resume"), "").await;
    assert_eq!(resumed.status, StatusCode::ACCEPTED);
    assert_eq!(client.ended(&arn).await["Status"], "FAILED");
    running.shutdown().await;
}

#[tokio::test]
async fn an_execution_is_stopped_listed_and_read_in_pages() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Real;
    let (running, client) = serve_with(settings).await;
    let first = client.start("approval:$LATEST", "{}").await;
    let second = client.start("approval:$LATEST", "{}").await;
    client.event(&first, "InvocationCompleted").await;

    let stop = execution(&first, "/stop");
    let stopped = client.post(&stop, r#"{"ErrorType": "Enough"}"#).await;
    assert_eq!(stopped.status, StatusCode::OK);
    let again = client.post(&stop, "").await;
    assert_eq!(stopped.json(), again.json());
    assert_eq!(
        client.execution(&first).await["Error"]["ErrorType"],
        "Enough"
    );

    let list = |query: &str| {
        let path = format!("/2025-12-01/functions/approval/durable-executions?{query}");
        async move { client.get(&path).await.json() }
    };
    let arns = |page: &Value| -> Vec<String> {
        let executions = page["DurableExecutions"].as_array().unwrap().iter();
        executions
            .map(|it| it["DurableExecutionArn"].as_str().unwrap().to_owned())
            .collect()
    };
    let stopped = list("Statuses=STOPPED").await;
    assert_eq!(arns(&stopped), [first.as_str()]);
    let page = list("MaxItems=1&ReverseOrder=true").await;
    assert_eq!(arns(&page), [first.as_str()]);
    let marker = page["NextMarker"].as_str().unwrap();
    let page = list(&format!("MaxItems=1&ReverseOrder=true&Marker={marker}")).await;
    assert_eq!(arns(&page), [second.as_str()]);
    assert_eq!(page.get("NextMarker"), None);

    let encoded = first
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace('$', "%24");
    let history = client
        .send(
            Method::GET,
            &execution(&encoded, "/history?MaxItems=1&ReverseOrder=true"),
            &[],
            "",
        )
        .await;
    let events = &history.json()["Events"];
    assert_eq!(events[0]["EventType"], "ExecutionStopped");
    assert_eq!(
        events[0]["ExecutionStoppedDetails"]["Error"]["Truncated"],
        true
    );
    running.shutdown().await;
}

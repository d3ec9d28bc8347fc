//! The refusals of each call, in the API's shape.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, Reply, execution};
use crate::fixture::{durable, plain, serve, serve_with, settings};

const UNKNOWN: &str =
    "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i";

/// Checks that a reply is a refusal in the API's shape, and returns its message.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) -> String {
    assert_eq!(reply.status.as_u16(), status, "{reply:?}");
    assert_eq!(reply.header("x-amzn-errortype"), code);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("x-amzn-requestid").len(), 36);
    let body = reply.json();
    assert_eq!(body["Type"], "User");
    let capital = [
        "AccessDeniedException",
        "ResourceNotFoundException",
        "CallbackTimeoutException",
        "DurableExecutionAlreadyStartedException",
        "UnknownOperationException",
    ];
    let member = if capital.contains(&code) {
        "Message"
    } else {
        "message"
    };
    let message = body[member].as_str();
    message.unwrap_or_else(|| panic!("{body}")).to_owned()
}

async fn server() -> (durable_server::Running, Client) {
    serve(&json!({"approval": durable("approval"), "plain": plain("plain")})).await
}

#[tokio::test]
async fn a_web_page_runs_no_function_and_reads_no_answer() {
    let (running, client) = server().await;
    let page = [("origin", "https://example.com")];
    let reply = client.invoke_with("plain", &page, "{}").await;
    let message = refused(&reply, 403, "AccessDeniedException");
    assert!(message.contains("origin: https://example.com"), "{message}");
    assert!(message.contains("--allow-remote"), "{message}");

    // A name that has resolved to this machine since the page was loaded.
    let rebound = [("host", "example.com:9014")];
    let path = "/2015-03-31/functions/plain/configuration";
    let reply = client.send(Method::GET, path, &rebound, "").await;
    let message = refused(&reply, 403, "AccessDeniedException");
    assert!(message.contains("example.com:9014"), "{message}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_server_that_allows_remote_clients_accepts_any_host() {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.allow_remote = true;
    let (running, client) = serve_with(settings).await;
    let rebound = [("host", "lambda.example.com"), ("origin", "null")];
    let reply = client.send(Method::GET, "/health", &rebound, "").await;
    assert_eq!(reply.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn a_missing_execution_is_not_found() {
    let (running, client) = server().await;
    for (method, call) in [
        (Method::GET, ""),
        (Method::GET, "/history"),
        (Method::POST, "/stop"),
        (Method::POST, "/pause"),
        (Method::POST, "/resume"),
        (Method::DELETE, ""),
    ] {
        let reply = client
            .send(method, &execution(UNKNOWN, call), &[], "")
            .await;
        let message = refused(&reply, 404, "ResourceNotFoundException");
        assert_eq!(message, "Durable Execution does not exist", "{call}");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn a_malformed_arn_violates_its_constraint() {
    let (running, client) = server().await;
    for (method, call) in [
        (Method::GET, ""),
        (Method::GET, "/history"),
        (Method::GET, "/state?CheckpointToken=a"),
        (Method::POST, "/checkpoint"),
        (Method::POST, "/stop"),
    ] {
        let reply = client.send(method, &execution("f", call), &[], "{}").await;
        let message = refused(&reply, 400, "ValidationException");
        assert!(
            message.starts_with(
                "1 validation error detected: Value 'f' at 'durableExecutionArn' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: arn:"
            ),
            "{message}"
        );
    }
    running.shutdown().await;
}

#[tokio::test]
async fn a_checkpoint_needs_its_token() {
    let (running, client) = server().await;
    let checkpoint = |body: &'static str| async move {
        client.post(&execution(UNKNOWN, "/checkpoint"), body).await
    };

    let message = refused(&checkpoint("{}").await, 400, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'checkpointToken' failed to satisfy constraint: \
         Member must not be null"
    );
    for body in ["", "{", "[]", r#"{"CheckpointToken": 1}"#] {
        refused(&checkpoint(body).await, 400, "SerializationException");
    }
    let reply = checkpoint(r#"{"CheckpointToken": "AAAA"}"#).await;
    let message = refused(&reply, 400, "InvalidParameterValueException");
    assert_eq!(message, "Invalid checkpoint token");
    let update = r#"{"CheckpointToken": "AAAA", "Updates": [{"Id": "1", "Type": "STEP", "Action": "JUMP"}]}"#;
    let message = refused(&checkpoint(update).await, 400, "ValidationException");
    assert!(
        message.contains("[START, SUCCEED, FAIL, RETRY, CANCEL]"),
        "{message}"
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_state_needs_its_token() {
    let (running, client) = server().await;
    let state = |query: &str| {
        let path = execution(UNKNOWN, &format!("/state{query}"));
        async move { client.get(&path).await }
    };

    let message = refused(&state("").await, 400, "ValidationException");
    assert!(message.contains("'checkpointToken'"), "{message}");
    let reply = state("?CheckpointToken=AAAA").await;
    let message = refused(&reply, 400, "InvalidParameterValueException");
    assert_eq!(message, "Invalid checkpoint token");
    let reply = state("?CheckpointToken=AAAA&MaxItems=1001").await;
    refused(&reply, 400, "ValidationException");
    running.shutdown().await;
}

#[tokio::test]
async fn scalars_of_a_query_are_read_strictly() {
    let (running, client) = server().await;
    for (query, message) in [
        ("MaxItems=x", "'x' can not be converted to Integer"),
        ("ReverseOrder=1", "'1' can not be converted to Boolean"),
        (
            "IncludeExecutionData=yes",
            "'yes' can not be converted to Boolean",
        ),
    ] {
        let reply = client
            .get(&execution(UNKNOWN, &format!("/history?{query}")))
            .await;
        assert_eq!(refused(&reply, 400, "SerializationException"), message);
    }
    let list = "/2025-12-01/functions/approval/durable-executions";
    let reply = client.get(&format!("{list}?StartedAfter=NaN")).await;
    assert_eq!(
        refused(&reply, 400, "SerializationException"),
        "'NaN' can not be converted to Date"
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_list_is_refused_in_the_order_of_the_service() {
    let (running, client) = server().await;
    let list = |function: &str, query: &str| {
        let path = format!("/2025-12-01/functions/{function}/durable-executions?{query}");
        async move { client.get(&path).await }
    };

    let reply = list("missing", "MaxItems=-1&Statuses=GONE&Marker=x").await;
    let message = refused(&reply, 400, "ValidationException");
    assert!(
        message.starts_with("2 validation errors detected: "),
        "{message}"
    );
    let reply = list("missing", "Statuses=FAILED&Statuses=RUNNING&Marker=x").await;
    let message = refused(&reply, 400, "InvalidParameterValueException");
    assert_eq!(message, "Cannot filter by more than one status");
    let reply = list("missing", "Marker=x").await;
    let message = refused(&reply, 404, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing:$LATEST"
    );
    let reply = list("approval", "Marker=x").await;
    let message = refused(&reply, 400, "InvalidParameterValueException");
    assert_eq!(message, "Invalid Marker");
    running.shutdown().await;
}

#[tokio::test]
async fn a_callback_id_must_be_valid() {
    let (running, client) = server().await;
    for call in ["succeed", "fail", "heartbeat"] {
        let path = format!("/2025-12-01/durable-execution-callbacks/AAAA/{call}");
        let message = refused(
            &client.post(&path, "").await,
            400,
            "InvalidParameterValueException",
        );
        assert_eq!(message, "Invalid callback id");
    }
    let fail = "/2025-12-01/durable-execution-callbacks/AAAA/fail";
    for body in [" ", "null", "{"] {
        refused(
            &client.post(fail, body).await,
            400,
            "SerializationException",
        );
    }
    running.shutdown().await;
}

#[tokio::test]
async fn an_invocation_is_checked_before_anything_runs() {
    let (running, client) = server().await;

    let message = refused(
        &client.invoke("missing", "").await,
        404,
        "ResourceNotFoundException",
    );
    assert!(
        message.starts_with(
            "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing"
        ),
        "{message}"
    );
    let reply = client.invoke("approval", "{}").await;
    let message = refused(&reply, 400, "InvalidParameterValueException");
    assert_eq!(
        message,
        "You cannot invoke a durable function using an unqualified ARN."
    );
    let reply = client.invoke("plain", "{").await;
    let message = refused(&reply, 400, "InvalidRequestContentException");
    assert!(
        message.starts_with("Could not parse request body into json: "),
        "{message}"
    );
    let reply = client
        .invoke_with("plain", &[("x-amz-invocation-type", "Later")], "")
        .await;
    let message = refused(&reply, 400, "ValidationException");
    assert!(
        message.contains("[Event, RequestResponse, DryRun]"),
        "{message}"
    );
    let reply = client
        .invoke_with(
            "approval:$LATEST",
            &[("x-amz-durable-execution-name", "no spaces")],
            "",
        )
        .await;
    let message = refused(&reply, 400, "ValidationException");
    assert!(message.contains("'durableExecutionName'"), "{message}");
    let reply = client
        .get("/2015-03-31/functions/missing/configuration")
        .await;
    refused(&reply, 404, "ResourceNotFoundException");
    running.shutdown().await;
}

#[tokio::test]
async fn a_request_signed_for_another_region_finds_nothing() {
    let (running, client) = server().await;
    let signed = |region: &str| {
        format!("AWS4-HMAC-SHA256 Credential=A/20260101/{region}/lambda/aws4_request, Signature=0")
    };
    let list = "/2015-03-31/functions";
    let send = |region: &'static str| async move {
        let signature = signed(region);
        let headers = [("authorization", signature.as_str())];
        client.send(Method::GET, list, &headers, "").await
    };

    let message = refused(&send("eu-west-1").await, 404, "ResourceNotFoundException");
    assert!(message.starts_with("Function not found"), "{message}");
    assert_eq!(send("us-west-2").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn an_unknown_path_is_named() {
    let (running, client) = server().await;
    let message = refused(
        &client.get("/nothing").await,
        404,
        "UnknownOperationException",
    );
    assert!(
        message.starts_with("GET /nothing is not a call"),
        "{message}"
    );
    let message = refused(
        &client.post(&execution(UNKNOWN, "/history"), "").await,
        404,
        "UnknownOperationException",
    );
    assert!(message.starts_with("POST /2025-12-01/"), "{message}");
    let health = client.get("/health").await;
    assert_eq!(health.json(), json!({"status": "ok"}));
    running.shutdown().await;
}

#[tokio::test]
async fn a_body_beyond_every_limit_is_refused() {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.limits.body_bytes = 10;
    let (running, client) = serve_with(settings).await;
    let body = Value::from("0123456789").to_string();
    let message = refused(
        &client.invoke("plain", body).await,
        413,
        "RequestTooLargeException",
    );
    assert_eq!(message, "Request must be smaller than 10 bytes");
    running.shutdown().await;
}

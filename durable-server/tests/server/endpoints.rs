//! Functions that another program runs, and that are called by URL.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::client::Client;
use crate::fixture::{plain, serve, serve_with, settings};

/// A listener whose port is known before anything answers there.
async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A durable function at an address.
fn at(address: SocketAddr) -> Value {
    json!({
        "Endpoint": format!("http://{address}/2015-03-31/functions/inner/invocations"),
        "DurableConfig": {"ExecutionTimeout": 900_000},
    })
}

/// Answers each connection with these bytes, and closes it.
async fn answer_all(listener: TcpListener, answer: &'static str) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = vec![0; 64 * 1024];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn ended(client: Client) -> Value {
    let arn = client.start("f:$LATEST", "{}").await;
    client.ended(&arn).await
}

#[tokio::test]
async fn a_function_that_another_program_runs_makes_its_checkpoints_here() {
    let (listener, address) = listener().await;
    let (running, client) = serve(&json!({"f": at(address)})).await;
    // The other program is another server, to which the function is a plain one.
    let mut inner = plain("orders");
    let here = format!("http://{}", running.addr());
    inner["Environment"] = json!({"Variables": {"AWS_ENDPOINT_URL_LAMBDA": here}});
    let (other, _) = serve(&json!({"inner": inner})).await;
    let to = other.addr();
    let forwards = tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut to = TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut from, &mut to).await });
        }
    });

    let execution = ended(client).await;

    assert_eq!(execution["Status"], "SUCCEEDED", "{execution}");
    assert_eq!(execution["Result"], r#"["reserved book","reserved box"]"#);
    forwards.abort();
    running.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn a_closed_connection_is_a_failed_invocation() {
    let (listener, address) = listener().await;
    let closes = tokio::spawn(answer_all(listener, ""));
    let (running, client) = serve(&json!({"f": at(address)})).await;

    let execution = ended(client).await;

    assert_eq!(execution["Status"], "FAILED");
    assert_eq!(execution["Error"]["ErrorType"], "Runtime.ExitError");
    let message = execution["Error"]["ErrorMessage"].as_str().unwrap();
    assert!(message.contains("the connection closed"), "{message}");
    closes.abort();
    running.shutdown().await;
}

#[tokio::test]
async fn an_error_status_is_a_failed_invocation_with_the_error_of_its_body() {
    let (listener, address) = listener().await;
    let fails = tokio::spawn(answer_all(
        listener,
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 42\r\n\r\n{\"errorType\":\"Oops\",\"errorMessage\":\"no\"}    ",
    ));
    let (running, client) = serve(&json!({"f": at(address)})).await;

    let execution = ended(client).await;

    let error = json!({"ErrorType": "Oops", "ErrorMessage": "no"});
    assert_eq!(execution["Error"], error);
    fails.abort();
    running.shutdown().await;
}

#[tokio::test]
async fn an_endpoint_at_which_nothing_listens_is_named() {
    let (listener, address) = listener().await;
    drop(listener);
    let (running, client) = serve(&json!({"f": at(address)})).await;

    let execution = ended(client).await;

    let message = execution["Error"]["ErrorMessage"].as_str().unwrap();
    assert!(message.contains("nothing listens there"), "{message}");
    assert!(message.contains(&address.to_string()), "{message}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_the_other_program() {
    let (listener, address) = listener().await;
    let (called, mut is_called) = watch::channel(false);
    let hangs = tokio::spawn(async move {
        let connection = listener.accept().await;
        called.send(true).unwrap();
        std::future::pending::<()>().await;
        drop(connection);
    });
    let (running, client) = serve_with(settings(&json!({"f": at(address)}))).await;
    client.start("f:$LATEST", "{}").await;
    is_called.wait_for(|called| *called).await.unwrap();
    running.shutdown().await;
    hangs.abort();
}

#[tokio::test]
async fn sam_starts_executions_of_the_function_in_its_container() {
    let (listener, address) = listener().await;
    let answers = tokio::spawn(answer_all(
        listener,
        "HTTP/1.1 200 OK\r\ncontent-length: 36\r\n\r\n{\"Status\":\"SUCCEEDED\",\"Result\":\"1\"} ",
    ));
    let (running, client) = serve(&json!({"function": at(address)})).await;
    let start = json!({
        "AccountId": "123456789012",
        "FunctionName": "function",
        "FunctionQualifier": "$LATEST",
        "ExecutionName": "mine",
        "ExecutionTimeoutSeconds": 300,
        "ExecutionRetentionPeriodDays": 7,
        "Input": "{\"order\": 1}",
        "LambdaEndpoint": format!("http://{address}"),
    });

    let started = client
        .post("/start-durable-execution", start.to_string())
        .await;
    assert_eq!(started.status, 201);
    let arn = started.json()["ExecutionArn"].as_str().unwrap().to_owned();
    let execution = client.ended(&arn).await;

    assert_eq!(execution["Status"], "SUCCEEDED", "{execution}");
    assert_eq!(execution["InputPayload"], "{\"order\": 1}");
    assert_eq!(execution["DurableConfig"]["ExecutionTimeout"], 300);
    let moved = json!({"EndpointUrl": format!("http://{address}")}).to_string();
    let moved = client.send(http::Method::PUT, "/lambda-endpoint", &[], moved);
    assert_eq!(moved.await.status, 200);
    let unknown = json!({"FunctionName": "other", "Input": "{}"}).to_string();
    let unknown = client.post("/start-durable-execution", unknown).await;
    assert_eq!(unknown.status, 404);
    answers.abort();
    running.shutdown().await;
}

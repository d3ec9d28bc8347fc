//! Limits on clients.

use std::time::Duration;

use durable_server::{HttpLimits, TimeMode};
use http::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::client::{Client, callback, eventually};
use crate::fixture::{durable, plain, serve_with, settings};

/// The ARNs of as many executions of `approval`, once they have started.
async fn started(client: Client, count: usize) -> Vec<String> {
    eventually(|| async {
        let path = "/2025-12-01/functions/approval/durable-executions";
        let list = client.get(path).await.json();
        let started = list["DurableExecutions"].as_array()?.iter();
        let arns = started.map(|it| it["DurableExecutionArn"].as_str().unwrap().to_owned());
        Some(arns.collect::<Vec<_>>()).filter(|arns| arns.len() == count)
    })
    .await
}

/// A server with short time limits.
async fn impatient() -> (durable_server::Running, Client) {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.limits = HttpLimits {
        head_timeout: Duration::from_millis(100),
        body_timeout: Duration::from_millis(100),
        connections: 1,
        ..HttpLimits::default()
    };
    serve_with(settings).await
}

/// The server's answer to these bytes, until it closes the connection.
async fn answer(client: Client, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(client.0).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // A reset connection is closed, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_request_that_is_never_complete_loses_its_connection() {
    let (running, client) = impatient().await;

    assert_eq!(answer(client, b"GET /health HTTP/1.1\r\nHo").await, "");
    let late = b"POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    let late = answer(client, late).await;
    assert!(late.starts_with("HTTP/1.1 408 "), "{late}");
    assert!(late.contains("RequestTimeoutException"), "{late}");
    assert_eq!(client.get("/health").await.status, 200);
    running.shutdown().await;
}

#[tokio::test]
async fn a_body_that_stalls_frees_its_connection_for_others() {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.limits = HttpLimits {
        stall_timeout: Duration::from_millis(100),
        connections: 1,
        ..HttpLimits::default()
    };
    let (running, client) = serve_with(settings).await;
    let mut stream = TcpStream::connect(client.0).await.unwrap();
    let head = b"POST /2015-03-31/functions/plain/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(head).await.unwrap();

    // It waits for the only connection.
    assert_eq!(client.get("/health").await.status, StatusCode::OK);

    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_frees_its_connection_for_others() {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.limits = HttpLimits {
        write_timeout: Duration::from_millis(100),
        connections: 1,
        ..HttpLimits::default()
    };
    let (running, client) = serve_with(settings).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(client.0).await.unwrap();
    // More answers than the buffers between the two hold.
    let event = format!("\"{}\"", "x".repeat(5_000_000));
    let head = format!(
        "POST /2015-03-31/functions/plain/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        event.len()
    );
    let request = [head.as_bytes(), event.as_bytes()].concat();
    for _ in 0..4 {
        // The server does not read either while it cannot answer.
        if stream.write_all(&request).await.is_err() {
            break;
        }
    }

    assert_eq!(client.get("/health").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn a_client_that_sends_no_more_gets_its_answer() {
    let (running, client) = serve_with(settings(&json!({"plain": plain("plain")}))).await;
    let mut stream = TcpStream::connect(client.0).await.unwrap();
    let request = b"POST /2015-03-31/functions/plain/invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n17";
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();

    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"event\":17"), "{answer}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (running, client) = impatient().await;
    let head = format!(
        "GET /health HTTP/1.1\r\nHost: {}\r\n\r\n",
        "a".repeat(100_000)
    );
    let answer = answer(client, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits() {
    let (running, client) = impatient().await;
    let first = TcpStream::connect(client.0).await.unwrap();

    let health = tokio::spawn(client.get("/health"));
    // The idle first connection is closed, which frees its slot.
    assert_eq!(health.await.unwrap().status, 200);

    drop(first);
    running.shutdown().await;
}

#[tokio::test]
async fn waiting_callers_leave_connections_for_functions() {
    let functions = json!({"approval": durable("approval"), "plain": plain("plain")});
    let mut settings = settings(&functions);
    settings.time = TimeMode::Real;
    // Two for callers, one for the process of each, and one for this client.
    settings.limits.connections = 5;
    let (running, client) = serve_with(settings).await;
    let waiting = [(); 2].map(|()| tokio::spawn(client.invoke("approval:$LATEST", "{}")));
    let arns = started(client, waiting.len()).await;

    let refused = client.invoke("plain", "{}").await;

    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    let code = refused.header("x-amzn-errortype");
    assert_eq!(code, "TooManyRequestsException");
    let body = refused.json();
    assert_eq!(body["Type"], "User");
    assert_eq!(body["Reason"], "ConcurrentInvocationLimitExceeded");
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("2 callers already wait"), "{message}");
    // Functions can still checkpoint, so the callers get their answers.
    for arn in arns {
        let id = client.callback_id(&arn).await;
        let reply = client.post(&callback(&id, "succeed"), "1").await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    for caller in waiting {
        assert_eq!(caller.await.unwrap().body, "1");
    }
    assert_eq!(client.invoke("plain", "{}").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn callers_that_are_gone_make_room_for_others() {
    let functions = json!({"approval": durable("approval"), "plain": plain("plain")});
    let mut settings = settings(&functions);
    settings.time = TimeMode::Real;
    settings.limits.connections = 5;
    let (running, client) = serve_with(settings).await;
    let mut gone = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(client.0).await.unwrap();
        let request = b"POST /2015-03-31/functions/approval:$LATEST/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
        stream.write_all(request).await.unwrap();
        gone.push(stream);
    }
    started(client, 2).await;
    let refused = client.invoke("plain", "{}").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);

    // The server cannot see at once that they are.
    gone.clear();
    let patience = std::time::Instant::now() + Duration::from_mins(1);
    while client.invoke("plain", "{}").await.status != StatusCode::OK {
        assert!(std::time::Instant::now() < patience, "there is no room");
        tokio::task::yield_now().await;
    }
    running.shutdown().await;
}

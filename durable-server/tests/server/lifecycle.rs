//! How a server starts and stops.

use durable_server::{Server, ServerError, ServerSettings, TimeMode};
use http::{Method, StatusCode};
use serde_json::json;

use crate::client::eventually;
use crate::fixture::{durable, plain, serve, serve_with, settings};

#[tokio::test]
async fn an_address_that_other_machines_can_reach_must_be_allowed() {
    let settings = ServerSettings {
        address: ([0, 0, 0, 0], 0).into(),
        ..ServerSettings::default()
    };
    let error = Server::start(settings.clone()).await.unwrap_err();
    assert!(matches!(error, ServerError::RemoteAddress(_)));
    assert!(error.to_string().contains("--allow-remote"), "{error}");

    let allowed = ServerSettings {
        allow_remote: true,
        ..settings
    };
    Server::start(allowed).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let (running, client) = serve_with(ServerSettings {
        address: ([127, 0, 0, 1], 0).into(),
        ..ServerSettings::default()
    })
    .await;
    let settings = ServerSettings {
        address: client.0,
        ..ServerSettings::default()
    };
    let error = Server::start(settings).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {}", client.0)),
        "{error}"
    );
    assert!(
        error.ends_with("choose another address with --addr"),
        "{error}"
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_stopping_server_refuses_the_invokes_that_wait() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = TimeMode::Real;
    let (running, client) = serve_with(settings).await;
    let caller = tokio::spawn(client.invoke("approval:$LATEST", "{}"));
    eventually(|| async {
        let path = "/2025-12-01/functions/approval/durable-executions";
        let list = client.get(path).await.json();
        list["DurableExecutions"].get(0).map(drop)
    })
    .await;

    running.shutdown().await;

    let reply = caller.await.unwrap();
    assert_eq!(reply.status, 500);
    assert_eq!(reply.header("x-amzn-errortype"), "ServiceException");
    let message = reply.json()["Message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("The server stops before arn:aws:lambda"),
        "{message}"
    );
}

#[tokio::test]
async fn tools_that_wait_for_a_server_may_ask_for_the_head_of_its_health() {
    let (running, client) = serve(&json!({"plain": plain("plain")})).await;
    let head = client.send(Method::HEAD, "/health", &[], "").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    running.shutdown().await;
}

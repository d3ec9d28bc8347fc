//! How a server begins and ends.

use durable_server::{Server, ServerError, ServerSettings};
use serde_json::json;

use crate::fixture::serve;

#[tokio::test]
async fn an_address_that_others_can_reach_needs_to_be_allowed() {
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
    let (running, client) = serve(&json!({})).await;
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

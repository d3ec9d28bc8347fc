//! A server with a store continues where the previous one stopped.

use durable_server::{Server, ServerSettings, StoreLocation, TimeMode};
use serde_json::json;

use crate::client::{callback, eventually};
use crate::fixture::{durable, long, plain, serve_with, settings};

/// Settings of servers that share a store, in real time.
fn stored(functions: &serde_json::Value, folder: &tempfile::TempDir) -> ServerSettings {
    let mut settings = settings(functions);
    settings.store = StoreLocation::File(folder.path().join("durable.db"));
    settings.time = TimeMode::Real;
    settings
}

#[tokio::test]
async fn a_suspended_execution_continues_on_the_next_server() {
    let folder = tempfile::tempdir().unwrap();
    let settings = stored(&json!({"approval": durable("approval")}), &folder);
    let (running, client) = serve_with(settings.clone()).await;
    let arn = client.start("approval:$LATEST", r#"{"a": 1}"#).await;
    let id = client.callback_id(&arn).await;
    client.event(&arn, "InvocationCompleted").await;
    running.shutdown().await;

    let (running, client) = serve_with(settings.clone()).await;
    let reply = client.post(&callback(&id, "succeed"), "2").await;
    assert_eq!(reply.status, 200);
    assert_eq!(client.ended(&arn).await["Result"], "2");
    let history = client.history(&arn).await;
    running.shutdown().await;

    let (running, client) = serve_with(settings).await;
    assert_eq!(client.history(&arn).await, history);
    assert_eq!(client.execution(&arn).await["InputPayload"], r#"{"a": 1}"#);
    running.shutdown().await;
}

#[tokio::test]
async fn an_invocation_that_a_stop_interrupted_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stored(&json!({"f": durable("hangs")}), &folder);
    let (running, client) = serve_with(settings.clone()).await;
    let arn = client.start("f:$LATEST", "{}").await;
    running.shutdown().await;

    // The next server runs another function, which answers.
    settings.functions = crate::fixture::settings(&json!({"f": durable("fails")})).functions;
    let (running, client) = serve_with(settings).await;
    assert_eq!(client.ended(&arn).await["Error"]["ErrorMessage"], "no luck");
    running.shutdown().await;
}

#[tokio::test]
async fn an_execution_of_a_removed_function_is_held_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let settings = stored(&json!({"approval": long("hangs")}), &folder);
    let (running, client) = serve_with(settings).await;
    let arn = client.start("approval:$LATEST", "{}").await;
    running.shutdown().await;

    let settings = stored(&json!({"plain": plain("plain")}), &folder);
    let (running, client) = serve_with(settings).await;
    // Others are served meanwhile.
    assert_eq!(client.invoke("plain", "{}").await.status, 200);
    assert_eq!(client.execution(&arn).await["Status"], "RUNNING");
    let path = "/2025-12-01/functions/%24orphans/durable-executions";
    let held = client.get(path).await.json();
    assert_eq!(held["DurableExecutions"][0]["DurableExecutionArn"], arn);
    running.shutdown().await;

    let settings = stored(&json!({"approval": long("fails")}), &folder);
    let (running, client) = serve_with(settings).await;
    assert_eq!(client.ended(&arn).await["Status"], "FAILED");
    running.shutdown().await;
}

#[tokio::test]
async fn a_call_of_a_plain_function_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let functions = json!({"caller": durable("caller"), "plain": plain("hangs")});
    let settings = stored(&functions, &folder);
    let (running, client) = serve_with(settings).await;
    let arn = client.start("caller:$LATEST", "{}").await;
    client.event(&arn, "InvocationCompleted").await;
    running.shutdown().await;

    let functions = json!({"caller": durable("caller"), "plain": plain("plain")});
    let (running, client) = serve_with(stored(&functions, &folder)).await;
    assert_eq!(client.ended(&arn).await["Status"], "SUCCEEDED");
    running.shutdown().await;
}

#[tokio::test]
async fn an_accepted_call_of_a_plain_function_is_made_by_the_next_server() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let settings = stored(&json!({"plain": plain("hangs")}), &folder);
    let (running, client) = serve_with(settings).await;
    let event = [("x-amz-invocation-type", "Event")];
    let accepted = client.invoke_with("plain", &event, "1").await;
    assert_eq!(accepted.status, 202);
    running.shutdown().await;

    let script = format!("echo called >> {}; exit 1", journal.display());
    let function = json!({"Command": ["/bin/sh", "-c", script]});
    let settings = stored(&json!({"plain": function}), &folder);
    let (running, _) = serve_with(settings).await;
    eventually(|| async { journal.exists().then_some(()) }).await;
    running.shutdown().await;
}

#[tokio::test]
async fn a_store_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let settings = stored(&json!({"plain": plain("plain")}), &folder);
    let (running, _) = serve_with(settings.clone()).await;
    let error = Server::start(settings).await.unwrap_err().to_string();
    assert!(error.contains("is in use by another process"), "{error}");
    running.shutdown().await;
}

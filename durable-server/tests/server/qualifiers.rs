//! Versions and aliases of functions.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::fixture::{durable, plain, serve};

/// A server of functions with an alias of their second version.
async fn published() -> (durable_server::Running, Client) {
    let with_alias = |mut function: Value| {
        function["Aliases"] = json!({"live": "2"});
        function
    };
    let functions = json!({
        "fails": with_alias(durable("fails")),
        "plain": with_alias(plain("plain")),
        "caller": durable("caller"),
    });
    serve(&functions).await
}

fn assert_not_found(reply: &Reply, function: &str) {
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{reply:?}");
    assert_eq!(
        reply.header("x-amzn-errortype"),
        "ResourceNotFoundException"
    );
    let arn = "arn:aws:lambda:us-west-2:123456789012:function";
    assert_eq!(
        reply.json()["Message"],
        format!("Function not found: {arn}:{function}")
    );
}

#[tokio::test]
async fn a_version_or_alias_that_does_not_exist_is_not_found() {
    let (running, client) = published().await;
    for function in ["fails:test", "fails:3", "plain:test", "plain:3", "caller:2"] {
        assert_not_found(&client.invoke(function, "{}").await, function);
        let path = format!("/2015-03-31/functions/{function}");
        assert_not_found(&client.get(&path).await, function);
        let path = format!("/2025-12-01/functions/{function}/durable-executions");
        assert_not_found(&client.get(&path).await, function);
    }
    let path = "/2015-03-31/functions/plain/configuration?Qualifier=test";
    assert_not_found(&client.get(path).await, "plain:test");
    running.shutdown().await;
}

#[tokio::test]
async fn an_alias_stands_for_its_version() {
    let (running, client) = published().await;

    let reply = client.invoke("fails:live", "{}").await;
    assert_eq!(reply.header("x-amz-executed-version"), "2");
    let arn = reply.arn();
    assert!(arn.contains(":function:fails:2/"), "{arn}");
    let listed = |qualifier: &'static str| async move {
        let path = format!("/2025-12-01/functions/fails:{qualifier}/durable-executions");
        let list = client.get(&path).await.json();
        list["DurableExecutions"].as_array().unwrap().len()
    };
    assert_eq!(listed("live").await, 1);
    assert_eq!(listed("2").await, 1);
    assert_eq!(listed("1").await, 0);

    let reply = client.invoke("plain:live", "{}").await;
    assert_eq!(reply.header("x-amz-executed-version"), "2");
    let invoked = reply.json()["arn"].clone();
    assert!(invoked.as_str().unwrap().ends_with(":function:plain:live"));

    let path = "/2015-03-31/functions/plain/configuration?Qualifier=live";
    let configuration = client.get(path).await.json();
    assert_eq!(configuration["Version"], "2");
    assert_eq!(configuration["FunctionArn"], invoked);
    running.shutdown().await;
}

#[tokio::test]
async fn a_chained_invoke_of_a_version_that_does_not_exist_fails() {
    let (running, client) = published().await;
    let caller = |target: &str| client.invoke("caller:1", json!({"target": target}).to_string());

    let found = caller("plain:live").await;
    assert_eq!(found.header("x-amz-function-error"), "");
    let missing = caller("plain:test").await;
    let failed = client.event(&missing.arn(), "ChainedInvokeFailed").await;
    assert_eq!(
        failed["Error"]["Payload"]["ErrorType"],
        "ResourceNotFoundException"
    );
    running.shutdown().await;
}

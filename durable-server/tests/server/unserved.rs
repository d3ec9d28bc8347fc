//! Functions that are configured and not served, switched off, or found by another name.

use durable_server::config::{LeftOut, Tenancy};
use http::StatusCode;
use serde_json::json;

use crate::fixture::{durable, long, plain, serve_with, settings};

#[tokio::test]
async fn a_function_that_is_not_served_is_named_on_health_and_to_callers() {
    let mut settings = settings(&json!({"good": plain("plain")}));
    settings.left_out = vec![LeftOut {
        function: "later".to_owned(),
        logical_id: Some("LaterFn".to_owned()),
        reasons: vec![
            "its program is not built yet".to_owned(),
            "Timeout is wrong".to_owned(),
        ],
    }];
    let (running, client) = serve_with(settings).await;

    let health = client.get("/health").await;
    assert_eq!(health.status, StatusCode::OK);
    let not_served = json!([{
        "function": "later",
        "logicalId": "LaterFn",
        "reasons": ["its program is not built yet", "Timeout is wrong"],
    }]);
    assert_eq!(
        health.json(),
        json!({"status": "ok", "notServed": not_served})
    );
    for name in ["later", "LaterFn", "later:$LATEST"] {
        let reply = client.invoke(name, "1").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        let message = reply.json()["Message"].to_string();
        assert!(
            message.contains("Function not found: arn:aws:lambda:"),
            "{message}"
        );
        assert!(
            message.contains("its program is not built yet"),
            "{message}"
        );
    }
    assert_eq!(client.invoke("good", "1").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn a_function_without_concurrency_is_throttled() {
    let mut off = plain("plain");
    off["ReservedConcurrentExecutions"] = json!(0);
    let mut caller = durable("caller");
    caller["Timeout"] = json!(30);
    let (running, client) = serve_with(settings(&json!({"off": off, "caller": caller}))).await;

    let reply = client.invoke("off", "1").await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.header("x-amzn-errortype"), "TooManyRequestsException");
    let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    assert_eq!(
        reply.json(),
        json!({"Reason": reason, "Type": "User", "message": "Rate Exceeded."})
    );
    // One that another function calls fails, and does not wait for ever.
    let arn = client
        .start("caller:$LATEST", json!({"target": "off"}).to_string())
        .await;
    let execution = client.ended(&arn).await;
    assert_eq!(execution["Status"], "FAILED");
    running.shutdown().await;
}

#[tokio::test]
async fn both_names_find_a_function() {
    let mut settings = settings(&json!({"shop-order": long("orders")}));
    settings.functions[0].other_names = vec!["OrderFn".to_owned()];
    settings.functions[0].runtime = Some("nodejs24.x".to_owned());
    let (running, client) = serve_with(settings).await;

    let arn = client.start("OrderFn:$LATEST", "{}").await;
    assert!(arn.contains(":function:shop-order:$LATEST/"), "{arn}");
    assert_eq!(client.ended(&arn).await["Status"], "SUCCEEDED");
    for name in ["OrderFn", "shop-order"] {
        let path = format!("/2025-12-01/functions/{name}/durable-executions");
        let list = client.get(&path).await.json();
        assert_eq!(
            list["DurableExecutions"][0]["DurableExecutionArn"],
            arn.as_str()
        );
        let path = format!("/2015-03-31/functions/{name}/configuration");
        let configuration = client.get(&path).await.json();
        assert_eq!(configuration["FunctionName"], "shop-order");
        assert_eq!(configuration["Runtime"], "nodejs24.x");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn a_function_that_isolates_tenants_refuses_an_invoke_without_one() {
    let mut settings = settings(&json!({"isolated": plain("plain"), "shared": plain("plain")}));
    settings.functions[0].tenancy = Tenancy::PerTenant;
    settings.functions[1].tenancy = Tenancy::Shared;
    let (running, client) = serve_with(settings).await;

    let blue = [("x-amz-tenant-id", "blue")];
    for (name, headers, status, said) in [
        ("isolated", &blue[..], StatusCode::OK, ""),
        (
            "isolated",
            &[],
            StatusCode::BAD_REQUEST,
            "Add a valid tenant ID in your request",
        ),
        ("shared", &[], StatusCode::OK, ""),
        (
            "shared",
            &blue[..],
            StatusCode::BAD_REQUEST,
            "Remove the tenant ID from your request",
        ),
    ] {
        let reply = client.invoke_with(name, headers, "1").await;
        assert_eq!(reply.status, status, "{reply:?}");
        let body = String::from_utf8_lossy(&reply.body);
        assert!(body.contains(said), "{body}");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn each_tenant_has_processes_of_its_own() {
    let mut settings = settings(&json!({"isolated": plain("plain")}));
    settings.functions[0].tenancy = Tenancy::PerTenant;
    let (running, client) = serve_with(settings).await;

    let mut processes = Vec::new();
    for tenant in ["blue", "blue", "red", "blue"] {
        let headers = [("x-amz-tenant-id", tenant)];
        let reply = client.invoke_with("isolated", &headers, "1").await;
        processes.push(reply.json()["process"].as_u64().unwrap());
    }
    assert_eq!(processes[0], processes[1]);
    assert_ne!(processes[0], processes[2]);
    assert_eq!(processes[0], processes[3]);
    running.shutdown().await;
}

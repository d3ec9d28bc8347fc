//! What functions write, and where it goes.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, execution};
use crate::fixture::{long, plain, serve};

/// The logs of an execution's invocations, once it has ended.
async fn invocations(client: Client, arn: &str) -> Vec<Value> {
    client.ended(arn).await;
    let logs = client.get(&execution(arn, "/logs")).await.json();
    logs["Invocations"].as_array().unwrap().clone()
}

/// The messages of an invocation that come from a source.
fn from<'a>(invocation: &'a Value, source: &str) -> Vec<&'a str> {
    let lines = invocation["Lines"].as_array().unwrap().iter();
    lines
        .filter(|line| line["Source"] == source)
        .map(|line| line["Message"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn each_invocation_has_its_lines() {
    let (running, client) = serve(&json!({"logs": long("logs")})).await;
    let arn = client.start("logs:$LATEST", "{}").await;

    let invocations = invocations(client, &arn).await;

    assert_eq!(invocations.len(), 2);
    assert_ne!(invocations[0]["RequestId"], invocations[1]["RequestId"]);
    for invocation in &invocations {
        let request_id = invocation["RequestId"].as_str().unwrap();
        assert_eq!(invocation["FunctionName"], "logs");
        assert_eq!(invocation["LinesLeftOut"], 0);
        assert_eq!(
            from(invocation, "server"),
            [
                format!(
                    "START RequestId: {request_id} Version: $LATEST DurableExecutionArn: {arn}"
                ),
                format!("END RequestId: {request_id}"),
            ]
        );
        let detail = r#"{"level": "debug", "message": "a detail"}"#;
        assert_eq!(from(invocation, "stdout"), ["to standard output", detail]);
        assert_eq!(from(invocation, "stderr"), ["to standard error"]);
        assert_eq!(from(invocation, "runtime"), ["in a frame,\nof two lines"]);
        let mut lines = invocation["Lines"].as_array().unwrap().iter();
        let framed = lines.find(|line| line["Source"] == "runtime").unwrap();
        assert_eq!(framed["Timestamp"], 1.5);
    }
    running.shutdown().await;
}

#[tokio::test]
async fn an_execution_that_does_not_exist_has_no_logs() {
    let (running, client) = serve(&json!({"logs": long("logs")})).await;
    let arn = client.start("logs:$LATEST", "{}").await;
    let other = arn.replace("/durable-execution/", "/durable-execution/x");
    let reply = client.get(&execution(&other, "/logs")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    running.shutdown().await;
}

#[tokio::test]
async fn a_function_logs_as_it_is_configured() {
    let mut quiet = long("logs");
    quiet["LoggingConfig"] = json!({
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "all-logs",
    });
    let functions = json!({"quiet": quiet, "logs": long("logs"), "plain": plain("plain")});
    let (running, client) = serve(&functions).await;

    let arn = client.start("quiet:$LATEST", "{}").await;
    let invocation = invocations(client, &arn).await.remove(0);
    assert_eq!(from(&invocation, "stdout"), ["to standard output"]);
    assert_eq!(from(&invocation, "server"), [""; 0]);
    let result = client.execution(&arn).await["Result"].clone();
    let seen: Value = serde_json::from_str(result.as_str().unwrap()).unwrap();
    assert_eq!(
        (&seen["FORMAT"], &seen["LEVEL"]),
        (&json!("JSON"), &json!("INFO"))
    );
    assert_eq!(seen["GROUP_NAME"], "all-logs");
    let stream = seen["STREAM_NAME"].as_str().unwrap();
    let parts: Vec<&str> = stream.split('/').collect();
    assert_eq!(parts.len(), 4, "{stream}");
    assert!(parts[3].starts_with("[$LATEST]"), "{stream}");

    for (name, logging) in [
        (
            "quiet",
            json!({"LogFormat": "JSON", "LogGroup": "all-logs", "ApplicationLogLevel": "INFO",
                "SystemLogLevel": "WARN"}),
        ),
        (
            "logs",
            json!({"LogFormat": "JSON", "LogGroup": "/aws/lambda/logs", "ApplicationLogLevel": "INFO"}),
        ),
        (
            "plain",
            json!({"LogFormat": "Text", "LogGroup": "/aws/lambda/plain"}),
        ),
    ] {
        let path = format!("/2015-03-31/functions/{name}/configuration");
        assert_eq!(client.get(&path).await.json()["LoggingConfig"], logging);
    }
    running.shutdown().await;
}

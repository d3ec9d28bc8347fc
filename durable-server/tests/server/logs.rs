//! What functions write, and where it goes.

use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, execution};
use crate::fixture::{durable, long, plain, serve};

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
        let [start, report] = from(invocation, "server")[..] else {
            panic!("{invocation}");
        };
        let start: Value = serde_json::from_str(start).unwrap();
        assert_eq!(start["type"], "platform.start");
        let record =
            json!({"requestId": request_id, "version": "$LATEST", "durableExecutionArn": arn});
        assert_eq!(start["record"], record);
        let report: Value = serde_json::from_str(report).unwrap();
        assert_eq!(report["type"], "platform.report");
        let record = &report["record"];
        assert_eq!(
            (&record["requestId"], &record["status"]),
            (&json!(request_id), &json!("success"))
        );
        assert_eq!(record["metrics"]["memorySizeMB"], 128);
        assert!(record["metrics"]["durationMs"].is_number());
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

#[tokio::test]
async fn a_failure_is_an_event_in_json_and_a_line_in_text() {
    let mut text = durable("exits");
    text["LoggingConfig"] = json!({"LogFormat": "Text"});
    let functions = json!({"json": durable("exits"), "text": text});
    let (running, client) = serve(&functions).await;

    let arn = client.start("json:$LATEST", "{}").await;
    let said = invocations(client, &arn).await;
    let failed: Value = serde_json::from_str(from(&said[0], "server")[1]).unwrap();
    assert_eq!(failed["type"], "platform.runtimeDone");
    assert_eq!(failed["record"]["status"], "failure");
    assert_eq!(failed["record"]["errorType"], "Runtime.ExitError");

    let arn = client.start("text:$LATEST", "{}").await;
    let said = invocations(client, &arn).await;
    let request_id = said[0]["RequestId"].as_str().unwrap();
    let [start, failed, end, report] = from(&said[0], "server")[..] else {
        panic!("{}", said[0]);
    };
    assert_eq!(
        start,
        format!("START RequestId: {request_id} Version: $LATEST DurableExecutionArn: {arn}")
    );
    assert!(
        failed.starts_with(&format!("FAILED RequestId: {request_id} Runtime exited")),
        "{failed}"
    );
    assert_eq!(end, format!("END RequestId: {request_id}"));
    assert!(
        report.starts_with(&format!("REPORT RequestId: {request_id}\tDuration: ")),
        "{report}"
    );
    assert!(
        report.ends_with("\tStatus: failure\tError Type: Runtime.ExitError"),
        "{report}"
    );
    running.shutdown().await;
}

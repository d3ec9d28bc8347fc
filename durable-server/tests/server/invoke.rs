//! `Invoke`, and the calls about functions that tools make before it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::json;

use crate::client::Client;
use crate::fixture::{durable, plain, serve, serve_with, settings};

#[tokio::test]
async fn a_plain_function_is_run_once_and_its_body_returned() {
    let mut function = plain("plain");
    function["Environment"] = json!({"Variables": {"GREETING": "hello"}});
    let mut elsewhere = plain("plain");
    let endpoint = "http://127.0.0.1:9015";
    elsewhere["Environment"] = json!({"Variables": {"AWS_ENDPOINT_URL_LAMBDA": endpoint}});
    function["Versions"] = json!(7);
    let functions = json!({"plain": function, "elsewhere": elsewhere});
    let (running, client) = serve(&functions).await;

    let first = client.invoke("plain", r#"{"a": 1}"#).await;
    let second = client.invoke("plain:7", "").await;

    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("x-amz-executed-version"), "$LATEST");
    assert_eq!(first.header("x-amz-durable-execution-arn"), "");
    let first = first.json();
    assert_eq!(first["event"], json!({"a": 1}));
    assert_eq!(first["region"], "us-west-2");
    assert_eq!(first["greeting"], "hello");
    assert_eq!(first["endpoint"], format!("http://{}", running.addr()));
    assert_eq!(
        first["arn"],
        "arn:aws:lambda:us-west-2:123456789012:function:plain"
    );
    assert_eq!(second.header("x-amz-executed-version"), "7");
    assert_eq!(second.json()["event"], json!({}));
    let elsewhere = client.invoke("elsewhere", "").await.json();
    assert_eq!(elsewhere["endpoint"], endpoint);
    running.shutdown().await;
}

#[tokio::test]
async fn an_idle_process_takes_the_next_invocation() {
    let (running, client) = serve(&json!({"plain": plain("plain")})).await;

    let first = client.invoke("plain", "").await.json();
    let second = client.invoke("plain", "").await.json();

    assert_eq!(first["process"], second["process"]);
    running.shutdown().await;
}

#[tokio::test]
async fn a_process_that_ended_while_idle_is_replaced() {
    let (running, client) = serve(&json!({"plain": plain("plain")})).await;
    let first = client.invoke("plain", "").await.json();
    let process = i32::try_from(first["process"].as_i64().unwrap()).unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();

    let second = client.invoke("plain", "").await.json();

    assert_ne!(first["process"], second["process"]);
    running.shutdown().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_is_not_needed_ends() {
    let mut settings = settings(&json!({"plain": plain("plain")}));
    settings.idle_timeout = std::time::Duration::from_millis(20);
    let (running, client) = serve_with(settings).await;
    let process = client.invoke("plain", "").await.json()["process"].clone();

    let folder = format!("/proc/{process}");
    crate::client::eventually(|| async {
        let has_ended = !std::path::Path::new(&folder).exists();
        has_ended.then_some(())
    })
    .await;

    // The next invocation has a process all the same.
    assert_eq!(client.invoke("plain", "").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn invocations_at_the_same_time_have_processes_of_their_own() {
    let (running, client) =
        serve(&json!({"caller": durable("caller"), "plain": plain("plain")})).await;

    let calls = (0..4).map(|_| tokio::spawn(client.invoke("caller:$LATEST", "{}")));
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().header("x-amz-function-error"), "");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn the_log_tail_is_returned_on_request() {
    let (running, client) = serve(&json!({"plain": plain("plain")})).await;

    let tail = [("x-amz-log-type", "Tail")];
    let reply = client.invoke_with("plain", &tail, "").await;

    let log = STANDARD.decode(reply.header("x-amz-log-result")).unwrap();
    let log = String::from_utf8(log).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let [start, line, end, report] = lines.as_slice() else {
        panic!("{log}");
    };
    let request_id = line.strip_prefix("answering ").unwrap();
    assert_eq!(
        *start,
        format!("START RequestId: {request_id} Version: $LATEST")
    );
    assert_eq!(*end, format!("END RequestId: {request_id}"));
    assert!(report.starts_with(&format!("REPORT RequestId: {request_id}\t")));
    running.shutdown().await;
}

#[tokio::test]
async fn an_execution_of_the_same_name_and_payload_is_the_same() {
    let (running, client) = serve(&json!({"fails": durable("fails")})).await;
    let named = [("x-amz-durable-execution-name", "one")];
    let invoke = |body: &'static str| client.invoke_with("fails:$LATEST", &named, body);

    let first = invoke("{}").await;
    let second = invoke("{}").await;
    let other = invoke("[]").await;

    assert_eq!(first.arn(), second.arn());
    assert_eq!(first.body, second.body);
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(
        other.json()["Message"],
        format!("Execution already started: {}", first.arn())
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_dry_run_starts_nothing() {
    let (running, client) =
        serve(&json!({"fails": durable("fails"), "plain": plain("plain")})).await;
    let dry = [("x-amz-invocation-type", "DryRun")];

    for function in ["fails:$LATEST", "plain"] {
        let reply = client.invoke_with(function, &dry, "{}").await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        assert!(reply.body.is_empty());
    }
    let path = "/2025-12-01/functions/fails/durable-executions";
    assert_eq!(
        client.get(path).await.json()["DurableExecutions"],
        json!([])
    );
    running.shutdown().await;
}

#[tokio::test]
async fn functions_are_described() {
    let functions = json!({"fails": durable("fails"), "plain": plain("plain")});
    let (running, client) = serve(&functions).await;

    let list = client.get("/2015-03-31/functions/").await.json();
    let names = list["Functions"].as_array().unwrap().iter();
    let names: Vec<_> = names
        .map(|it| it["FunctionName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["fails", "plain"]);

    let function = client
        .get("/2015-03-31/functions/fails?Qualifier=1")
        .await
        .json();
    let configuration = client
        .get("/2015-03-31/functions/fails:1/configuration")
        .await
        .json();
    assert_eq!(function["Configuration"], configuration);
    assert_eq!(
        configuration["FunctionArn"],
        "arn:aws:lambda:us-west-2:123456789012:function:fails:1"
    );
    assert_eq!(
        configuration["DurableConfig"],
        json!({"ExecutionTimeout": 900})
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_end_its_execution() {
    let mut settings = settings(&json!({"approval": durable("approval")}));
    settings.time = durable_server::TimeMode::Real;
    let (running, client) = serve_with(settings).await;
    let caller = tokio::spawn(client.invoke("approval:$LATEST", "{}"));
    let arn = running_execution(client).await;
    client.event(&arn, "InvocationCompleted").await;

    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());

    assert_eq!(client.execution(&arn).await["Status"], "RUNNING");
    running.shutdown().await;
}

async fn running_execution(client: Client) -> String {
    crate::client::eventually(|| async {
        let path = "/2025-12-01/functions/approval/durable-executions";
        let list = client.get(path).await.json();
        let arn = list["DurableExecutions"][0]["DurableExecutionArn"].as_str()?;
        Some(arn.to_owned())
    })
    .await
}

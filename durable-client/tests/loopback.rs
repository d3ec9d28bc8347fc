//! Calls of a service on this machine, over a real connection.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread::{self, JoinHandle};

use durable_client::{
    Connection, DurableClient, FailureKind, ListExecutions, Payloads, events, is_loopback,
};
use serde_json::{Value, json};

/// A service that sends these answers in turn. Its thread returns the requests: first lines and headers.
fn service(answers: Vec<(u16, Value)>) -> (Connection, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let answered = answers.into_iter().map(|(status, body)| {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = lines
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty());
            let head: Vec<String> = head.collect();
            let body = body.to_string();
            write!(
                stream,
                "HTTP/1.1 {status} Answer\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            head.join("\n")
        });
        answered.collect()
    });
    assert!(is_loopback(&url));
    (Connection::to_endpoint(url), serving)
}

fn event(id: u32) -> Value {
    json!({"EventId": id, "EventTimestamp": id, "EventType": "InvocationCompleted",
           "InvocationCompletedDetails": {"StartTimestamp": 0, "EndTimestamp": 1, "RequestId": "r"}})
}

#[tokio::test]
async fn a_history_is_read_page_by_page_and_keeps_unknown_members() {
    let mut newer = event(2);
    newer["Newer"] = json!(true);
    let (connection, serving) = service(vec![
        (200, json!({"Events": [event(1)], "NextMarker": "next"})),
        (200, json!({"Events": [newer.clone()]})),
    ]);

    let client = DurableClient::new(connection);
    let history = client.history("arn", Payloads::LeftOut).await.unwrap();

    assert_eq!(history, [event(1), newer]);
    assert_eq!(events(&history).unwrap().len(), 2);
    let requests = serving.join().unwrap();
    assert!(!requests[0].contains("Marker="), "{}", requests[0]);
    assert!(requests[1].contains("Marker=next"), "{}", requests[1]);
}

#[tokio::test]
async fn a_list_ends_at_its_limit() {
    let execution = json!({"DurableExecutionArn": "a", "DurableExecutionName": "n",
        "FunctionArn": "f", "Status": "RUNNING", "StartTimestamp": 1.25});
    let (connection, serving) = service(vec![(
        200,
        json!({"DurableExecutions": [execution], "NextMarker": "next"}),
    )]);

    let request = ListExecutions {
        function: "f",
        qualifier: None,
        execution_name: None,
        status: None,
        oldest_first: false,
        limit: 1,
    };
    let listed = DurableClient::new(connection)
        .executions(request)
        .await
        .unwrap();

    assert_eq!(listed.json, json!({"DurableExecutions": [execution]}));
    assert_eq!(listed.value[0].started_at.as_millis(), 1_250);
    assert!(serving.join().unwrap()[0].contains("MaxItems=1"));
}

#[tokio::test]
async fn a_refused_call_is_not_retried_and_keeps_its_status() {
    let (connection, serving) = service(vec![(500, json!({"message": "It failed."}))]);

    let client = DurableClient::new(connection);
    let described = client.describe("arn", Payloads::Included).await;
    let failure = described.unwrap_err();

    assert_eq!(
        (failure.kind, failure.status),
        (FailureKind::Server, Some(500))
    );
    assert!(failure.may_pass());
    let requests = serving.join().unwrap();
    assert!(requests[0].contains("AWS4-HMAC-SHA256"), "{}", requests[0]);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let heartbeat = DurableClient::new(Connection::to_endpoint(url))
        .heartbeat("id")
        .await;

    let failure = heartbeat.unwrap_err();
    assert_eq!(
        (failure.kind, failure.status),
        (FailureKind::Unreachable, None)
    );
    assert!(failure.root_cause().contains("refused"), "{failure}");
}

/// Marks the process that runs with a proxy.
const PROXIED: &str = "DURABLE_TEST_PROXIED";

#[tokio::test]
async fn a_proxy_is_not_asked() {
    if std::env::var_os(PROXIED).is_none() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "a_proxy_is_not_asked"])
            .env(PROXIED, "1")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            // Nothing listens there.
            command.env(name, "http://127.0.0.1:1");
        }
        assert!(command.status().unwrap().success());
        return;
    }
    let (connection, serving) = service(vec![(200, json!({"Events": [event(1)]}))]);

    let client = DurableClient::new(connection);
    let history = client.history("arn", Payloads::LeftOut);

    assert_eq!(history.await.unwrap(), [event(1)]);
    assert_eq!(serving.join().unwrap().len(), 1);
}

#[tokio::test]
async fn logs_are_asked_for_beside_the_history() {
    let logs = json!({"Invocations": [{"RequestId": "r", "Lines": []}]});
    let (connection, serving) = service(vec![(200, logs.clone())]);

    let client = DurableClient::new(connection);
    assert_eq!(
        client.logs("arn:f/durable-execution/a/b").await.unwrap(),
        logs
    );

    let requests = serving.join().unwrap();
    let line = requests[0].lines().next().unwrap();
    assert_eq!(
        line,
        "GET /2025-12-01/durable-executions/arn%3Af%2Fdurable-execution%2Fa%2Fb/logs HTTP/1.1"
    );
}

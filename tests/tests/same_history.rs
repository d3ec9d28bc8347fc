//! The same workflows in process and as deployed functions behind the local server: their histories
//! agree event by event, but for times and ids.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

#[path = "support/catalogue.rs"]
mod catalogue;

use std::collections::HashMap;
use std::time::Duration;

use durable_runtime::mode::{CloudSettings, Endpoint, Functions};
use durable_server::config::{DurableConfig, FunctionConfig};
use durable_server::{Running, Server, ServerSettings, TimeMode};
use durable_test::{DurableRunner, ExecutionResult, Transport};
use serde_json::{Value, json};

/// Workflows that need nobody outside, for there an answer waits in real time.
const COMPARED: [&str; 24] = [
    "order",
    "high-value",
    "child-context",
    "multiple-contexts",
    "parallel-ops",
    "collection",
    "invalid-input",
    "retry",
    "partial-failure",
    "long-wait",
    "callback-timeout",
    "polling",
    "max-attempts",
    "year-of-reminders",
    "payment-given-up",
    "map",
    "map-tolerates",
    "parallel-fails",
    "race-of-waits",
    "wait-for-condition",
    "approval-without-heartbeat",
    "shop",
    "shop-without-funds",
    "call-of-nobody",
];

/// A server with the functions of these handlers, in skipped time.
async fn serve(handlers: impl Iterator<Item = &'static str>) -> Running {
    let function = |name: &str| FunctionConfig {
        name: name.to_owned(),
        command: vec![env!("CARGO_BIN_EXE_bootstrap").to_owned()],
        working_directory: None,
        timeout: Duration::from_mins(15),
        memory: 128,
        environment: Default::default(),
        handler: Some(name.to_owned()),
        alias: None,
        durable: Some(DurableConfig::default()),
        concurrency: 4,
    };
    let settings = ServerSettings {
        address: ([127, 0, 0, 1], 0).into(),
        functions: handlers.map(function).collect(),
        time: TimeMode::Skip {
            grace: Duration::from_millis(200),
        },
        quiet: true,
        ..ServerSettings::default()
    };
    Server::start(settings).await.unwrap()
}

/// What a history tells but for times and ids: an operation is numbered by its first event.
fn told(result: &ExecutionResult) -> Vec<Value> {
    const MADE_UP: [&str; 8] = [
        "EventTimestamp",
        "StartTimestamp",
        "EndTimestamp",
        "ScheduledEndTimestamp",
        "RequestId",
        "CallbackId",
        "DurableExecutionArn",
        "Name",
    ];
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut number = |id: &mut Value| {
        if let Some(text) = id.as_str() {
            let next = numbers.len();
            *id = json!(numbers.entry(text.to_owned()).or_insert(next));
        }
    };
    let mut events = result.history_json();
    let events = events.as_array_mut().unwrap();
    for event in events.iter_mut() {
        let event_type = event["EventType"].as_str().unwrap().to_owned();
        for member in ["Id", "ParentId"] {
            if let Some(id) = event.get_mut(member) {
                number(id);
            }
        }
        let is_execution = event_type.starts_with("Execution");
        let details = format!("{event_type}Details");
        for member in MADE_UP {
            // The name of an operation is told, that of an execution is made up.
            if member != "Name" || is_execution {
                event.as_object_mut().unwrap().remove(member);
            }
            if let Some(details) = event.get_mut(&details).and_then(Value::as_object_mut) {
                details.remove(member);
            }
        }
    }
    std::mem::take(events)
}

fn compare(local: &ExecutionResult, cloud: &ExecutionResult, what: &str) {
    assert_eq!(cloud.status(), local.status(), "{what}");
    assert_eq!(cloud.result_json(), local.result_json(), "{what}");
    assert_eq!(cloud.duration(), local.duration(), "{what}");
    let (here, there) = (told(local), told(cloud));
    for (place, (here, there)) in here.iter().zip(&there).enumerate() {
        assert_eq!(there, here, "event {} of {what}\n{cloud}", place + 1);
    }
    assert_eq!(there.len(), here.len(), "{what}\n{cloud}");
    let labels = |result: &ExecutionResult| -> Vec<String> {
        let operations = result.operations().iter();
        operations
            .map(|one| format!("{one:?} {}", one.attempt()))
            .collect()
    };
    assert_eq!(labels(cloud), labels(local), "{what}");
    for invoke in local.invokes() {
        if let Ok(child) = local.child(invoke.label()) {
            let what = format!("{} of {what}", invoke.label());
            compare(child, cloud.child(invoke.label()).unwrap(), &what);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployed_workflows_have_the_histories_of_local_ones() {
    let cases = catalogue::all();
    let cases = COMPARED.map(|name| cases.iter().find(|case| case.name == name).unwrap());
    let called = ["payment"];
    let mut handlers: Vec<&str> = cases.iter().map(|case| case.handler).collect();
    handlers.extend(called);
    handlers.sort_unstable();
    handlers.dedup();
    let server = serve(handlers.into_iter()).await;
    let settings = CloudSettings {
        functions: Functions::Map(Default::default()),
        region: "us-west-2".to_owned(),
        endpoint: Some(Endpoint::parse(&format!("http://{}", server.addr())).unwrap()),
    };
    for case in cases {
        let local = case.run(Transport::default()).await.unwrap();
        let deployed = DurableRunner::cloud(format!("{}:$LATEST", case.handler), &settings);
        let cloud = deployed.run(&case.input).await.unwrap();
        compare(&local, &cloud, case.name);
    }
    server.shutdown().await;
}

//! The same workflows in process and as deployed functions behind the local server: their histories
//! agree event by event, but for times and ids.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

#[path = "support/catalogue.rs"]
mod catalogue;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalogue::Case;
use durable_runtime::mode::{CloudSettings, Endpoint, Functions};
use durable_server::config::{DurableConfig, FunctionConfig, LoggingConfig, Tenancy};
use durable_server::{Running, Server, ServerSettings, TimeMode};
use durable_test::settings::{Limits, Transport};
use durable_test::{DurableRunner, ExecutionResult};
use serde_json::{Value, json};

/// Sequential workflows: their events have one order. None needs an answer from outside, because in cloud
/// mode an answer waits in real time.
const IN_TURN: [&str; 14] = [
    "order",
    "high-value",
    "child-context",
    "multiple-contexts",
    "invalid-input",
    "retry",
    "long-wait",
    "polling",
    "max-attempts",
    "year-of-reminders",
    "payment-given-up",
    "wait-for-condition",
    "approval-without-heartbeat",
    "call-of-nobody",
];

/// Concurrent workflows: a checkpoint takes longer over HTTP, so each operation has the same events, but the
/// events of different operations interleave differently.
const SIDE_BY_SIDE: [&str; 7] = [
    "parallel-ops",
    "collection",
    "map",
    "map-tolerates",
    "parallel-fails",
    "race-of-waits",
    // The called execution runs beside the end of its own invocation.
    "shop",
];

/// A server with the functions of these handlers, in skipped time.
async fn serve(handlers: impl Iterator<Item = &'static str>) -> Running {
    let function = |name: &str| FunctionConfig {
        name: name.to_owned(),
        other_names: Vec::new(),
        runtime: None,
        command: vec![env!("CARGO_BIN_EXE_bootstrap").to_owned()],
        endpoint: None,
        working_directory: None,
        timeout: Duration::from_mins(15),
        memory: 128,
        environment: [].into_iter().collect(),
        handler: Some(name.to_owned()),
        aliases: [].into_iter().collect(),
        versions: 0,
        durable: Some(DurableConfig::default()),
        tenancy: Tenancy::Unchecked,
        concurrency: 4,
        logging: LoggingConfig::default(),
    };
    let mut settings = ServerSettings {
        address: ([127, 0, 0, 1], 0).into(),
        functions: handlers.map(function).collect(),
        time: TimeMode::Virtual {
            grace: Duration::from_millis(200),
        },
        quiet: true,
        ..ServerSettings::default()
    };
    // The SDK records the stack trace of an error, and that of a debug build is longer than the
    // service takes.
    settings.service.limits = Limits {
        error_bytes: usize::MAX,
        operation_payload_bytes: usize::MAX,
        ..Limits::default()
    };
    Server::start(settings).await.unwrap()
}

/// Whether the events of different operations have one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Whole,
    OfEachOperation,
}

/// The comparable content of a history, without times and ids: an operation is identified by its path.
fn comparable(result: &ExecutionResult, order: Order) -> Vec<Value> {
    const MADE_UP: [&str; 7] = [
        "EventTimestamp",
        "StartTimestamp",
        "EndTimestamp",
        "ScheduledEndTimestamp",
        "RequestId",
        "CallbackId",
        "DurableExecutionArn",
    ];
    let path = |id: &Value| match result.get_operation(id.as_str().unwrap_or_default()) {
        Ok(operation) => json!(operation.path()),
        Err(_) => json!("the execution"),
    };
    let mut events: Vec<Value> = result.history_json().as_array().unwrap().clone();
    for event in &mut events {
        for member in ["Id", "ParentId"] {
            if let Some(id) = event.get_mut(member) {
                *id = path(id);
            }
        }
        let event_type = event["EventType"].as_str().unwrap().to_owned();
        let of_execution = event_type.starts_with("Execution");
        let event = event.as_object_mut().unwrap();
        for member in MADE_UP {
            event.remove(member);
        }
        if of_execution {
            // The name of an execution is generated, that of an operation is compared.
            event.remove("Name");
        }
        let details = event.get_mut(&format!("{event_type}Details"));
        let details = details.and_then(Value::as_object_mut).unwrap();
        details.retain(|member, _| !MADE_UP.contains(&member.as_str()));
        details.values_mut().for_each(drop_stack_traces);
    }
    if order == Order::OfEachOperation {
        for event in &mut events {
            event.as_object_mut().unwrap().remove("EventId");
        }
        events.sort_by_key(|event| event["Id"].to_string());
    }
    events
}

/// Leaves stack traces out, as local mode does so that runs repeat: of errors, and of the serialized
/// errors in the results of combinators.
fn drop_stack_traces(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| name != "StackTrace");
            for (name, member) in members {
                if name == "stack_trace" || name == "stackTrace" {
                    *member = json!([]);
                }
                drop_stack_traces(member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_stack_traces),
        Value::String(text) if text.contains("stack") => {
            if let Ok(mut serialized) = serde_json::from_str(text) {
                drop_stack_traces(&mut serialized);
                *text = serialized.to_string();
            }
        }
        _ => {}
    }
}

/// The rows of the timeline, in the order of their names.
fn drawn(result: &ExecutionResult) -> Vec<(String, usize)> {
    let timeline = result.timeline();
    let rows = timeline.rows().iter();
    let mut rows: Vec<(String, usize)> = rows.map(|row| (row.label.clone(), row.depth)).collect();
    rows.sort();
    rows
}

fn compare(local: &ExecutionResult, cloud: &ExecutionResult, order: Order, what: &str) {
    assert_eq!(cloud.status(), local.status(), "{what}\n{cloud}");
    assert_eq!(cloud.result_json(), local.result_json(), "{what}");
    assert_eq!(cloud.duration(), local.duration(), "{what}");
    let (here, there) = (comparable(local, order), comparable(cloud, order));
    for (index, (here, there)) in here.iter().zip(&there).enumerate() {
        assert_eq!(there, here, "event {} of {what}\n{cloud}", index + 1);
    }
    assert_eq!(there.len(), here.len(), "{what}\n{cloud}");
    let operations = |result: &ExecutionResult| {
        let operations = result.operations().iter();
        let mut rendered: Vec<String> = operations
            .map(|one| format!("{} {one:?} attempt {}", one.path(), one.attempt()))
            .collect();
        rendered.sort();
        rendered
    };
    assert_eq!(operations(cloud), operations(local), "{what}");
    let text = |result| durable_test::__private::history_text(result, Vec::new());
    assert_eq!(text(cloud), text(local), "{what}");
    assert_eq!(cloud.timeline().length(), local.duration(), "{what}");
    assert_eq!(drawn(cloud), drawn(local), "{what}");
    for invoke in local.invokes() {
        if let Ok(child) = local.child(invoke.label()) {
            let what = format!("{} of {what}", invoke.label());
            compare(child, cloud.child(invoke.label()).unwrap(), order, &what);
        }
    }
}

#[tokio::test]
async fn deployed_workflows_have_the_histories_of_local_ones() {
    let cases = catalogue::all();
    let in_turn = IN_TURN.map(|name| (name, Order::Whole));
    let side_by_side = SIDE_BY_SIDE.map(|name| (name, Order::OfEachOperation));
    let cases: Vec<(&Case, Order)> = in_turn
        .into_iter()
        .chain(side_by_side)
        .map(|(name, order)| (cases.iter().find(|case| case.name == name).unwrap(), order))
        .collect();
    let called = ["payment"];
    let handlers = cases.iter().map(|(case, _)| case.handler).chain(called);
    let handlers: BTreeSet<&str> = handlers.collect();
    let server = serve(handlers.into_iter()).await;
    let settings = CloudSettings {
        functions: Functions::Map(BTreeMap::new()),
        region: "us-west-2".to_owned(),
        endpoint: Some(Endpoint::parse(&format!("http://{}", server.addr())).unwrap()),
    };
    for (case, order) in cases {
        let local = case.run(Transport::default()).await.unwrap();
        let deployed = DurableRunner::cloud(format!("{}:$LATEST", case.handler), &settings);
        let cloud = deployed.run(&case.input).await.unwrap();
        compare(&local, &cloud, order, case.name);
    }
    server.shutdown().await;
}

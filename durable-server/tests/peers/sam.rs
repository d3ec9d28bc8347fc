//! SAM CLI, pointed to the server by `DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT`.

use std::process::Command;

use serde_json::{Value, json};

use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[("sam_cli_uses_the_server", uses_the_server)];

/// A function as SAM CLI's container runs it: the function "function" of another server, whose checkpoints go to this
/// one.
fn container(handler: &str, emulator: &Serving) -> Serving {
    let mut function = python::function(handler);
    let emulator = format!("http://{}", emulator.address);
    function["Environment"] = json!({"Variables": {"AWS_ENDPOINT_URL_LAMBDA": emulator}});
    Serving::start(&json!({"function": function}), &["--no-page"])
}

fn uses_the_server() {
    let durable = Command::new(assert_cmd::cargo::cargo_bin!("durable"));
    let serving = Serving::run(durable, &["--sam", "--time", "skip", "--quiet"]);
    let (order, approval) = (
        container("order", &serving),
        container("approval", &serving),
    );
    let home = tempfile::tempdir().unwrap();

    let output = Command::new(python::program("python"))
        .arg(python::file("sam.py"))
        .args([order.address.port(), approval.address.port()].map(|port| port.to_string()))
        .env(
            "DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT",
            serving.address.port().to_string(),
        )
        .env("SAM_CLI_TELEMETRY", "0")
        .env("HOME", home.path())
        .output()
        .unwrap();

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    // It prints what it says to people first.
    let stdout = String::from_utf8(output.stdout).unwrap();
    let said: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let order = &said["order"];
    assert_eq!(order["Status"], "SUCCEEDED", "{said}");
    assert_eq!(order["DurableExecutionName"], "order-1");
    let result: Value = serde_json::from_str(order["Result"].as_str().unwrap()).unwrap();
    let expected = json!({"paid": {"cents": 4_990, "attempt": 1}, "label": "label for order-1"});
    assert_eq!(result, expected);
    let events = said["events"].as_array().unwrap();
    assert_eq!(events.first().unwrap(), "ExecutionStarted");
    assert_eq!(events.last().unwrap(), "ExecutionSucceeded");
    let results: Vec<&str> = said["approvals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|approval| approval["Result"].as_str().unwrap())
        .collect();
    assert!(results[0].contains("granted"), "{results:?}");
    assert!(results[1].contains("too late"), "{results:?}");
    assert_eq!(said["stopped"]["Status"], "STOPPED");
    assert!(
        stderr.contains("Durable execution started"),
        "the ARN is said at once: {stderr}"
    );
}

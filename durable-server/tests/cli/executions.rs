//! `durable executions`.

use serde_json::{Value, json};

use crate::stub::{Response, Stub};
use crate::{ARN, run};

#[test]
fn executions_are_a_table() {
    let execution = |name: &str, status: &str, ended: Option<f64>| {
        json!({
            "DurableExecutionArn": ARN.replace("order-1", name),
            "DurableExecutionName": name,
            "FunctionArn": ARN.split('/').next(),
            "Status": status,
            "StartTimestamp": 4_102_444_800.5,
            "EndTimestamp": ended,
        })
    };
    let page = json!({"DurableExecutions": [
        execution("order-12", "RUNNING", None),
        execution("order-1", "SUCCEEDED", Some(4_102_448_401.5)),
    ]});
    let service = Stub::answering([Response::json(&page)]);

    let outcome = run(&service, &["executions", "order_workflow"]);

    insta::assert_snapshot!(outcome.stdout, @r#"
    NAME      STATUS     STARTED                   TOOK   ARN
    order-12  RUNNING    2100-01-01T00:00:00.500Z         arn:aws:lambda:us-west-2:123456789012:function:order_workflow:$LATEST/durable-execution/order-12/00000000-0000-4000-8000-000000000001
    order-1   SUCCEEDED  2100-01-01T00:00:00.500Z  1h 1s  arn:aws:lambda:us-west-2:123456789012:function:order_workflow:$LATEST/durable-execution/order-1/00000000-0000-4000-8000-000000000001
    "#);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn names_cannot_act_on_the_terminal() {
    let name = "a\u{1b}[31mb\u{202e}c\nd";
    let execution = json!({"DurableExecutionArn": ARN, "DurableExecutionName": name,
        "FunctionArn": "f", "Status": "RUN\u{9b}NING", "StartTimestamp": 1});
    let service = Stub::answering([Response::json(&json!({"DurableExecutions": [execution]}))]);

    let outcome = run(&service, &["executions", "f"]);

    let row = outcome.stdout.lines().nth(1).unwrap();
    assert!(
        row.starts_with("a\\u{1b}[31mb\\u{202e}c\\nd  RUN\\u{9b}NING  "),
        "{row}"
    );
    assert_eq!(outcome.stdout.lines().count(), 2);
}

#[test]
fn executions_are_chosen_by_the_service_and_counted_here() {
    let one = |name: &str| {
        json!({"DurableExecutionArn": ARN, "DurableExecutionName": name,
        "FunctionArn": "f", "Status": "FAILED", "StartTimestamp": 1})
    };
    let service = Stub::answering([
        Response::json(&json!({"DurableExecutions": [one("a"), one("b")], "NextMarker": "m"})),
        Response::json(&json!({"DurableExecutions": [one("c"), one("d")], "NextMarker": "n"})),
    ]);

    let arguments = [
        "executions",
        "f",
        "--status",
        "failed",
        "--limit",
        "3",
        "--json",
    ];
    let outcome = run(&service, &arguments);

    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        printed,
        json!({"DurableExecutions": [one("a"), one("b"), one("c")]})
    );
    let [first, second] = &service.requests()[..] else {
        panic!("two pages were to be read");
    };
    assert!(first.line.contains("Statuses=FAILED") && first.line.contains("MaxItems=3"));
    assert!(second.line.contains("Marker=m") && second.line.contains("MaxItems=1"));
}

#[test]
fn no_executions_leave_standard_output_empty() {
    let service = Stub::answering([Response::json(&json!({"DurableExecutions": []}))]);

    let outcome = run(&service, &["executions", "f"]);

    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("", "no executions\n")
    );
    assert_eq!(outcome.code, 0);
}

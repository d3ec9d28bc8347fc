//! `durable logs`.

use serde_json::{Value, json};

use crate::stub::{Response, Stub};
use crate::{ARN, run};

/// Two invocations, the first of which wrote more than is kept.
fn logs() -> Value {
    let line = |source: &str, message: &str| json!({"Timestamp": 4_102_444_800.5, "Source": source, "Message": message});
    json!({"Invocations": [
        {"RequestId": "request-1", "FunctionName": "f", "LinesLeftOut": 3, "Lines": [
            line("server", "START RequestId: request-1"),
            line("stdout", "hello \u{1b}[31m"),
            line("runtime", "two\nlines"),
        ]},
        {"RequestId": "request-2", "FunctionName": "f", "LinesLeftOut": 0, "Lines": [line("server", "END")]},
    ]})
}

#[test]
fn lines_stand_below_their_invocation() {
    let service = Stub::answering([Response::json(&logs())]);

    let outcome = run(&service, &["logs", ARN]);

    insta::assert_snapshot!(outcome.stdout, @r"
    invocation request-1
      … 3 earlier lines are not kept
      2100-01-01T00:00:00.500Z server  START RequestId: request-1
      2100-01-01T00:00:00.500Z stdout  hello \u{1b}[31m
      2100-01-01T00:00:00.500Z runtime two
      2100-01-01T00:00:00.500Z runtime lines
    invocation request-2
      2100-01-01T00:00:00.500Z server  END
    ");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(service.requests()[0].line.ends_with("/logs"));
}

#[test]
fn lines_are_chosen_by_their_source_or_come_as_json() {
    let service = Stub::answering([
        Response::json(&logs()),
        Response::json(&logs()),
        Response::json(&json!({"Invocations": []})),
    ]);

    let chosen = run(&service, &["logs", ARN, "--source", "stdout"]).stdout;
    assert_eq!(chosen.lines().count(), 3, "{chosen}");
    assert!(!chosen.contains("START"), "{chosen}");

    let json: Value =
        serde_json::from_str(&run(&service, &["logs", ARN, "--json"]).stdout).unwrap();
    assert_eq!(json, logs());

    let none = run(&service, &["logs", ARN]);
    assert_eq!(none.stderr, "the server keeps no lines of this execution\n");
}

#[test]
fn aws_keeps_logs_elsewhere() {
    let service = Stub::answering([]);
    let outcome = run(&service, &["logs", ARN, "--aws"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("aws logs tail"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_unknown_execution_is_refused() {
    let refusal = Response::refusal(404, "ResourceNotFoundException", "no such execution");
    let service = Stub::answering([refusal]);
    let outcome = run(&service, &["logs", ARN]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .contains("ResourceNotFoundException: no such execution"),
        "{}",
        outcome.stderr
    );
}

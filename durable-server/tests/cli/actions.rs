//! `durable callback` and `durable stop`.

use serde_json::json;

use crate::stub::{Response, Stub};
use crate::{ARN, run};

#[test]
fn callback_commands_make_the_calls_of_the_api() {
    let service = Stub::answering((0..4).map(|_| Response::json(&json!({}))));

    let fail = [
        "callback",
        "fail",
        "id+/=",
        "--type",
        "Rejected",
        "--message",
        "no",
    ];
    let outcomes = [
        run(
            &service,
            &[
                "callback", "succeed", "id+/=", "--result", "granted", "--raw",
            ],
        ),
        run(&service, &["callback", "succeed", "id+/="]),
        run(&service, &fail),
        run(&service, &["callback", "heartbeat", "id+/=", "--json"]),
    ];

    let requests = service.requests();
    let path = "POST /2025-12-01/durable-execution-callbacks/id%2B%2F%3D";
    let asked: Vec<(&str, &str)> = requests
        .iter()
        .map(|request| (request.line.as_str(), request.body.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            (format!("{path}/succeed").as_str(), "granted"),
            (format!("{path}/succeed").as_str(), ""),
            (
                format!("{path}/fail").as_str(),
                r#"{"ErrorMessage":"no","ErrorType":"Rejected"}"#
            ),
            (format!("{path}/heartbeat").as_str(), ""),
        ]
    );
    let said: Vec<(i32, &str)> = outcomes
        .iter()
        .map(|it| (it.code, it.stdout.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (0, "the callback succeeded\n"),
            (0, "the callback succeeded\n"),
            (0, "the callback failed, as asked\n"),
            (0, "{}\n"),
        ]
    );
}

#[test]
fn a_result_that_is_not_json_is_not_sent_by_accident() {
    let service = Stub::answering([]);

    let outcome = run(
        &service,
        &["callback", "succeed", "id", "--result", "granted"],
    );

    assert_eq!(
        outcome.stderr,
        "error: the value of --result is not JSON: expected value at line 1 column 1. It must be JSON, @FILE \
         for a file, or - for standard input; a text needs its own quotes, as in --result '\"text\"'; --raw \
         sends it as it is\n"
    );
    assert_eq!(outcome.code, 2);
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn stop_says_that_an_execution_is_over() {
    let service = Stub::answering([
        Response::json(&json!({"StopTimestamp": 4_102_444_800.25})),
        Response::json(&json!({
            "DurableExecutionArn": ARN,
            "DurableExecutionName": "order-1",
            "FunctionArn": "f",
            "Status": "SUCCEEDED",
            "StartTimestamp": 4_102_444_800_u64,
            "EndTimestamp": 4_102_444_800.25,
        })),
    ]);

    let outcome = run(&service, &["stop", ARN]);

    assert_eq!(
        outcome.stdout,
        "nothing to stop: the execution is SUCCEEDED since 2100-01-01T00:00:00.250Z\n"
    );
    assert_eq!(outcome.code, 0);
}

#[test]
fn stop_prints_the_time() {
    let service = Stub::answering([Response::json(&json!({"StopTimestamp": 4_102_444_800.25}))]);

    let outcome = run(&service, &["stop", ARN, "--message", "enough"]);

    assert_eq!(outcome.stdout, "stopped at 2100-01-01T00:00:00.250Z\n");
    assert_eq!(outcome.code, 0);
    let request = &service.requests()[0];
    assert!(request.line.ends_with("/stop"));
    assert_eq!(request.body, r#"{"ErrorMessage":"enough"}"#);
}

#[test]
fn ui_prints_the_address_of_a_server_that_answers() {
    let service = Stub::answering([]);
    let outcome = run(&service, &["ui", "--print"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stdout.starts_with("http://127.0.0.1:"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.ends_with("/\n"), "{}", outcome.stdout);
}

#[test]
fn ui_is_for_local_servers_alone() {
    let service = Stub::answering([]);
    let outcome = run(&service, &["ui", "--print", "--aws"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("only a local server has this page"),
        "{}",
        outcome.stderr
    );
}

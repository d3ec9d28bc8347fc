//! Errors of commands: messages and exit codes.

use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::stub::{Response, Stub};
use crate::{ARN, durable, run};

/// What a command writes to its piped standard error until it closes it.
fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    let mut pipe = child.stderr.take().unwrap();
    pipe.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn wrong_usage_is_exit_code_2_without_a_request() {
    let service = Stub::answering([]);

    let no_json = run(&service, &["invoke", "f", "--payload", "hello"]);
    let no_name = run(&service, &["invoke"]);
    let no_status = run(&service, &["executions", "f", "--status", "DONE"]);

    assert_eq!([no_json.code, no_name.code, no_status.code], [2, 2, 2]);
    assert!(no_json.stderr.contains("as in --payload '\"text\"'"));
    assert!(service.requests().is_empty());
}

#[test]
fn a_missing_file_is_named() {
    let service = Stub::answering([]);

    let outcome = run(&service, &["invoke", "f", "--payload", "@no/such.json"]);

    assert_eq!(
        outcome.stderr,
        "error: cannot read no/such.json: No such file or directory (os error 2)\n"
    );
    assert_eq!(outcome.code, 1);
}

#[test]
fn a_refused_synchronous_invoke_suggests_event_and_wait() {
    let message = "You cannot synchronously invoke a durable function with an executionTimeout \
                   greater than 15 minutes.";
    let code = "InvalidParameterValueException";
    let service = Stub::answering([Response::refusal(400, code, message)]);

    let outcome = run(&service, &["invoke", "f"]);

    let help = "--event starts it, and --wait also waits for its end";
    let expected = format!("error: Invoke was refused: {code}: {message} {help}\n");
    assert_eq!(outcome.stderr, expected);
}

#[test]
fn a_refusal_shows_code_message_and_help() {
    let message = "Function not found: arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST";
    let service = Stub::answering([
        Response::refusal(404, "ResourceNotFoundException", message),
        Response::refusal(400, "ValidationException", "1 validation error detected"),
    ]);

    let missing = run(&service, &["invoke", "f"]);
    let unmodeled = run(&service, &["history", "x"]);

    assert_eq!(
        missing.stderr,
        format!(
            "error: Invoke was refused: ResourceNotFoundException: {message}. The local server has \
             the functions of its --functions or --template file\n"
        )
    );
    assert_eq!(
        unmodeled.stderr,
        "error: GetDurableExecutionHistory was refused: ValidationException: 1 validation error \
         detected\n"
    );
    assert_eq!((missing.code, unmodeled.code), (1, 1));
}

#[test]
fn what_a_server_says_cannot_act_on_the_terminal() {
    let service = Stub::answering([
        Response::refusal(400, "BadException", "no\u{1b}]0;owned\u{7}\u{2066}"),
        Response::json(&json!({"Events": [
            {
                "EventId": 1, "EventTimestamp": 1, "EventType": "ExecutionStarted", "Id": "e",
                "Name": "order-1",
                "ExecutionStartedDetails": {"ExecutionTimeout": 60, "Input": {"Payload": "1"}},
            },
            {
                "EventId": 2, "EventTimestamp": 1, "EventType": "StepStarted", "Id": "1",
                "Name": "n\u{1b}[2J\u{202e}", "StepStartedDetails": {},
            },
            {
                "EventId": 3, "EventTimestamp": 1, "EventType": "StepSucceeded", "Id": "1",
                "Name": "n\u{1b}[2J\u{202e}",
                "StepSucceededDetails": {"Result": {"Payload": "\"\u{1b}[2J\u{202e}\""}, "RetryDetails": {}},
            },
        ]})),
    ]);

    let refused = run(&service, &["history", ARN]);
    let shown = run(&service, &["history", ARN]);

    assert_eq!((refused.code, shown.code), (1, 0), "{}", shown.stderr);
    for text in [refused.stderr, shown.stdout] {
        let acts =
            |it: char| it.is_control() && it != '\n' || ('\u{202a}'..='\u{2069}').contains(&it);
        assert!(!text.contains(acts), "{text:?}");
        assert!(text.contains("\\u{1b}"), "{text:?}");
    }
}

#[test]
fn a_server_that_is_silent_is_not_waited_for_for_ever() {
    let service = Stub::answering([]);

    let outcome = run(&service, &["executions", "f", "--timeout", "1"]);

    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("no answer came in time"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn calls_of_this_machine_go_past_proxies() {
    let service = Stub::answering([Response::json(&json!({"DurableExecutions": []}))]);
    let mut command = durable(service.endpoint());
    command.args(["executions", "f"]).env_remove("NO_PROXY");
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        // Nothing listens there.
        command.env(name, "http://127.0.0.1:1");
    }

    let output = command.output().unwrap();

    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), error.as_str()),
        (Some(0), "no executions\n")
    );
}

#[test]
fn an_unreachable_endpoint_is_named_with_help() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let service = Stub::answering([]);

    let outcome = run(&service, &["executions", "f", "--endpoint", &endpoint]);

    assert_eq!(
        outcome.stderr,
        format!(
            "error: no server answers at {endpoint}: Connection refused (os error 111). Is `durable serve` \
             running? Set another address with --endpoint or AWS_ENDPOINT_URL_LAMBDA, or call AWS with \
             --aws\n"
        )
    );
    assert_eq!(outcome.code, 1);
}

#[test]
fn an_answer_that_is_not_the_apis_json_is_an_error() {
    let service = Stub::answering([Response::json(&json!({"hello": "world"}))]);

    let outcome = run(&service, &["history", ARN]);

    assert_eq!(
        outcome.stderr,
        "error: the answer to GetDurableExecutionHistory is not the API's JSON: it has \
         no list \"Events\"\n"
    );
    assert_eq!(outcome.code, 1);
}

#[test]
fn every_command_shows_examples() {
    let service = Stub::answering([]);

    for command in [
        &["invoke"][..],
        &["executions"],
        &["history"],
        &["callback"],
        &["callback", "succeed"],
        &["stop"],
        &["ui"],
    ] {
        let outcome = run(&service, &[command, &["--help"]].concat());
        assert!(
            outcome.stdout.contains("\nExamples:\n  durable "),
            "{command:?}"
        );
        assert_eq!(outcome.code, 0);
    }
}

#[test]
fn a_reader_that_closes_its_pipe_early_causes_no_error() {
    let service = Stub::answering([Response::json(&json!({"Events": crate::history::events()}))]);
    let mut child = durable(service.endpoint())
        .args(["history", ARN, "--events"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    drop(child.stdout.take());

    let stderr = stderr(&mut child);
    assert_eq!(
        (child.wait().unwrap().code(), stderr.as_str()),
        (Some(0), "")
    );
}

#[test]
fn ctrl_c_ends_a_call_that_is_not_answered() {
    let service = Stub::answering([]);
    let mut child = durable(service.endpoint())
        .args(["invoke", "f"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while service.requests().is_empty() {
        assert!(Instant::now() < deadline, "the call was never made");
        thread::yield_now();
    }

    kill_process(Pid::from_child(&child), Signal::INT).unwrap();

    let stderr = stderr(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(stderr, "error: interrupted\n");
}

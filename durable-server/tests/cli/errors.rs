//! What goes wrong, and how commands end then.

use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::stub::{Response, Stub};
use crate::{ARN, durable, run};

#[test]
fn wrong_usage_is_exit_code_2_and_asks_nobody() {
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
fn an_invoke_that_cannot_be_waited_for_is_told_how_to_go() {
    let message = "You cannot synchronously invoke a durable function with an executionTimeout \
                   greater than 15 minutes.";
    let code = "InvalidParameterValueException";
    let service = Stub::answering([Response::refusal(400, code, message)]);

    let outcome = run(&service, &["invoke", "f"]);

    let way_out = "--event starts it, and --wait waits for its end all the same";
    let expected = format!("error: Invoke was refused: {code}: {message} {way_out}\n");
    assert_eq!(outcome.stderr, expected);
}

#[test]
fn a_refusal_has_its_code_its_message_and_a_way_out() {
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
            "error: Invoke was refused: ResourceNotFoundException: {message}. The local server knows \
             the functions of its --functions or --template\n"
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
fn nobody_at_the_endpoint_is_said_with_the_way_out() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let service = Stub::answering([]);

    let outcome = run(&service, &["executions", "f", "--endpoint", &endpoint]);

    assert_eq!(
        outcome.stderr,
        format!(
            "error: nobody answers at {endpoint}: Connection refused (os error 111). Is `durable serve` \
             running? Another address is given with --endpoint or AWS_ENDPOINT_URL_LAMBDA, and --aws \
             talks to AWS\n"
        )
    );
    assert_eq!(outcome.code, 1);
}

#[test]
fn what_is_not_the_api_is_said_to_be_none() {
    let service = Stub::answering([Response::json(&json!({"hello": "world"}))]);

    let outcome = run(&service, &["history", ARN]);

    assert_eq!(
        outcome.stderr,
        "error: GetDurableExecutionHistory was answered with something else than the API's JSON: it has \
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
fn a_reader_that_has_seen_enough_is_no_error() {
    let service = Stub::answering([Response::json(&json!({"Events": crate::history::events()}))]);
    let mut child = durable(service.endpoint())
        .args(["history", ARN, "--events"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    drop(child.stdout.take());

    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
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
    let patience = Instant::now() + Duration::from_secs(30);
    while service.requests().is_empty() {
        assert!(Instant::now() < patience, "the call was never made");
        thread::yield_now();
    }

    kill_process(Pid::from_child(&child), Signal::INT).unwrap();

    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(stderr, "error: interrupted\n");
}

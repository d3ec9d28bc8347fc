//! Functions on the official Python SDK.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::boto::Boto;
use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "python_sdk_steps_retries_and_waits",
        steps_retries_and_waits,
    ),
    ("python_sdk_runs_out_of_attempts", runs_out_of_attempts),
    ("python_sdk_waits_in_real_time", waits_in_real_time),
    (
        "python_sdk_invokes_durable_functions",
        invokes_durable_functions,
    ),
    ("python_sdk_sees_how_invokes_fail", sees_how_invokes_fail),
    ("python_sdk_maps_over_items", maps_over_items),
    (
        "python_sdk_runs_branches_side_by_side",
        runs_branches_side_by_side,
    ),
    ("python_sdk_polls_for_a_condition", polls_for_a_condition),
    ("python_sdk_waits_for_callbacks", waits_for_callbacks),
    (
        "python_sdk_sees_how_callbacks_time_out",
        sees_how_callbacks_time_out,
    ),
    (
        "python_sdk_runs_a_step_again_whose_process_died",
        runs_a_step_again_whose_process_died,
    ),
    (
        "python_sdk_fails_an_attempt_whose_process_died",
        fails_an_attempt_whose_process_died,
    ),
    (
        "python_sdk_fails_with_its_own_error",
        fails_with_its_own_error,
    ),
    (
        "python_sdk_logs_json_with_its_fields",
        logs_json_with_its_fields,
    ),
];

/// The history, a line for each event: its type, its operation's name, the attempt, the error's type.
fn story(events: &[Value]) -> Vec<String> {
    let lines = events.iter().map(|event| {
        let event_type = event["EventType"].as_str().unwrap();
        let details = &event[format!("{event_type}Details")];
        let of_operation = !event_type.starts_with("Execution");
        let attempt = details["RetryDetails"]["CurrentAttempt"].as_u64();
        let parts = [
            Some(event_type.to_owned()),
            event["Name"]
                .as_str()
                .filter(|_| of_operation)
                .map(str::to_owned),
            attempt.map(|attempt| attempt.to_string()),
            details["Error"]["Payload"]["ErrorType"]
                .as_str()
                .map(str::to_owned),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    lines.collect()
}

/// An execution that has ended.
struct Ended {
    execution: Value,
    events: Vec<Value>,
}

impl Ended {
    /// What the function returned.
    fn result(&self) -> Value {
        let result = self.execution["Result"].as_str();
        serde_json::from_str(result.unwrap_or_else(|| panic!("{}", self.execution))).unwrap()
    }

    fn story(&self) -> Vec<String> {
        story(&self.events)
    }

    /// The story up to the end of the first invocation, sorted, and the rest of it: concurrent operations
    /// have no fixed order.
    fn first_invocation_sorted(&self) -> (Vec<String>, Vec<String>) {
        let mut first = self.story();
        let end = first.iter().position(|line| line == "InvocationCompleted");
        let rest = first.split_off(end.expect("an invocation is over"));
        first.sort();
        (first, rest)
    }
}

/// Runs an execution of the first of these functions on a server of virtual time.
fn run(functions: &[&str], payload: &Value) -> Ended {
    let month = 30 * 86_400;
    let mut settings = json!({"price": python::function("price")});
    for name in functions {
        settings[name] = python::durable(name, month);
    }
    let serving = Serving::start(&settings, &["--time", "virtual"]);
    let mut boto = Boto::of(&serving);
    let arn = boto.start(functions[0], payload);
    ended(&mut boto, &arn)
}

fn ended(boto: &mut Boto, arn: &str) -> Ended {
    Ended {
        execution: boto.end_of(arn),
        events: boto.events(arn),
    }
}

fn steps_retries_and_waits() {
    let ended = run(
        &["order"],
        &json!({"order_id": "o", "cents": 4990, "failures": 2}),
    );

    let paid = json!({"cents": 4990, "attempt": 3});
    assert_eq!(
        ended.result(),
        json!({"paid": paid, "label": "label for o"})
    );
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "StepStarted price",
            "StepSucceeded price 1",
            "StepStarted charge",
            "StepFailed charge 1 ConnectionError",
            "InvocationCompleted",
            "StepStarted charge",
            "StepFailed charge 2 ConnectionError",
            "InvocationCompleted",
            "StepStarted charge",
            "StepSucceeded charge 3",
            "WaitStarted cool-off",
            "InvocationCompleted",
            "WaitSucceeded cool-off",
            "ContextStarted ship",
            "StepStarted label",
            "StepSucceeded label 1",
            "WaitStarted pick-up",
            "InvocationCompleted",
            "WaitSucceeded pick-up",
            "ContextSucceeded ship",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    // Retries after 10 s and 20 s, a day, and an hour.
    let seconds = |member: &str| ended.execution[member].as_f64().unwrap();
    let took = seconds("EndTimestamp") - seconds("StartTimestamp");
    assert!((took - 90_030.0).abs() < 1.0, "{took}");
}

fn runs_out_of_attempts() {
    let ended = run(
        &["order"],
        &json!({"order_id": "o", "cents": 4990, "failures": 3}),
    );

    assert_eq!(ended.execution["Status"], "FAILED");
    assert_eq!(
        ended.execution["Error"],
        json!({
            "ErrorType": "aws_durable_execution_sdk_python.exceptions.StepError",
            "ErrorMessage": "the payment service is busy",
        })
    );
    let story = ended.story();
    assert!(story.contains(&"StepFailed charge 3 ConnectionError".to_owned()));
    assert_eq!(
        story.last().unwrap(),
        "ExecutionFailed aws_durable_execution_sdk_python.exceptions.StepError"
    );
}

fn waits_in_real_time() {
    let serving = python::serve(&["nap"], "real");
    let mut boto = Boto::of(&serving);
    let arn = boto.start("nap", &json!({"seconds": 1}));

    let ended = ended(&mut boto, &arn);

    assert_eq!(ended.result(), "rested");
    let seconds = |member: &str| ended.execution[member].as_f64().unwrap();
    assert!(seconds("EndTimestamp") - seconds("StartTimestamp") >= 1.0);
}

fn invokes_durable_functions() {
    let payload = json!({"target": "batch:$LATEST", "payload": {"items": [4]}});

    let ended = run(&["caller", "batch"], &payload);

    assert_eq!(ended.result(), json!({"result": [8]}));
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "ChainedInvokeStarted call",
            "InvocationCompleted",
            "ChainedInvokeSucceeded call",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    let child = ended.events[1]["ChainedInvokeStartedDetails"]["DurableExecutionArn"].as_str();
    assert!(
        child
            .unwrap()
            .contains(":function:batch:$LATEST/durable-execution/")
    );
}

fn sees_how_invokes_fail() {
    let refused = run(
        &["caller"],
        &json!({"target": "price", "payload": {"cents": -1}}),
    );
    let missing = run(&["caller"], &json!({"target": "missing", "payload": 1}));

    assert_eq!(
        refused.result(),
        json!({"failed": "a price is not negative"})
    );
    assert_eq!(refused.story()[3], "ChainedInvokeFailed call ValueError");
    let not_found =
        "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing:$LATEST";
    assert_eq!(missing.result(), json!({"failed": not_found}));
    assert_eq!(
        missing.story()[2],
        "ChainedInvokeFailed call ResourceNotFoundException"
    );
}

fn maps_over_items() {
    let ended = run(&["batch"], &json!({"items": [1, 2]}));

    assert_eq!(ended.result(), json!([2, 4]));
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "ContextStarted batch",
            "ContextStarted map-item-0",
            "StepStarted double",
            "StepSucceeded double 1",
            "ContextSucceeded map-item-0",
            "ContextStarted map-item-1",
            "StepStarted double",
            "StepSucceeded double 1",
            "ContextSucceeded map-item-1",
            "ContextSucceeded batch",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn runs_branches_side_by_side() {
    let ended = run(&["branches"], &json!({}));

    assert_eq!(ended.result(), json!([2, 4]));
    let (first, rest) = ended.first_invocation_sorted();
    assert_eq!(
        first,
        [
            "ContextStarted branches",
            "ContextStarted quick",
            "ContextStarted slow",
            "ContextSucceeded quick",
            "ExecutionStarted",
            "StepStarted quick-step",
            "StepSucceeded quick-step 1",
            "WaitStarted pause",
        ]
    );
    assert_eq!(
        rest,
        [
            "InvocationCompleted",
            "WaitSucceeded pause",
            "StepStarted slow-step",
            "StepSucceeded slow-step 1",
            "ContextSucceeded slow",
            "ContextSucceeded branches",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn polls_for_a_condition() {
    let ended = run(&["polling"], &json!({}));

    assert_eq!(ended.result(), 3);
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "StepStarted poll",
            "StepSucceeded poll 1",
            "InvocationCompleted",
            "StepStarted poll",
            "StepSucceeded poll 2",
            "InvocationCompleted",
            "StepStarted poll",
            "StepSucceeded poll 3",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn waits_for_callbacks() {
    let serving = python::serve(&["review"], "real");
    let mut boto = Boto::of(&serving);
    let arn = boto.start("review", &json!({}));
    let id = boto.callback_of(&arn);

    boto.call(
        "send_durable_execution_callback_success",
        &json!({"CallbackId": id, "Result": "fine"}),
    );

    let ended = ended(&mut boto, &arn);
    assert_eq!(ended.result(), "fine");
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "ContextStarted review",
            "CallbackStarted review create callback id",
            "StepStarted review submitter",
            "StepSucceeded review submitter 1",
            "InvocationCompleted",
            "CallbackSucceeded review create callback id",
            "ContextSucceeded review",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn sees_how_callbacks_time_out() {
    let serving = python::serve(&["approval"], "virtual");
    let mut boto = Boto::of(&serving);

    let invoked = boto.call("invoke", &json!({"FunctionName": "approval:$LATEST"}));

    let error: Value = serde_json::from_str(invoked["Payload"].as_str().unwrap()).unwrap();
    assert_eq!(
        error["errorType"],
        "aws_durable_execution_sdk_python.exceptions.CallbackTimeoutError"
    );
    let events = boto.events(invoked["DurableExecutionArn"].as_str().unwrap());
    assert_eq!(
        story(&events)[3],
        "CallbackTimedOut approval Callback.Heartbeat"
    );
}

/// Runs a function whose process dies in the first attempt of its step.
fn crash(semantics: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("died");
    let ended = run(
        &["crash"],
        &json!({"semantics": semantics, "marker": marker}),
    );
    assert!(marker.exists());
    ended
}

fn runs_a_step_again_whose_process_died() {
    let ended = crash("AT_LEAST_ONCE_PER_RETRY");

    assert_eq!(ended.result(), "alive");
    // The SDK may or may not have recorded the start of the step before the process died.
    let mut story = ended.story();
    story.retain(|line| line != "StepStarted fragile");
    assert_eq!(
        story,
        [
            "ExecutionStarted",
            "InvocationCompleted Runtime.ExitError",
            "StepSucceeded fragile 1",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn fails_an_attempt_whose_process_died() {
    let ended = crash("AT_MOST_ONCE_PER_RETRY");

    assert_eq!(ended.result(), "alive");
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "StepStarted fragile",
            "InvocationCompleted Runtime.ExitError",
            "StepFailed fragile 1 aws_durable_execution_sdk_python.exceptions.StepInterruptedError",
            "InvocationCompleted",
            "StepStarted fragile",
            "StepSucceeded fragile 2",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn fails_with_its_own_error() {
    let ended = run(&["failing"], &json!({}));

    assert_eq!(ended.execution["Status"], "FAILED");
    let error = json!({"ErrorType": "ValueError", "ErrorMessage": "no such order"});
    assert_eq!(ended.execution["Error"], error);
    assert_eq!(
        ended.story(),
        [
            "ExecutionStarted",
            "InvocationCompleted ValueError",
            "ExecutionFailed ValueError",
        ]
    );
}

fn logs_json_with_its_fields() {
    let serving = python::serve(&["logging"], "real");
    let mut boto = Boto::of(&serving);
    let arn = boto.start("logging", &json!({}));
    boto.end_of(&arn);

    let mut stream = TcpStream::connect(serving.address).unwrap();
    write!(
        stream,
        "GET /2025-12-01/durable-executions/{arn}/logs HTTP/1.0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let logs: Value = serde_json::from_str(body).unwrap();

    let lines = logs["Invocations"][0]["Lines"].as_array().unwrap();
    let records: Vec<Value> = lines
        .iter()
        .filter(|line| line["Source"] == "runtime")
        .map(|line| serde_json::from_str(line["Message"].as_str().unwrap()).unwrap())
        .collect();
    let record = |message: &str| {
        let mut records = records.iter();
        let found = records.find(|record| record["message"] == message);
        found.unwrap_or_else(|| panic!("no {message:?} in {records:?}"))
    };
    for (message, level, operation) in [
        ("before\nthe step", "INFO", Value::Null),
        ("in the step", "WARNING", json!("look")),
    ] {
        let record = record(message);
        assert_eq!(record["level"], level);
        assert_eq!(record["executionArn"], arn.as_str());
        assert_eq!(record["operationName"], operation);
        assert_eq!(record["requestId"], logs["Invocations"][0]["RequestId"]);
    }
    assert!(records.iter().all(|record| record["level"] != "DEBUG"));
}

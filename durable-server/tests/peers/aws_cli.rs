//! The AWS CLI.

use std::process::Command;

use serde_json::{Value, json};

use crate::boto::Boto;
use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("aws_cli_invokes_lists_and_reads", invokes_lists_and_reads),
    (
        "aws_cli_answers_callbacks_and_stops",
        answers_callbacks_and_stops,
    ),
    ("aws_cli_names_each_refusal", names_each_refusal),
];

/// Outcome of a command of the AWS CLI.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn aws(serving: &Serving, arguments: &[&str]) -> Outcome {
    let output = Command::new(python::program("aws"))
        .args([
            "lambda",
            "--endpoint-url",
            &format!("http://{}", serving.address),
            "--output",
            "json",
        ])
        .args(arguments)
        .env("AWS_REGION", "us-west-2")
        .env("AWS_DEFAULT_REGION", "us-west-2")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()
        .expect("the peers are installed");
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Output of a command that must succeed.
fn answer(serving: &Serving, arguments: &[&str]) -> Value {
    let outcome = aws(serving, arguments);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, ""),
        "{arguments:?}"
    );
    match outcome.stdout.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap(),
    }
}

fn invokes_lists_and_reads() {
    let serving = python::serve(&["caller"], "skip");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("result.json");

    let invoked = answer(
        &serving,
        &[
            "invoke",
            "--function-name",
            "caller:$LATEST",
            "--durable-execution-name",
            "first",
            "--payload",
            r#"{"target": "price", "payload": {"cents": 100}}"#,
            file.to_str().unwrap(),
        ],
    );
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        r#"{"result": 119}"#
    );
    assert_eq!(invoked["ExecutedVersion"], "$LATEST");

    let list = [
        "list-durable-executions-by-function",
        "--function-name",
        "caller",
    ];
    let listed = answer(&serving, &list);
    let arn = invoked["DurableExecutionArn"].as_str().unwrap();
    assert_eq!(listed["DurableExecutions"][0]["DurableExecutionArn"], arn);

    let get = ["get-durable-execution", "--durable-execution-arn", arn];
    assert_eq!(answer(&serving, &get)["Result"], r#"{"result": 119}"#);

    let history = [
        "get-durable-execution-history",
        "--durable-execution-arn",
        arn,
        "--include-execution-data",
    ];
    let events = answer(&serving, &history);
    let types: Vec<&str> = events["Events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["EventType"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "ChainedInvokeStarted",
            "InvocationCompleted",
            "ChainedInvokeSucceeded",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
}

fn answers_callbacks_and_stops() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);
    let granted = boto.start("approval", &json!({}));
    let refused = boto.start("approval", &json!({}));
    let stopped = boto.start("approval", &json!({}));

    let id = boto.callback_of(&granted);
    let send = |action: &str, id: &str, more: &[&str]| {
        let command = format!("send-durable-execution-callback-{action}");
        answer(&serving, &[&[&command, "--callback-id", id], more].concat())
    };
    send("heartbeat", &id, &[]);
    send("success", &id, &["--result", "granted"]);
    let id = boto.callback_of(&refused);
    send(
        "failure",
        &id,
        &["--error", "ErrorType=Rejected,ErrorMessage=no"],
    );
    let stop = [
        "stop-durable-execution",
        "--durable-execution-arn",
        &stopped,
    ];
    let stop = answer(
        &serving,
        &[&stop[..], &["--error", "ErrorMessage=enough"]].concat(),
    );

    assert_eq!(boto.end_of(&granted)["Result"], r#"{"answer": "granted"}"#);
    assert_eq!(boto.end_of(&refused)["Result"], r#"{"refused": "no"}"#);
    assert_eq!(
        boto.end_of(&stopped)["Error"],
        json!({"ErrorMessage": "enough"})
    );
    assert_eq!(stop["StopTimestamp"], boto.end_of(&stopped)["EndTimestamp"]);
}

fn names_each_refusal() {
    let serving = python::serve(&["approval"], "real");

    for (arguments, expected) in [
        (
            &["invoke", "--function-name", "missing", "/dev/null"][..],
            "(ResourceNotFoundException) when calling the Invoke operation: Function not found: ",
        ),
        (
            &["invoke", "--function-name", "approval", "/dev/null"],
            "(InvalidParameterValueException) when calling the Invoke operation: You cannot invoke a \
             durable function using an unqualified ARN.",
        ),
        (
            &[
                "send-durable-execution-callback-heartbeat",
                "--callback-id",
                "bm9uZQ==",
            ],
            "(InvalidParameterValueException) when calling the SendDurableExecutionCallbackHeartbeat \
             operation: Invalid callback id",
        ),
        (
            &[
                "get-durable-execution",
                "--durable-execution-arn",
                "approval",
            ],
            "(ValidationException) when calling the GetDurableExecution operation: 1 validation error \
             detected: Value 'approval' at 'durableExecutionArn' failed to satisfy constraint: ",
        ),
    ] {
        let outcome = aws(&serving, arguments);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_ne!(outcome.code, 0);
    }
}

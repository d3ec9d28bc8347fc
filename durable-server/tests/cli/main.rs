//! The commands of `durable`: what they ask of the service, what they print, how they exit.

mod stub;

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use durable_service::recording::Recording;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use stub::{Response, Stub};

const ARN: &str = "arn:aws:lambda:us-west-2:123456789012:function:order_workflow:$LATEST/\
                   durable-execution/order-1/00000000-0000-4000-8000-000000000001";

/// A command that talks to a service, whatever the environment of the tests says.
fn durable(service: &Stub) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("durable"));
    command.env("AWS_ENDPOINT_URL_LAMBDA", service.endpoint());
    command.env_remove("AWS_REGION");
    command
}

/// What came of a command: exit code, standard output, standard error.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(service: &Stub, arguments: &[&str]) -> Outcome {
    let output = durable(service).args(arguments).output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An execution that has retried a step, waits in a context, and waits for a callback.
fn events() -> Vec<Value> {
    let event = |id: u64, seconds: u64, event_type: &str, subject: Value, details: Value| {
        let mut event = json!({
            "EventId": id,
            "EventTimestamp": 4_102_444_800_u64 + seconds,
            "EventType": event_type,
        });
        let members = event.as_object_mut().unwrap();
        members.extend(subject.as_object().unwrap().clone());
        members.insert(format!("{event_type}Details"), details);
        event
    };
    let step = json!({"Id": "1", "Name": "charge", "SubType": "Step"});
    let context = json!({"Id": "2", "Name": "ship", "SubType": "RunInChildContext"});
    let wait = json!({"Id": "2-1", "ParentId": "2", "SubType": "Wait"});
    let callback = json!({"Id": "3", "Name": "approval", "SubType": "Callback"});
    let failed = json!({
        "Error": {"Payload": {"ErrorType": "Busy", "ErrorMessage": "the service is busy\ntry later"}},
        "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5},
    });
    let invocation = json!({
        "StartTimestamp": 4_102_444_800_u64,
        "EndTimestamp": 4_102_444_800.25,
        "RequestId": "request-1",
    });
    vec![
        event(
            1,
            0,
            "ExecutionStarted",
            json!({"Id": "e", "Name": "order-1"}),
            json!({"Input": {"Payload": r#"{"order_id":"order-1"}"#}, "ExecutionTimeout": 3600}),
        ),
        event(2, 0, "StepStarted", step.clone(), json!({})),
        event(3, 0, "StepFailed", step.clone(), failed),
        event(4, 0, "InvocationCompleted", json!({}), invocation),
        event(5, 5, "StepStarted", step.clone(), json!({})),
        event(
            6,
            6,
            "StepSucceeded",
            step,
            json!({"Result": {"Payload": "4990"}, "RetryDetails": {"CurrentAttempt": 2}}),
        ),
        event(7, 6, "ContextStarted", context, json!({})),
        event(
            8,
            6,
            "WaitStarted",
            wait,
            json!({"Duration": 3600, "ScheduledEndTimestamp": 4_102_448_406_u64}),
        ),
        event(
            9,
            6,
            "CallbackStarted",
            callback,
            json!({"CallbackId": "Y2FsbGJhY2s=", "Timeout": 86400}),
        ),
        event(
            10,
            6,
            "SomethingNew",
            json!({"Id": "9"}),
            json!({"Of": "later"}),
        ),
    ]
}

/// The same, closed by what somebody stopped it with.
fn stopped_events() -> Vec<Value> {
    let mut events = events();
    events.push(json!({
        "EventId": 11,
        "EventTimestamp": 4_102_444_860_u64,
        "EventType": "ExecutionStopped",
        "ExecutionStoppedDetails": {
            "Error": {"Payload": {"ErrorType": "Cancelled", "ErrorMessage": "changed my mind"}},
        },
    }));
    events
}

#[test]
fn history_draws_the_operations() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN]);

    insta::assert_snapshot!(outcome.stdout, @r#"
    order_workflow: STOPPED in 1m (1 invocation)
      Cancelled: changed my mind
    ├─ charge     step      SUCCEEDED  +0s for 6s   2 attempts
    ├─ ship       context   STARTED    +6s for 54s
    │  └─ Wait#1  wait      STARTED    +6s for 54s
    └─ approval   callback  STARTED    +6s for 54s
    "#);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(
        service.requests()[0]
            .line
            .contains("IncludeExecutionData=true")
    );
}

#[test]
fn history_says_how_to_answer_open_callbacks() {
    let service = Stub::answering([Response::json(&json!({"Events": events()}))]);

    let outcome = run(&service, &["history", ARN]);

    let last = outcome.stdout.lines().last();
    assert_eq!(
        last,
        Some("approval waits for: durable callback succeed Y2FsbGJhY2s=")
    );
}

#[test]
fn history_lists_the_events() {
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(&service, &["history", ARN, "--events"]);

    insta::assert_snapshot!(outcome.stdout, @r#"
    ID  TIME  EVENT                NAME      DETAILS
    1   +0s   ExecutionStarted     order-1   {"order_id":"order-1"}
    2   +0s   StepStarted          charge
    3   +0s   StepFailed           charge    attempt 1, next in 5s, Busy: the service is busy…
    4   +0s   InvocationCompleted            took 0.25s
    5   +5s   StepStarted          charge
    6   +6s   StepSucceeded        charge    attempt 2, 4990
    7   +6s   ContextStarted       ship
    8   +6s   WaitStarted                    1h
    9   +6s   CallbackStarted      approval  timeout 1d, Y2FsbGJhY2s=
    10  +6s   SomethingNew
    11  +1m   ExecutionStopped               Cancelled: changed my mind
    "#);
    assert_eq!(outcome.code, 0);
}

#[test]
fn history_reads_all_pages_and_gives_the_json_of_the_api() {
    let events = events();
    let (first, second) = events.split_at(4);
    let service = Stub::answering([
        Response::json(&json!({"Events": first, "NextMarker": "next"})),
        Response::json(&json!({"Events": second, "NextMarker": ""})),
    ]);

    let outcome = run(&service, &["history", ARN, "--json"]);

    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(printed, json!({"Events": events}));
    assert!(service.requests()[1].line.contains("Marker=next"));
}

#[test]
fn a_saved_history_can_be_read_as_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order-1.json");
    let service = Stub::answering([Response::json(&json!({"Events": stopped_events()}))]);

    let outcome = run(
        &service,
        &["history", ARN, "--save", path.to_str().unwrap()],
    );

    let recording = Recording::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        recording.arn().map(ToString::to_string).as_deref(),
        Some(ARN)
    );
    assert_eq!(recording.events().len(), 11);
    assert_eq!(
        outcome.stderr,
        format!("11 events saved to {}\n", path.display())
    );
    assert_eq!(outcome.code, 0);
}

#[test]
fn a_history_with_a_gap_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order-1.json");
    let mut events = events();
    events.remove(3);
    let service = Stub::answering([Response::json(&json!({"Events": events}))]);

    let outcome = run(
        &service,
        &["history", ARN, "--save", path.to_str().unwrap()],
    );

    assert_eq!(
        outcome.stderr,
        "error: the history cannot be saved: event 4 is missing; the next one is event 5\n"
    );
    assert_eq!(outcome.code, 1);
    assert!(!path.exists());
}

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

#[test]
fn invoke_prints_what_the_function_returns() {
    let answer = Response::text(200, r#"{"total":4990}"#)
        .with("X-Amz-Durable-Execution-Arn", ARN)
        .with("X-Amz-Executed-Version", "$LATEST");
    let service = Stub::answering([answer]);

    let arguments = [
        "invoke",
        "f",
        "--name",
        "order-1",
        "--payload",
        r#"{"a": 1}"#,
    ];
    let outcome = run(&service, &arguments);

    assert_eq!(outcome.stdout, "{\"total\":4990}\n");
    assert_eq!(outcome.stderr, format!("execution {ARN}\n"));
    assert_eq!(outcome.code, 0);
    let request = &service.requests()[0];
    assert_eq!(
        request.line,
        "POST /2015-03-31/functions/f/invocations?Qualifier=%24LATEST"
    );
    assert_eq!(
        request.header("X-Amz-Invocation-Type"),
        Some("RequestResponse")
    );
    assert_eq!(
        request.header("X-Amz-Durable-Execution-Name"),
        Some("order-1")
    );
    assert_eq!(request.body, r#"{"a": 1}"#);
}

#[test]
fn a_name_with_a_qualifier_keeps_it() {
    let service = Stub::answering([Response::text(200, "1"), Response::text(200, "1")]);

    run(&service, &["invoke", "f:live"]);
    run(&service, &["invoke", "f", "--qualifier", "7"]);

    let lines: Vec<String> = service.requests().into_iter().map(|it| it.line).collect();
    assert_eq!(
        lines,
        [
            "POST /2015-03-31/functions/f%3Alive/invocations",
            "POST /2015-03-31/functions/f/invocations?Qualifier=7",
        ]
    );
}

#[test]
fn a_failed_execution_is_exit_code_1_and_says_where_to_look() {
    let answer = Response::text(200, r#"{"errorType":"Busy","errorMessage":"try later"}"#)
        .with("X-Amz-Function-Error", "Unhandled")
        .with("X-Amz-Durable-Execution-Arn", ARN);
    let service = Stub::answering([answer]);

    let outcome = run(&service, &["invoke", "f"]);

    assert_eq!(
        outcome.stderr,
        format!(
            "error: the execution failed: Busy: try later\n`durable history '{ARN}'` shows what it did\n"
        )
    );
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
}

#[test]
fn invoke_gives_the_parts_of_its_answer_as_json() {
    let answer = Response::text(200, r#"{"errorMessage":"no"}"#)
        .with("X-Amz-Function-Error", "Unhandled")
        .with("X-Amz-Durable-Execution-Arn", ARN);
    let service = Stub::answering([answer]);

    let outcome = run(&service, &["invoke", "f", "--json"]);

    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let expected = json!({
        "StatusCode": 200,
        "FunctionError": "Unhandled",
        "DurableExecutionArn": ARN,
        "Payload": {"errorMessage": "no"},
    });
    assert_eq!((printed, outcome.code), (expected, 1));
}

#[test]
fn an_event_prints_the_arn() {
    let answer = Response::text(202, "").with("X-Amz-Durable-Execution-Arn", ARN);
    let service = Stub::answering([answer]);

    let outcome = run(&service, &["invoke", "f", "--event"]);

    assert_eq!((outcome.code, outcome.stdout), (0, format!("{ARN}\n")));
    let request = &service.requests()[0];
    assert_eq!(request.header("X-Amz-Invocation-Type"), Some("Event"));
}

/// The answer of `GetDurableExecution` for an execution.
fn execution(status: &str, result: Option<&str>) -> Response {
    let open = status == "RUNNING";
    let mut execution = json!({
        "DurableExecutionArn": ARN,
        "DurableExecutionName": "order-1",
        "FunctionArn": "f",
        "StartTimestamp": 1,
        "Status": status,
    });
    if !open {
        execution["EndTimestamp"] = json!(2);
    }
    match result {
        Some(result) => execution["Result"] = json!(result),
        None if open => {}
        None => execution["Error"] = json!({"ErrorMessage": "time is up"}),
    }
    Response::json(&execution)
}

#[test]
fn wait_asks_until_the_execution_is_over() {
    let service = Stub::answering([
        Response::text(202, "").with("X-Amz-Durable-Execution-Arn", ARN),
        execution("RUNNING", None),
        execution("SUCCEEDED", Some("42")),
    ]);

    let outcome = run(&service, &["invoke", "f", "--wait"]);

    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "42\n"));
    assert_eq!(outcome.stderr, format!("execution {ARN}\n"));
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn an_execution_that_timed_out_is_not_called_failed() {
    let service = Stub::answering([
        Response::text(202, "").with("X-Amz-Durable-Execution-Arn", ARN),
        execution("TIMED_OUT", None),
    ]);

    let outcome = run(&service, &["invoke", "f", "--wait"]);

    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .contains("error: the execution timed out: time is up\n")
    );
}

#[test]
fn payloads_come_from_files_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order.json");
    std::fs::write(&path, "[1, 2]\n").unwrap();
    let service = Stub::answering([Response::text(200, "1"), Response::text(200, "1")]);

    run(
        &service,
        &["invoke", "f", "--payload", &format!("@{}", path.display())],
    );
    let piped = assert_cmd::Command::from_std(durable(&service))
        .args(["invoke", "f", "--payload", "-"])
        .write_stdin("-7")
        .assert();

    piped.success();
    let bodies: Vec<String> = service.requests().into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, ["[1, 2]\n", "-7"]);
}

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
fn callbacks_are_answered_as_the_api_wants_it() {
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
            &["callback", "succeed", "id+/=", "--result", "granted"],
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
fn stop_says_when() {
    let service = Stub::answering([Response::json(&json!({"StopTimestamp": 4_102_444_800.25}))]);

    let outcome = run(&service, &["stop", ARN, "--message", "enough"]);

    assert_eq!(outcome.stdout, "stopped at 2100-01-01T00:00:00.250Z\n");
    assert_eq!(outcome.code, 0);
    let request = &service.requests()[0];
    assert!(request.line.ends_with("/stop"));
    assert_eq!(request.body, r#"{"ErrorMessage":"enough"}"#);
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
    let service = Stub::answering([Response::json(&json!({"Events": events()}))]);
    let mut child = durable(&service)
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
    let mut child = durable(&service)
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

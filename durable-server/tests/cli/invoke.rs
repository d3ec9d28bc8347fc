//! `durable invoke`.

use serde_json::{Value, json};

use crate::stub::{Response, Stub};
use crate::{ARN, durable, run};

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
fn a_failed_execution_is_exit_code_1_and_names_durable_history() {
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
fn invoke_prints_the_parts_of_its_answer_as_json() {
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
fn wait_polls_until_the_execution_ends() {
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
fn wait_survives_a_server_that_is_away() {
    let service = Stub::answering([
        Response::text(202, "").with("X-Amz-Durable-Execution-Arn", ARN),
        execution("RUNNING", None),
        Response::none(),
        Response::none(),
        execution("SUCCEEDED", Some("42")),
    ]);

    let outcome = run(&service, &["invoke", "f", "--wait"]);

    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "42\n"));
    assert_eq!(
        outcome.stderr,
        format!("execution {ARN}\nthe server does not answer; waiting 15 s for its restart\n")
    );
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
    let piped = assert_cmd::Command::from_std(durable(service.endpoint()))
        .args(["invoke", "f", "--payload", "-"])
        .write_stdin("-7")
        .assert();

    piped.success();
    let bodies: Vec<String> = service.requests().into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, ["[1, 2]\n", "-7"]);
}

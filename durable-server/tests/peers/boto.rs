//! boto3.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("boto3_invokes_lists_and_reads", invokes_lists_and_reads),
    ("boto3_pages_through_lists", pages_through_lists),
    ("boto3_answers_callbacks", answers_callbacks),
    ("boto3_stops_executions", stops_executions),
];

/// A Python process that makes calls with boto3.
pub(crate) struct Boto {
    child: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A refusal as a Python program sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) class: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u64,
}

impl Boto {
    pub(crate) fn of(serving: &Serving) -> Self {
        let mut child = Command::new(python::program("python"))
            .arg(python::file("boto.py"))
            .arg(format!("http://{}", serving.address))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the peers are installed");
        Self {
            calls: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// The answer to a call.
    pub(crate) fn call(&mut self, call: &str, members: &Value) -> Value {
        let mut answer = self.make(&json!({"call": call, "with": members}));
        assert!(answer.get("answer").is_some(), "{call}: {answer}");
        answer["answer"].take()
    }

    /// The items of all pages of a call.
    fn pages(&mut self, call: &str, members: &Value) -> Value {
        let mut answer = self.make(&json!({"call": call, "with": members, "pages": true}));
        answer["answer"].take()
    }

    /// The refusal of a call.
    pub(crate) fn refusal(&mut self, call: &str, members: &Value) -> Refusal {
        let answer = self.make(&json!({"call": call, "with": members}));
        let refusal = answer
            .get("refusal")
            .unwrap_or_else(|| panic!("{call}: {answer}"));
        let text = |member: &str| refusal[member].as_str().unwrap().to_owned();
        Refusal {
            class: text("class"),
            code: text("code"),
            message: text("message"),
            status: refusal["status"].as_u64().unwrap(),
        }
    }

    fn make(&mut self, call: &Value) -> Value {
        writeln!(self.calls, "{call}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the script answers each call")
    }

    /// Starts an execution, and returns its ARN.
    pub(crate) fn start(&mut self, function: &str, payload: &Value) -> String {
        let answer = self.call(
            "invoke",
            &json!({
                "FunctionName": function,
                "Qualifier": "$LATEST",
                "InvocationType": "Event",
                "Payload": payload.to_string(),
            }),
        );
        assert_eq!(answer["StatusCode"], 202);
        answer["DurableExecutionArn"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of an execution, and returns it.
    pub(crate) fn end_of(&mut self, arn: &str) -> Value {
        self.until(|boto| {
            let members = json!({"DurableExecutionArn": arn, "IncludeExecutionData": true});
            let execution = boto.call("get_durable_execution", &members);
            execution.get("EndTimestamp").is_some().then_some(execution)
        })
    }

    /// The events of an execution.
    pub(crate) fn events(&mut self, arn: &str) -> Vec<Value> {
        let members = json!({"DurableExecutionArn": arn, "IncludeExecutionData": true});
        let mut history = self.pages("get_durable_execution_history", &members);
        match history["Events"].take() {
            Value::Array(events) => events,
            other => panic!("no events: {other}"),
        }
    }

    /// The id of the callback that an execution waits for.
    pub(crate) fn callback_of(&mut self, arn: &str) -> String {
        self.until(|boto| {
            let events = boto.events(arn);
            // The function suspends when its invocation ends.
            let suspended = events
                .iter()
                .any(|event| event["EventType"] == "InvocationCompleted");
            let id = events
                .iter()
                .find_map(|event| event["CallbackStartedDetails"]["CallbackId"].as_str());
            id.filter(|_| suspended).map(str::to_owned)
        })
    }

    /// Polls until there is a value.
    fn until<T>(&mut self, mut ask: impl FnMut(&mut Self) -> Option<T>) -> T {
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(Instant::now() < patience, "nothing came of it");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Boto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn invokes_lists_and_reads() {
    let functions = json!({
        "order": python::durable("order", 900_000),
        "caller": python::durable("caller", 900),
        "price": python::function("price"),
    });
    let serving = Serving::start(&functions, &["--time", "skip"]);
    let mut boto = Boto::of(&serving);

    let payload = json!({"target": "price", "payload": {"cents": 100}}).to_string();
    let invoked = boto.call(
        "invoke",
        &json!({
            "FunctionName": "caller:$LATEST",
            "DurableExecutionName": "first",
            "Payload": payload,
        }),
    );
    assert_eq!(invoked["Payload"], r#"{"result": 119}"#);
    assert_eq!(invoked["StatusCode"], 200);
    assert_eq!(invoked["ExecutedVersion"], "$LATEST");

    let arn = invoked["DurableExecutionArn"].as_str().unwrap();
    let execution = boto.call(
        "get_durable_execution",
        &json!({"DurableExecutionArn": arn}),
    );
    assert_eq!(execution["DurableExecutionName"], "first");
    assert_eq!(execution["Status"], "SUCCEEDED");
    assert_eq!(execution["InputPayload"], payload);
    assert_eq!(execution["Result"], invoked["Payload"]);

    let listed = boto.call(
        "list_durable_executions_by_function",
        &json!({"FunctionName": "caller", "Statuses": ["SUCCEEDED"]}),
    );
    assert_eq!(listed["DurableExecutions"][0]["DurableExecutionArn"], arn);
    let failed = boto.call(
        "list_durable_executions_by_function",
        &json!({"FunctionName": "caller", "Statuses": ["FAILED"]}),
    );
    assert_eq!(failed["DurableExecutions"], json!([]));

    let event = boto.start(
        "order",
        &json!({"order_id": "o", "cents": 1, "failures": 0}),
    );
    assert_eq!(boto.end_of(&event)["Status"], "SUCCEEDED");

    let plain = boto.call(
        "invoke",
        &json!({"FunctionName": "price", "Payload": r#"{"cents": -1}"#}),
    );
    assert_eq!(plain["FunctionError"], "Unhandled");
    assert!(
        plain["Payload"]
            .as_str()
            .unwrap()
            .contains("a price is not negative")
    );
}

fn pages_through_lists() {
    let serving = python::serve(&["failing"], "skip");
    let mut boto = Boto::of(&serving);
    let arns: Vec<String> = (0..3).map(|_| boto.start("failing", &json!({}))).collect();
    for arn in &arns {
        boto.end_of(arn);
    }

    let listed = boto.pages(
        "list_durable_executions_by_function",
        &json!({"FunctionName": "failing", "ReverseOrder": true, "PaginationConfig": {"PageSize": 1}}),
    );
    let paged = json!({
        "DurableExecutionArn": arns[0],
        "IncludeExecutionData": true,
        "PaginationConfig": {"PageSize": 1},
    });
    let history = boto.pages("get_durable_execution_history", &paged);

    let executions = listed["DurableExecutions"].as_array().unwrap();
    let listed: Vec<&Value> = executions
        .iter()
        .map(|it| &it["DurableExecutionArn"])
        .collect();
    assert_eq!(listed, arns.iter().collect::<Vec<_>>());
    assert_eq!(history["Events"], Value::from(boto.events(&arns[0])));
}

fn answers_callbacks() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);
    let granted = boto.start("approval", &json!({}));
    let refused = boto.start("approval", &json!({}));

    let id = boto.callback_of(&granted);
    let alive = boto.call(
        "send_durable_execution_callback_heartbeat",
        &json!({"CallbackId": id}),
    );
    let done = boto.call(
        "send_durable_execution_callback_success",
        &json!({"CallbackId": id, "Result": "granted"}),
    );
    let id = boto.callback_of(&refused);
    boto.call(
        "send_durable_execution_callback_failure",
        &json!({"CallbackId": id, "Error": {"ErrorType": "Rejected", "ErrorMessage": "too expensive"}}),
    );

    assert_eq!((alive, done), (json!({}), json!({})));
    assert_eq!(boto.end_of(&granted)["Result"], r#"{"answer": "granted"}"#);
    assert_eq!(
        boto.end_of(&refused)["Result"],
        r#"{"refused": "too expensive"}"#
    );
}

fn stops_executions() {
    let serving = python::serve(&["approval"], "real");
    let mut boto = Boto::of(&serving);
    let arn = boto.start("approval", &json!({}));
    boto.callback_of(&arn);

    let error = json!({"ErrorType": "Cancelled", "ErrorMessage": "changed my mind"});
    let stopped = boto.call(
        "stop_durable_execution",
        &json!({"DurableExecutionArn": arn, "Error": error}),
    );

    let execution = boto.end_of(&arn);
    assert_eq!(execution["Status"], "STOPPED");
    assert_eq!(execution["Error"], error);
    assert_eq!(execution["EndTimestamp"], stopped["StopTimestamp"]);
}

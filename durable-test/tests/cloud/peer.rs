//! A peer on this machine that answers calls of AWS's API by the script of a test.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use durable_runtime::mode::{CloudSettings, Endpoint, Functions};
use durable_test::DurableRunner;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub(crate) const FUNCTION: &str = "Orders:$LATEST";
pub(crate) const ARN: &str =
    "arn:aws:lambda:us-west-2:123456789012:function:Orders:$LATEST/durable-execution/one/1";

/// A call of the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) action: Action,
    /// ARN of the execution, id of the callback, or the function's name.
    pub(crate) subject: String,
    pub(crate) query: String,
    pub(crate) body: String,
    /// `X-Amz-Durable-Execution-Name`.
    pub(crate) execution_name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Invoke,
    Describe,
    History,
    Stop,
    Succeed,
    Fail,
    Heartbeat,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

pub(crate) struct Peer {
    pub(crate) settings: CloudSettings,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Peer {
    /// A peer that answers by a script until the test process ends.
    pub(crate) fn start(script: impl FnMut(&Call) -> Answer + Send + 'static) -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let script = Arc::new(Mutex::new(script));
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let call = read(&method, &uri, &headers, &body);
            seen.lock().unwrap().push(call.clone());
            let answer = script.lock().unwrap()(&call);
            let mut response = axum::response::Response::builder()
                .status(StatusCode::from_u16(answer.status).unwrap())
                .header("content-type", "application/json");
            for (name, value) in answer.headers {
                response = response.header(name, value);
            }
            response.body(answer.body.to_string()).unwrap()
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let (ready, serving) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                ready.send(()).unwrap();
                let router = Router::new().fallback(answer);
                axum::serve(listener, router).await.unwrap();
            });
        });
        serving.recv().unwrap();
        Self {
            settings: settings(&format!("http://{address}")),
            calls,
        }
    }

    pub(crate) fn runner(&self) -> DurableRunner {
        DurableRunner::cloud(FUNCTION, &self.settings)
    }

    /// The calls of an action so far.
    pub(crate) fn calls(&self, action: Action) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        let of = calls.iter().filter(|call| call.action == action);
        of.cloned().collect()
    }
}

pub(crate) fn settings(endpoint: &str) -> CloudSettings {
    CloudSettings {
        functions: Functions::One {
            test_name: "orders".to_owned(),
            qualified_name: FUNCTION.to_owned(),
        },
        region: "us-west-2".to_owned(),
        endpoint: Some(Endpoint::parse(endpoint).unwrap()),
    }
}

fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Call {
    let decode = |part| percent_decode_str(part).decode_utf8().unwrap().into_owned();
    let parts: Vec<String> = uri.path().split('/').skip(2).map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (action, subject) = match (method.as_str(), parts.as_slice()) {
        ("POST", ["functions", function, "invocations"]) => (Action::Invoke, function),
        ("GET", ["durable-executions", arn]) => (Action::Describe, arn),
        ("GET", ["durable-executions", arn, "history"]) => (Action::History, arn),
        ("POST", ["durable-executions", arn, "stop"]) => (Action::Stop, arn),
        ("POST", ["durable-execution-callbacks", id, "succeed"]) => (Action::Succeed, id),
        ("POST", ["durable-execution-callbacks", id, "fail"]) => (Action::Fail, id),
        ("POST", ["durable-execution-callbacks", id, "heartbeat"]) => (Action::Heartbeat, id),
        _ => panic!("the API has no {method} {uri}"),
    };
    let name = headers.get("x-amz-durable-execution-name");
    if action == Action::Invoke {
        assert_eq!(headers["x-amz-invocation-type"], "Event");
    }
    Call {
        action,
        subject: (*subject).to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
        execution_name: name.map(|name| name.to_str().unwrap().to_owned()),
    }
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    fn accepted(headers: Vec<(&'static str, String)>, body: Value) -> Self {
        Self {
            status: 202,
            headers,
            body,
        }
    }

    /// The execution was started.
    pub(crate) fn started() -> Self {
        let arn = ("x-amz-durable-execution-arn", ARN.to_owned());
        Self::accepted(vec![arn], json!(null))
    }

    /// The function was invoked, and started no execution.
    pub(crate) fn not_durable() -> Self {
        Self::accepted(Vec::new(), json!(null))
    }

    pub(crate) fn function_error(error: Value) -> Self {
        let kind = ("x-amz-function-error", "Unhandled".to_owned());
        Self::accepted(vec![kind], error)
    }

    pub(crate) fn refused(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            headers: vec![("x-amzn-errortype", code.to_owned())],
            body: json!({"Type": "User", "message": message, "Message": message}),
        }
    }

    pub(crate) fn throttled() -> Self {
        Self::refused(429, "TooManyRequestsException", "Rate Exceeded.")
    }

    pub(crate) fn broken() -> Self {
        Self::refused(500, "ServiceException", "An error occurred.")
    }

    pub(crate) fn running() -> Self {
        Self::described(ARN, "RUNNING", &json!({}))
    }

    pub(crate) fn succeeded(result: &str) -> Self {
        let end = json!({"Result": result, "EndTimestamp": 1_767_225_605.0});
        Self::described(ARN, "SUCCEEDED", &end)
    }

    /// The description of an execution.
    pub(crate) fn described(arn: &str, status: &str, more: &Value) -> Self {
        let mut body = json!({
            "DurableExecutionArn": arn,
            "DurableExecutionName": "one",
            "FunctionArn": "arn:aws:lambda:us-west-2:123456789012:function:Orders:$LATEST",
            "StartTimestamp": 1_767_225_600.0,
            "Status": status,
        });
        for (member, value) in more.as_object().unwrap() {
            body[member] = value.clone();
        }
        Self::ok(body)
    }

    /// A history on one page, its events numbered from 1.
    pub(crate) fn history(events: &[Value]) -> Self {
        Self::ok(json!({"Events": numbered(events)}))
    }

    pub(crate) fn page(events: &[Value], next: Option<&str>) -> Self {
        match next {
            Some(marker) => Self::ok(json!({"Events": events, "NextMarker": marker})),
            None => Self::ok(json!({"Events": events})),
        }
    }
}

/// Events with their numbers and times, a second after each other.
pub(crate) fn numbered(events: &[Value]) -> Vec<Value> {
    let number = |(event, id): (&Value, u32)| {
        let mut event = event.clone();
        event["EventId"] = json!(id);
        event["EventTimestamp"] = json!(1_767_225_599.0 + f64::from(id));
        event
    };
    events.iter().zip(1..).map(number).collect()
}

/// An event of an operation.
pub(crate) fn of(id: &str, name: Option<&str>, event_type: &str, details: Value) -> Value {
    let mut event = json!({"EventType": event_type, "Id": id});
    event[format!("{event_type}Details")] = details;
    if let Some(name) = name {
        event["Name"] = json!(name);
    }
    event
}

pub(crate) fn execution_started() -> Value {
    let details = json!({"ExecutionTimeout": 300, "Input": {"Payload": "{}"}});
    of("1", Some("one"), "ExecutionStarted", details)
}

pub(crate) fn execution_succeeded(result: &str) -> Value {
    let details = json!({"Result": {"Payload": result}});
    of("1", Some("one"), "ExecutionSucceeded", details)
}

pub(crate) fn invocation_completed() -> Value {
    json!({"EventType": "InvocationCompleted", "InvocationCompletedDetails": {
        "StartTimestamp": 1_767_225_600.0, "EndTimestamp": 1_767_225_601.0, "RequestId": "r-1",
    }})
}

pub(crate) fn callback_started(id: &str, name: Option<&str>) -> Value {
    let details = json!({"CallbackId": format!("callback+{id}/")});
    of(id, name, "CallbackStarted", details)
}

//! What must hold of any request to the server.
//!
//! A text holds requests, separated by lines that begin with `%%`. Each is its method and target, its headers,
//! an empty line, and its body. `{arn}`, `{token}` and `{callback}` stand for those of an execution whose
//! invocation is in flight, with an open callback.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;

use bytes::Bytes;
use durable_server::config::{FunctionConfig, Functions};
use durable_server::{Detached, ServerSettings};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};

/// Limit on the requests of a text: further ones find nothing that these do not.
const MAX_REQUESTS: usize = 8;

const API: &str = "/2025-12-01";

/// Requests that are answered well, to begin with.
pub(crate) const SEEDS: [&str; 24] = [
    "GET /health",
    "GET /2015-03-31/functions/?MaxItems=2",
    "GET /2015-03-31/functions/orders",
    "GET /2015-03-31/functions/orders/configuration?Qualifier=%24LATEST",
    "POST /2015-03-31/functions/orders:$LATEST/invocations\nx-amz-invocation-type: Event\nx-amz-durable-execution-name: one\n\n{\"a\": 1}",
    "POST /2015-03-31/functions/orders/invocations?Qualifier=$LATEST\nx-amz-log-type: Tail\n\n",
    "POST /2015-03-31/functions/orders:$LATEST/invocations\nx-amz-invocation-type: DryRun\n\n{}",
    "POST /2015-03-31/functions/plain/invocations\nx-amz-tenant-id: t\nx-amz-client-context: e30=\n\n[]",
    "GET /2025-12-01/functions/orders/durable-executions?Statuses=RUNNING&ReverseOrder=true&MaxItems=1&Qualifier=$LATEST",
    "GET /2025-12-01/functions/orders/durable-executions?StartedAfter=1&StartedBefore=2027-01-01T00:00:00Z&DurableExecutionName=one",
    "GET /2025-12-01/durable-executions/{arn}",
    "GET /2025-12-01/durable-executions/{arn}/history?IncludeExecutionData=true&ReverseOrder=true&MaxItems=2&Marker=",
    "GET /2025-12-01/durable-executions/{arn}/state?CheckpointToken={token}&MaxItems=1",
    "POST /2025-12-01/durable-executions/{arn}/stop\n\n{\"ErrorType\": \"T\", \"ErrorMessage\": \"m\", \"StackTrace\": [\"a\"]}",
    "POST /2025-12-01/durable-executions/{arn}/pause\n\n%%\nPOST /2025-12-01/durable-executions/{arn}/resume\n\n{}",
    "POST /2025-12-01/durable-executions/{arn}/stop\n\n%%\nDELETE /2025-12-01/durable-executions/{arn}",
    "POST /2025-12-01/durable-execution-callbacks/{callback}/succeed\n\n\"yes\"",
    "POST /2025-12-01/durable-execution-callbacks/{callback}/fail\n\n{\"ErrorType\": \"T\", \"ErrorData\": \"d\"}",
    "POST /2025-12-01/durable-execution-callbacks/{callback}/heartbeat\n\n",
    "POST /2025-12-01/durable-executions/{arn}/checkpoint\n\n{\"CheckpointToken\": \"{token}\", \"ClientToken\": \"c\", \"Updates\": [{\"Id\": \"s\", \"Name\": \"s\", \"Type\": \"STEP\", \"SubType\": \"Step\", \"Action\": \"START\"}, {\"Id\": \"s\", \"Type\": \"STEP\", \"Action\": \"RETRY\", \"Error\": {}, \"StepOptions\": {\"NextAttemptDelaySeconds\": 1}}]}",
    "POST /2025-12-01/durable-executions/{arn}/checkpoint\n\n{\"CheckpointToken\": \"{token}\", \"Updates\": [{\"Id\": \"w\", \"Type\": \"WAIT\", \"Action\": \"START\", \"WaitOptions\": {\"WaitSeconds\": 1}}, {\"Id\": \"c\", \"Type\": \"CONTEXT\", \"Action\": \"START\"}, {\"Id\": \"x\", \"ParentId\": \"c\", \"Type\": \"CONTEXT\", \"Action\": \"SUCCEED\", \"Payload\": \"1\", \"ContextOptions\": {\"ReplayChildren\": true}}]}",
    "POST /2025-12-01/durable-executions/{arn}/checkpoint\n\n{\"CheckpointToken\": \"{token}\", \"Updates\": [{\"Id\": \"i\", \"Type\": \"CHAINED_INVOKE\", \"Action\": \"START\", \"Payload\": \"{}\", \"ChainedInvokeOptions\": {\"FunctionName\": \"orders:$LATEST\", \"TenantId\": \"t\"}}]}",
    "POST /2025-12-01/durable-executions/{arn}/checkpoint\n\n{\"CheckpointToken\": \"{token}\", \"Updates\": [{\"Id\": \"b\", \"Type\": \"CALLBACK\", \"Action\": \"START\", \"CallbackOptions\": {\"TimeoutSeconds\": 1, \"HeartbeatTimeoutSeconds\": 1}}]}",
    "POST /2025-12-01/durable-executions/{arn}/checkpoint\n\n{\"CheckpointToken\": \"{token}\", \"Updates\": [{\"Id\": \"e\", \"Type\": \"EXECUTION\", \"Action\": \"SUCCEED\", \"Payload\": \"1\"}]}",
];

/// Sends the requests of a text to a server, and checks the answers: none is the server's own failure, each
/// refusal has the shape of AWS's, and a refused request has changed nothing. Returns the statuses of the
/// answers.
pub(crate) fn check(text: &[u8]) -> Vec<StatusCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::start().await;
        let mut statuses = Vec::new();
        for part in requests(text) {
            if let Some(request) = world.read(&part) {
                statuses.extend(Box::pin(world.send(request)).await);
            }
        }
        statuses
    })
}

/// The requests of a text.
fn requests(text: &[u8]) -> Vec<Vec<u8>> {
    let mut requests = vec![Vec::new()];
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"%%") {
            requests.push(Vec::new());
        } else if let Some(request) = requests.last_mut() {
            request.extend_from_slice(line);
        }
    }
    requests.truncate(MAX_REQUESTS);
    requests
}

/// A server with an execution in flight.
struct World {
    server: Detached,
    arn: String,
    token: String,
    callback: String,
}

impl World {
    async fn start() -> Self {
        let server = Detached::new(ServerSettings {
            functions: functions(),
            ..ServerSettings::default()
        })
        .unwrap();
        for name in ["first", "second"] {
            let start = Request::post("/2015-03-31/functions/orders:$LATEST/invocations")
                .header("x-amz-invocation-type", "Event")
                .header("x-amz-durable-execution-name", name);
            let started = server.answer(start.body(Bytes::from_static(b"{}")).unwrap());
            assert_eq!(started.await.status(), 202);
        }
        let event: Value = serde_json::from_str(&server.next_event().await.unwrap()).unwrap();
        let arn = event["DurableExecutionArn"].as_str().unwrap().to_owned();
        let update = json!({"Id": "open", "Name": "open", "Type": "CALLBACK", "Action": "START"});
        let body = json!({"CheckpointToken": event["CheckpointToken"], "Updates": [update]});
        let checkpoint = Request::post(format!("{API}/durable-executions/{arn}/checkpoint"));
        let checkpoint = checkpoint.body(body.to_string().into()).unwrap();
        let stored = json_of(&server.answer(checkpoint).await);
        let operations = &stored["NewExecutionState"]["Operations"];
        let callback = &operations[0]["CallbackDetails"]["CallbackId"];
        Self {
            token: stored["CheckpointToken"].as_str().unwrap().to_owned(),
            callback: callback.as_str().unwrap().to_owned(),
            arn,
            server,
        }
    }

    /// The request of a part; none if an HTTP parser would not read it.
    fn read(&self, part: &[u8]) -> Option<Request<Bytes>> {
        let part = self.filled(part);
        let mut lines = part.splitn(2, |byte| *byte == b'\n');
        let first = lines.next()?;
        let mut rest = lines.next().unwrap_or_default();
        let space = first.iter().position(|byte| *byte == b' ')?;
        let (method, target) = first.split_at(space);
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::from_bytes(method).ok()?;
        *request.uri_mut() = Uri::try_from(target.get(1..)?).ok()?;
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let line = end.map_or(rest, |end| rest.split_at(end).0);
            rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = HeaderName::from_bytes(line.get(..colon)?).ok()?;
            let value = HeaderValue::from_bytes(line.get(colon + 1..)?.trim_ascii()).ok()?;
            request.headers_mut().append(name, value);
        }
        *request.body_mut() = Bytes::copy_from_slice(rest);
        Some(request)
    }

    /// A part with its placeholders filled.
    fn filled(&self, part: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(part.len());
        let mut rest = part;
        while let Some((first, others)) = rest.split_first() {
            let known = [
                ("{arn}", &self.arn),
                ("{token}", &self.token),
                ("{callback}", &self.callback),
            ];
            let found = known
                .iter()
                .find(|(name, _)| rest.starts_with(name.as_bytes()));
            if let Some((name, value)) = found {
                filled.extend_from_slice(value.as_bytes());
                rest = rest.get(name.len()..).unwrap_or_default();
            } else {
                filled.push(*first);
                rest = others;
            }
        }
        filled
    }

    /// Sends a request, checks its answer, and returns its status; none if it waits.
    async fn send(&self, request: Request<Bytes>) -> Option<StatusCode> {
        let before = self.state().await;
        let sent = format!("{request:?}");
        // A synchronous invoke waits for an execution that does not go on here: its client hangs up.
        let mut answer = pin!(self.server.answer(request));
        let answered = poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(response) => Poll::Ready(Some(response)),
            Poll::Pending => Poll::Ready(None),
        });
        let response = answered.await?;
        let status = response.status();
        assert!(!status.is_server_error(), "{sent}: {response:?}");
        if status.is_client_error() {
            let kind = response.headers().get("x-amzn-errortype");
            let error = json_of(&response);
            let message = error.get("message").or_else(|| error.get("Message"));
            assert!(
                kind.is_some_and(|it| !it.is_empty()) && message.is_some_and(Value::is_string),
                "{sent}: {response:?}"
            );
            assert_eq!(before, self.state().await, "{sent}: {response:?}");
        } else {
            assert!(status.is_success(), "{sent}: {response:?}");
        }
        Some(status)
    }

    /// All executions, with their histories.
    async fn state(&self) -> Vec<Value> {
        let list = format!("{API}/functions/orders/durable-executions?MaxItems=1000");
        let listed = self.get(&list).await;
        let mut state = Vec::new();
        for execution in listed["DurableExecutions"].as_array().unwrap() {
            let arn = execution["DurableExecutionArn"].as_str().unwrap();
            let path = format!("{API}/durable-executions/{arn}");
            state.push(self.get(&path).await);
            let history = format!("{path}/history?IncludeExecutionData=true&MaxItems=1000");
            state.push(self.get(&history).await);
        }
        state.push(listed);
        state
    }

    async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).body(Bytes::new()).unwrap();
        json_of(&self.server.answer(request).await)
    }
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_else(|error| panic!("{error}: {response:?}"))
}

/// A durable function, and a plain one that is switched off, so that none starts a process.
fn functions() -> Vec<FunctionConfig> {
    static FUNCTIONS: OnceLock<Vec<FunctionConfig>> = OnceLock::new();
    let functions = FUNCTIONS.get_or_init(|| {
        let functions = json!({
            "orders": {"Command": ["/bin/true"], "DurableConfig": {"ExecutionTimeout": 900}},
            "plain": {"Command": ["/bin/true"], "ReservedConcurrentExecutions": 0},
        });
        let name = format!("durable-requests-{}.json", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, functions.to_string()).unwrap();
        let functions = Functions::read_json(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        functions.functions
    });
    functions.clone()
}

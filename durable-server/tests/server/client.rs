//! A plain HTTP client, which sends paths unchanged.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A server's address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) SocketAddr);

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The JSON of the body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The ARN of the execution that an invocation started.
    pub(crate) fn arn(&self) -> String {
        let arn = self.header("x-amz-durable-execution-arn");
        assert!(!arn.is_empty(), "no execution in {self:?}");
        arn.to_owned()
    }
}

impl Client {
    pub(crate) async fn send(
        self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let stream = TcpStream::connect(self.0).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.0.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        Reply {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    pub(crate) async fn get(self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, path, &[], body).await
    }

    /// Invokes a function and waits for its end.
    pub(crate) async fn invoke(self, function: &str, body: impl Into<Bytes>) -> Reply {
        self.invoke_with(function, &[], body).await
    }

    /// Starts a durable function, and does not wait.
    pub(crate) async fn start(self, function: &str, body: impl Into<Bytes>) -> String {
        let event = [("x-amz-invocation-type", "Event")];
        let reply = self.invoke_with(function, &event, body).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{reply:?}");
        reply.arn()
    }

    pub(crate) async fn invoke_with(
        self,
        function: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        self.send(Method::POST, &path, headers, body).await
    }

    /// An execution.
    pub(crate) async fn execution(self, arn: &str) -> Value {
        self.get(&execution(arn, "")).await.json()
    }

    /// The events of an execution, with payloads.
    pub(crate) async fn history(self, arn: &str) -> Vec<Value> {
        let path = execution(arn, "/history?IncludeExecutionData=true");
        let history = self.get(&path).await.json();
        history["Events"].as_array().unwrap().clone()
    }

    /// Waits for the end of an execution, and returns the answer of `GetDurableExecution`.
    pub(crate) async fn ended(self, arn: &str) -> Value {
        eventually(|| async {
            let execution = self.execution(arn).await;
            let status = execution["Status"].as_str().unwrap();
            (!["RUNNING", "PAUSED"].contains(&status)).then_some(execution)
        })
        .await
    }

    /// The id of the callback that an execution waits for, encoded for a path.
    pub(crate) async fn callback_id(self, arn: &str) -> String {
        let started = self.event(arn, "CallbackStarted").await;
        started["CallbackId"].as_str().unwrap().replace('+', "%2B")
    }

    /// Waits for an event of a type, and returns its details.
    pub(crate) async fn event(self, arn: &str, event_type: &str) -> Value {
        let details = format!("{event_type}Details");
        eventually(|| async {
            let events = self.history(arn).await;
            let event = events
                .into_iter()
                .find(|it| it["EventType"] == event_type)?;
            Some(event[&details].clone())
        })
        .await
    }
}

/// Path of a call about a callback.
pub(crate) fn callback(id: &str, call: &str) -> String {
    format!("/2025-12-01/durable-execution-callbacks/{id}/{call}")
}

/// Path of a call about an execution.
pub(crate) fn execution(arn: &str, call: &str) -> String {
    format!("/2025-12-01/durable-executions/{arn}{call}")
}

/// Polls until there is a value, within a time limit.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    for _ in 0..6_000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen in time");
}

//! The service that a replayed program calls: it answers from the recording, and stores nothing.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use durable_replay::Pass;
use durable_service::model::{CheckpointToken, OperationAction, OperationType, RequestId};
use durable_service::wire::rest;
use durable_service::{CheckpointRequest, ServiceError};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::{AccessPolicy, BodyLimits, ConnectionLimits, Request, Response, read, serve};
use crate::process::Fleet;

const CONNECTIONS: ConnectionLimits = ConnectionLimits {
    connections: 64,
    head_timeout: None,
    write_timeout: Duration::from_mins(1),
};

const BODY_LIMITS: BodyLimits = BodyLimits {
    max_bytes: 8 * 1024 * 1024,
    timeout: Duration::from_mins(1),
    stall_timeout: Duration::from_secs(15),
};

/// A pass under way, and the invocation that it answers.
type Open = (Arc<Mutex<Pass>>, RequestId);

/// The service of a replay.
#[derive(Debug)]
pub(super) struct Scratch {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// By checkpoint token; only looked up.
    open: Mutex<HashMap<CheckpointToken, Open>>,
    /// The processes of the program.
    fleet: Mutex<Weak<Fleet>>,
}

impl Scratch {
    /// Starts to serve on a loopback port, until the signal.
    pub(super) async fn start(stopping: watch::Receiver<bool>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared::default());
        let answering = Arc::clone(&shared);
        tokio::spawn(serve(listener, CONNECTIONS, stopping, move |request| {
            let shared = Arc::clone(&answering);
            async move { shared.answer(request).await }
        }));
        Ok(Self { url, shared })
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// Names the processes, of which it kills those that go on after they have shown a difference.
    pub(super) fn kill_by(&self, fleet: &Arc<Fleet>) {
        *self.shared.fleet.lock() = Arc::downgrade(fleet);
    }

    /// Answers the calls of an invocation by a pass.
    pub(super) fn open(
        &self,
        token: &CheckpointToken,
        pass: &Arc<Mutex<Pass>>,
        request_id: &RequestId,
    ) {
        let open = (Arc::clone(pass), request_id.clone());
        self.shared.open.lock().insert(token.clone(), open);
    }

    /// Answers no more calls of the invocation.
    pub(super) fn close(&self, token: &CheckpointToken) {
        self.shared.open.lock().remove(token);
    }
}

impl Shared {
    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        if let Err(rejected) = AccessPolicy::LocalOnly.admit(&head) {
            return refusal(&ServiceError::InvalidParameterValue(rejected.to_string()));
        }
        let is_checkpoint = head.method == Method::POST && head.uri.path().ends_with("/checkpoint");
        let Ok(body) = read(body, BODY_LIMITS).await else {
            return refusal(&only_replayed());
        };
        if !is_checkpoint {
            return refusal(&only_replayed());
        }
        let answered =
            rest::checkpoint_request(&body).and_then(|request| self.checkpoint(&request));
        match answered {
            Ok(body) => json(StatusCode::OK, &body),
            Err(error) => refusal(&error),
        }
    }

    fn checkpoint(&self, request: &CheckpointRequest) -> Result<Value, ServiceError> {
        let open = self.open.lock().get(&request.checkpoint_token).cloned();
        let (pass, request_id) = open.ok_or_else(only_replayed)?;
        let mut pass = pass.lock();
        let answered = pass.checkpoint(request);
        // The body of a step may run already, and whatever comes now is beside the recording.
        if answered.is_err() && (pass.is_stopped() || starts_a_step(request)) {
            let fleet = self.fleet.lock().upgrade();
            if let Some(fleet) = fleet {
                fleet.kill(&request_id);
            }
        }
        answered.map(|response| rest::checkpoint_response(&response))
    }
}

fn starts_a_step(request: &CheckpointRequest) -> bool {
    let mut updates = request.updates.iter();
    updates.any(|update| {
        update.operation_type == OperationType::Step && update.action == OperationAction::Start
    })
}

/// The refusal of all calls but checkpoints.
fn only_replayed() -> ServiceError {
    let message = "This is a replay: it answers the checkpoints of the replayed execution only.";
    ServiceError::InvalidParameterValue(message.to_owned())
}

fn refusal(error: &ServiceError) -> Response {
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, &rest::error_response(error));
    let name = HeaderName::from_static("x-amzn-errortype");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(error.code()));
    response
}

fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()).into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

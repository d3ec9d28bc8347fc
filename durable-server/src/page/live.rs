//! Streams of changes: a page learns that what it shows has changed, and loads it again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use durable_service::model::ExecutionArn;
use http::{HeaderValue, header};
use tokio::sync::{mpsc, watch};

use crate::engine::{Engine, World};
use crate::http::{Response, ResponseBody, stopped};

/// The shortest time between two messages.
const PAUSE: Duration = Duration::from_millis(150);

/// A message without meaning is sent so often, to notice that a browser has gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a page shows, and so what changes it.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// All executions, and how time passes.
    All,
    /// One execution, and the one that it invoked.
    Execution(ExecutionArn, Option<ExecutionArn>),
}

impl Scope {
    /// The state of what a page shows: equal texts mean that it still shows the truth.
    pub(super) fn state(&self, world: &World) -> String {
        let changes = |arn: &ExecutionArn| match world.service.execution(arn) {
            Ok(execution) => execution.change_count().to_string(),
            Err(_) => "gone".to_owned(),
        };
        let held = world.is_held();
        match self {
            Self::All => format!("{} {held}", world.changes()),
            Self::Execution(arn, child) => {
                let lost = world.loses_answer(arn);
                let child = child.as_ref().map_or_else(String::new, changes);
                let changed = world.changed_after(arn).unwrap_or_default();
                format!("{} {child} {held} {lost} {changed}", changes(arn))
            }
        }
    }
}

/// The stream of a scope.
pub(super) fn stream(
    engine: &Arc<Engine>,
    scope: Scope,
    run: &str,
    stop: watch::Receiver<bool>,
) -> Response {
    let (messages, body) = mpsc::channel(1);
    let (engine, run) = (Arc::clone(engine), run.to_owned());
    tokio::spawn(follow(engine, scope, run, messages, stop));
    let mut response = Response::new(ResponseBody::Stream(body));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Sends the state at first and after each change, until the browser has gone or the server stops.
async fn follow(
    engine: Arc<Engine>,
    scope: Scope,
    run: String,
    messages: mpsc::Sender<Bytes>,
    mut stop: watch::Receiver<bool>,
) {
    let mut changes = engine.changes();
    let mut sent = String::new();
    loop {
        changes.mark_unchanged();
        let state = engine.look(|world, _| format!("{run} {}", scope.state(world)));
        if state != sent {
            let message = Bytes::from(format!("data: {state}\n\n"));
            if messages.send(message).await.is_err() {
                return;
            }
            sent = state;
            tokio::time::sleep(PAUSE).await;
        }
        tokio::select! {
            followed = changes.changed() => if followed.is_err() { return },
            () = tokio::time::sleep(HEARTBEAT) => {
                if messages.send(Bytes::from_static(b":\n\n")).await.is_err() {
                    return;
                }
            }
            () = messages.closed() => return,
            () = stopped(&mut stop) => return,
        }
    }
}

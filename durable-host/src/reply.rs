//! Answers to callbacks, set before the callbacks exist.

use std::sync::Arc;
use std::time::Duration;

use durable_service::model::{CallbackCompletion, CallbackId, ErrorObject, Operation, OperationId};
use serde::Serialize;

use crate::timeline::CallbackAction;

/// The name that stands for every callback without an answer of its own.
pub const ANY_CALLBACK: &str = "*";

/// A callback that an execution waits for.
#[derive(Debug, Clone)]
pub struct CallbackRequest {
    /// Name of the operation; of a wait for a callback, the name of that.
    pub name: Option<String>,
    /// The id by which the callback is completed.
    pub callback_id: CallbackId,
    /// ARN of the execution.
    pub execution_arn: String,
}

impl CallbackRequest {
    /// The id by which the callback is completed.
    #[must_use]
    pub fn id(&self) -> &str {
        self.callback_id.as_str()
    }

    /// Name of the operation; of a wait for a callback, the name of that.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// What the other side of a callback does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallbackReply {
    /// How the callback is completed, none if it never is; or why the value given for it cannot be
    /// serialized.
    pub completion: Result<Option<CallbackCompletion>, String>,
    /// Time until the completion.
    pub after: Duration,
    /// Interval of heartbeats until the completion.
    pub heartbeat_every: Option<Duration>,
    /// Whether the completion may come before the invocation that created the callback is over.
    pub while_running: bool,
    /// Whether a run in which no callback asks for it is as good.
    pub is_optional: bool,
}

impl CallbackReply {
    fn new(completion: Result<Option<CallbackCompletion>, String>) -> Self {
        Self {
            completion,
            after: Duration::ZERO,
            heartbeat_every: None,
            while_running: false,
            is_optional: false,
        }
    }

    /// Completes it with a value, as JSON.
    #[must_use]
    pub fn success(value: impl Serialize) -> Self {
        Self::new(match serde_json::to_string(&value) {
            Ok(json) => Ok(Some(CallbackCompletion::Success(Some(json)))),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Completes it with a text as it stands, JSON or not.
    #[must_use]
    pub fn success_text(text: impl Into<String>) -> Self {
        Self::new(Ok(Some(CallbackCompletion::Success(Some(text.into())))))
    }

    /// Completes it without any result.
    #[must_use]
    pub fn success_empty() -> Self {
        Self::new(Ok(Some(CallbackCompletion::Success(None))))
    }

    /// Fails it.
    #[must_use]
    pub fn failure(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        let error = ErrorObject::new(error_type, message);
        Self::new(Ok(Some(CallbackCompletion::Failure(error))))
    }

    /// Never completes it: its timeouts decide.
    #[must_use]
    pub fn never() -> Self {
        Self::new(Ok(None))
    }

    /// What is done about the callback, and how long after it waits for it.
    ///
    /// # Errors
    ///
    /// Why the value is not JSON.
    pub fn actions(&self) -> Result<Vec<(Duration, CallbackAction)>, String> {
        let heartbeat = self.heartbeat_every.filter(|every| !every.is_zero());
        let heartbeat = heartbeat.map(|every| (every, CallbackAction::Heartbeat(every)));
        let completion = self.completion.clone()?;
        let completion = completion.map(|how| (self.after, CallbackAction::Complete(how)));
        Ok(heartbeat.into_iter().chain(completion).collect())
    }

    /// Waits that long before it answers: virtual time in local mode, real time in cloud mode.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// Sends a heartbeat that often until it answers: virtual time in local mode, real time in cloud
    /// mode.
    #[must_use]
    pub fn heartbeat_every(mut self, every: Duration) -> Self {
        self.heartbeat_every = Some(every);
        self
    }

    /// Answers while the invocation still runs, before the function reads that the callback started. In
    /// cloud mode, where the order cannot be chosen, it answers as soon as it can.
    #[must_use]
    pub fn while_running(mut self) -> Self {
        self.while_running = true;
        self
    }

    /// Allows that no callback asks for this answer, as for a branch that may not be taken. Without it a run
    /// in which none does fails, because a misspelt name would answer nothing.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

/// Finds what there is for a callback by its name, else what there is for every callback.
pub fn find_for<T>(name: Option<&str>, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    name.and_then(&find).or_else(|| find(ANY_CALLBACK))
}

/// The index of the reply that is next: several for one name are a sequence, of which the last one stays.
/// `is_used` returns none for replies to other names.
pub fn next_of<T>(replies: &[T], is_used: impl Fn(&T) -> Option<bool>) -> Option<usize> {
    let unused = |reply| is_used(reply) == Some(false);
    let meant = |reply| is_used(reply).is_some();
    let next = replies.iter().position(unused);
    next.or_else(|| replies.iter().rposition(meant))
}

/// Whether a callback of that name and path is meant: by one of them, or as any.
#[must_use]
pub fn is_meant(wanted: &str, name: Option<&str>, path: &str) -> bool {
    wanted == ANY_CALLBACK || name == Some(wanted) || path == wanted
}

/// The names of the contexts around a callback and its own, joined by `/`; of a wait for a callback, the path
/// of that.
pub fn callback_path<'a>(
    operation: &'a Operation,
    find: impl Fn(&OperationId) -> Option<&'a Operation>,
) -> String {
    let around = |operation: &&'a Operation| find(operation.parent_id.as_ref()?);
    let mut names: Vec<&str> = std::iter::successors(Some(operation), around)
        .map(|operation| operation.name.as_deref().unwrap_or_default())
        .collect();
    names.reverse();
    if operation.name.is_none() {
        names.pop();
    }
    names.join("/")
}

/// Decides what the other side of a callback does.
pub type Responder = Arc<dyn Fn(CallbackRequest) -> CallbackReply + Send + Sync>;

/// An answer to a callback: a [`CallbackReply`], or a closure that makes one of the request.
///
/// `Kind` only tells the two apart; it is always inferred.
pub trait IntoResponder<Kind> {
    /// The answer as a closure.
    fn into_responder(self) -> Responder;

    /// Whether a callback must ask for it. What a closure answers is known only when one does, so none must.
    fn is_required(&self) -> bool {
        false
    }
}

impl IntoResponder<CallbackReply> for CallbackReply {
    fn into_responder(self) -> Responder {
        Arc::new(move |_| self.clone())
    }

    fn is_required(&self) -> bool {
        !self.is_optional
    }
}

impl<F> IntoResponder<CallbackRequest> for F
where
    F: Fn(CallbackRequest) -> CallbackReply + Send + Sync + 'static,
{
    fn into_responder(self) -> Responder {
        Arc::new(self)
    }
}

/// The name that a callback goes by: its own, or that of the wait around it, which the SDK names
/// instead.
pub fn callback_name<'a>(
    operation: &'a Operation,
    find: impl FnOnce(&OperationId) -> Option<&'a Operation>,
) -> Option<&'a str> {
    operation.name.as_deref().or_else(|| {
        let parent = find(operation.parent_id.as_ref()?)?;
        parent.name.as_deref()
    })
}

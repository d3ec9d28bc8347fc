//! Answers to callbacks, set before the callbacks exist.
//!
//! [`CallbackReply`] has an example.

use std::sync::Arc;
use std::time::Duration;

use durable_service::model::{CallbackCompletion, CallbackId, ErrorObject, Operation, OperationId};
use serde::Serialize;

use crate::names::{Called, is_more_than_a_name};
use crate::timeline::CallbackAction;

/// The name that stands for every callback without an answer of its own.
///
/// [`LocalHost::answer`](crate::LocalHost::answer) takes it as a name; [`CallbackReply`] has an example of answers.
pub const ANY_CALLBACK: &str = "*";

/// A callback that an execution waits for.
///
/// A [`Responder`] is called with it, and returns a [`CallbackReply`].
#[derive(Debug, Clone)]
pub struct CallbackRequest {
    /// Name of the operation; of a wait for a callback, the name of that.
    pub name: Option<String>,
    /// The id by which the callback is completed.
    pub callback_id: CallbackId,
    /// ARN of the execution.
    pub execution_arn: String,
    /// What the operation is called; of a wait for a callback, what that is called.
    pub called: Called,
}

impl CallbackRequest {
    /// Path of the operation, as in `order/approval`; of a wait for a callback, the path of that.
    #[must_use]
    pub fn path(&self) -> String {
        self.called.path()
    }

    /// Whether it is called that: by name, by path, or as any.
    #[must_use]
    pub fn is_called(&self, wanted: &str) -> bool {
        wanted == ANY_CALLBACK || self.name() == Some(wanted) || self.called.is(wanted)
    }

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
///
/// ```
/// use std::time::Duration;
///
/// use durable_host::CallbackReply;
///
/// let granted = CallbackReply::success("granted").after(Duration::from_hours(2));
/// let refused = CallbackReply::failure("Refused", "too expensive");
/// ```
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

/// The index of the reply that a callback takes: one to its path or its number, else one to its name, else one to
/// every callback. Several to one name are a sequence, of which the last one stays. `planned` is what a reply is
/// to, and whether it was taken; none for replies that the callback does not concern.
///
/// [`CallbackReply`] says what a reply may do.
pub fn next_for<'a, T>(
    replies: &'a [T],
    request: &CallbackRequest,
    planned: impl Fn(&'a T) -> Option<(&'a str, bool)>,
) -> Option<usize> {
    let names = || replies.iter().filter_map(&planned).map(|(name, _)| name);
    let is_plain = |name: &&str| Some(*name) == request.name();
    let is_path = |name: &&str| is_more_than_a_name(name) && request.called.is(name);
    let wanted = names()
        .find(|name| is_path(name) && !is_plain(name))
        .or_else(|| names().find(is_plain))
        .unwrap_or(ANY_CALLBACK);
    let is_taken = |reply| {
        planned(reply)
            .filter(|(name, _)| *name == wanted)
            .map(|(_, taken)| taken)
    };
    let next = replies
        .iter()
        .position(|reply| is_taken(reply) == Some(false));
    next.or_else(|| replies.iter().rposition(|reply| is_taken(reply).is_some()))
}

/// The operation that a callback is called after: itself, or the wait around it, which the SDK names instead.
///
/// A [`CallbackRequest`] has its name, and a [`CallbackReply`] answers it.
pub fn named<'a>(
    operation: &'a Operation,
    find: impl FnOnce(&OperationId) -> Option<&'a Operation>,
) -> &'a Operation {
    let around = || find(operation.parent_id.as_ref()?);
    let is_named = operation.name.is_some();
    around().filter(|_| !is_named).unwrap_or(operation)
}

/// Decides what the other side of a callback does.
///
/// What is an [`IntoResponder`] becomes one, as a [`CallbackReply`] is.
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

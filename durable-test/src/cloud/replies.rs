//! Planned answers to callbacks, sent when they are due.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_client::FailureKind;
use durable_host::reply::next_for;
use durable_host::timeline::{CallbackAction, Timeline};
use durable_host::{CallbackReply, CallbackRequest, Responder};
use tokio::time::Instant;

use super::CloudError;
use super::api::Api;

/// Answers by callback name, and their planned actions.
#[derive(Default)]
pub(super) struct Replies {
    responders: Vec<PlannedAnswer>,
    /// Callbacks that were seen, by their ids.
    seen: HashMap<String, Answer>,
    timeline: Timeline<Instant>,
}

/// A planned answer to callbacks with a name.
struct PlannedAnswer {
    name: String,
    responder: Responder,
    /// Whether a callback took it.
    is_used: bool,
}

/// The state of the answer to a callback.
enum Answer {
    /// The callback has no answer.
    None,
    /// The answer is ready, and the execution does not wait for it yet.
    Ready(CallbackReply),
    /// The answer is planned, and perhaps sent.
    Planned,
}

impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.responders.iter().map(|answer| &answer.name))
            .finish()
    }
}

/// The time limit of a run for its answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
}

impl Replies {
    pub(super) fn new(responders: Vec<(String, Responder)>) -> Self {
        let answer = |(name, responder)| PlannedAnswer {
            name,
            responder,
            is_used: false,
        };
        Self {
            responders: responders.into_iter().map(answer).collect(),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.responders.is_empty()
    }

    /// When the next action is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.timeline.next_due()
    }

    /// Registers a callback; `suspended` is whether the invocation that started it has ended. As in local
    /// mode, an answer waits for that, unless it is meant to come earlier.
    pub(super) fn note(
        &mut self,
        request: &CallbackRequest,
        suspended: bool,
        allowed: Allowed,
    ) -> Result<(), CloudError> {
        let answer = match self.seen.remove(request.id()) {
            Some(answer) => answer,
            // A closure is called once.
            None => self.take(request).map_or(Answer::None, |responder| {
                Answer::Ready(responder(request.clone()))
            }),
        };
        match answer {
            Answer::Ready(reply) if suspended || reply.while_running => {
                self.seen
                    .insert(request.callback_id.to_string(), Answer::Planned);
                self.plan(request, &reply, allowed)
            }
            other => {
                self.seen.insert(request.callback_id.to_string(), other);
                Ok(())
            }
        }
    }

    fn plan(
        &mut self,
        request: &CallbackRequest,
        reply: &CallbackReply,
        allowed: Allowed,
    ) -> Result<(), CloudError> {
        let name = || request.name.clone().unwrap_or_default();
        let actions = reply.actions().map_err(|reason| CloudError::Reply {
            name: name(),
            reason,
        })?;
        let now = Instant::now();
        for (delay, action) in actions {
            let due = now.checked_add(delay);
            let is_completion = matches!(action, CallbackAction::Complete(_));
            let in_time = |due: &Instant| !is_completion || *due < allowed.deadline;
            match due.filter(in_time) {
                Some(due) => self.timeline.plan(due, &request.callback_id, action),
                None if is_completion => {
                    return Err(CloudError::LateReply {
                        name: name(),
                        after: reply.after,
                        timeout: allowed.timeout,
                    });
                }
                // A heartbeat past the end of the clock.
                None => {}
            }
        }
        Ok(())
    }

    /// Takes the answer to a callback.
    fn take(&mut self, request: &CallbackRequest) -> Option<Responder> {
        let index = next_for(&self.responders, request, |answer| {
            Some((&answer.name, answer.is_used))
        })?;
        let answer = self.responders.get_mut(index)?;
        answer.is_used = true;
        Some(Arc::clone(&answer.responder))
    }

    /// Fires what is due. A callback that was completed meanwhile accepts no answer, which is no error, and
    /// its heartbeats end. Transient failures are retried by the next call.
    pub(super) async fn perform_due(&mut self, api: &Api) -> Result<(), CloudError> {
        while let Some(planned) = self.timeline.take_due(Instant::now()) {
            let id = &planned.callback_id;
            let done = match &planned.action {
                CallbackAction::Complete(completion) => {
                    api.complete_callback(id.as_str(), completion.clone()).await
                }
                CallbackAction::Heartbeat(_) => api.heartbeat(id.as_str()).await,
            };
            match (done, planned.action) {
                (Ok(()), CallbackAction::Heartbeat(every)) => {
                    // The next one is in the future, however long this one took.
                    if let Some(due) = Instant::now().checked_add(every) {
                        let again = CallbackAction::Heartbeat(every);
                        self.timeline.plan(due, id, again);
                    }
                }
                (Ok(()), CallbackAction::Complete(_)) => self.timeline.forget(id),
                (Err(error), _) if is_closed(&error) => {}
                (Err(error), action) => {
                    self.timeline.plan(planned.time, id, action);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Whether a callback accepts no more answers.
fn is_closed(error: &CloudError) -> bool {
    let CloudError::Callback { failure, .. } = error else {
        return false;
    };
    failure.kind == FailureKind::NotFound
        || failure.code.as_deref() == Some("CallbackTimeoutException")
}

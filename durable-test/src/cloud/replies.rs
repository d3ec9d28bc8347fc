//! Answers to callbacks that were given up front, sent when their time comes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_client::FailureKind;
use durable_host::reply::ANY_CALLBACK;
use durable_host::{CallbackReply, CallbackRequest, Responder};
use durable_service::model::CallbackCompletion;
use tokio::time::Instant;

use super::CloudError;
use super::api::Api;

/// Answers by the names of callbacks, and what is planned of them.
#[derive(Default)]
pub(super) struct Replies {
    responders: Vec<(String, Responder)>,
    /// Callbacks that were seen, by their ids.
    seen: HashMap<String, Answer>,
    acts: Vec<Act>,
}

/// How far the answer to a callback is.
enum Answer {
    /// There is none.
    None,
    /// It is known, and the execution does not wait for it yet.
    Ready(CallbackReply),
    /// It is planned, and perhaps given.
    Planned,
}

/// Something that is done about a callback at a time.
struct Act {
    due: Instant,
    callback_id: String,
    kind: ActKind,
}

enum ActKind {
    Complete(CallbackCompletion),
    Heartbeat(Duration),
}

impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.responders.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The time that a run has for its answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
}

impl Replies {
    pub(super) fn new(responders: Vec<(String, Responder)>) -> Self {
        Self {
            responders,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.responders.is_empty()
    }

    /// When the next act is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.acts.iter().map(|act| act.due).min()
    }

    /// Takes note of a callback; `suspended` says whether the invocation that began it is over. An
    /// answer comes only then unless it is to come earlier, as in local mode.
    pub(super) fn note(
        &mut self,
        request: &CallbackRequest,
        suspended: bool,
        allowed: Allowed,
    ) -> Result<(), CloudError> {
        let answer = match self.seen.remove(request.id()) {
            Some(answer) => answer,
            // A closure is asked once.
            None => self
                .responder(request.name())
                .map_or(Answer::None, |responder| {
                    Answer::Ready(responder(request.clone()))
                }),
        };
        match answer {
            Answer::Ready(reply) if suspended || reply.while_running => {
                self.seen
                    .insert(request.callback_id.to_string(), Answer::Planned);
                self.plan(request, reply, allowed)
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
        reply: CallbackReply,
        allowed: Allowed,
    ) -> Result<(), CloudError> {
        let name = || request.name.clone().unwrap_or_default();
        let completion = reply.completion.map_err(|reason| CloudError::Reply {
            name: name(),
            reason,
        })?;
        let now = Instant::now();
        if let Some(completion) = completion {
            let due = now.checked_add(reply.after);
            let Some(due) = due.filter(|due| *due < allowed.deadline) else {
                return Err(CloudError::LateReply {
                    name: name(),
                    after: reply.after,
                    timeout: allowed.timeout,
                });
            };
            self.act(due, request, ActKind::Complete(completion));
        }
        if let Some(every) = reply.heartbeat_every.filter(|every| !every.is_zero())
            && let Some(due) = now.checked_add(every)
        {
            self.act(due, request, ActKind::Heartbeat(every));
        }
        Ok(())
    }

    /// The act that was due first of those that are.
    fn take_due(&mut self) -> Option<Act> {
        let now = Instant::now();
        let due = self.acts.iter().enumerate().min_by_key(|(_, act)| act.due);
        let (index, _) = due.filter(|(_, act)| act.due <= now)?;
        Some(self.acts.remove(index))
    }

    fn responder(&self, name: Option<&str>) -> Option<Responder> {
        let of = |wanted: &str| self.responders.iter().find(|(name, _)| name == wanted);
        let found = name.and_then(of).or_else(|| of(ANY_CALLBACK));
        found.map(|(_, responder)| Arc::clone(responder))
    }

    fn act(&mut self, due: Instant, request: &CallbackRequest, kind: ActKind) {
        self.acts.push(Act {
            due,
            callback_id: request.callback_id.to_string(),
            kind,
        });
    }

    /// Does what is due by now. A callback that is over meanwhile takes no answer, which is no error,
    /// and its heartbeats end. What fails for now is tried again with the next call.
    pub(super) async fn perform_due(&mut self, api: &Api) -> Result<(), CloudError> {
        while let Some(act) = self.take_due() {
            let done = match &act.kind {
                ActKind::Complete(completion) => {
                    api.complete_callback(&act.callback_id, completion.clone())
                        .await
                }
                ActKind::Heartbeat(_) => api.heartbeat(&act.callback_id).await,
            };
            match (done, act.kind) {
                (Ok(()), ActKind::Heartbeat(every)) => {
                    // The next one is in the future, however long this one took.
                    if let Some(due) = Instant::now().checked_add(every) {
                        self.acts.push(Act {
                            due,
                            callback_id: act.callback_id,
                            kind: ActKind::Heartbeat(every),
                        });
                    }
                }
                (Ok(()), ActKind::Complete(_)) => {
                    self.acts
                        .retain(|other| other.callback_id != act.callback_id);
                }
                (Err(error), _) if is_over(&error) => {}
                (Err(error), kind) => {
                    self.acts.push(Act { kind, ..act });
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Whether a callback takes no answer any more.
fn is_over(error: &CloudError) -> bool {
    let CloudError::Callback { failure, .. } = error else {
        return false;
    };
    failure.kind == FailureKind::NotFound
        || failure.code.as_deref() == Some("CallbackTimeoutException")
}

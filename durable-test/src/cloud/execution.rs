//! An execution of a deployed function, while it runs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use durable_client::{Failure, FailureKind, Payloads};
use durable_host::CallbackRequest;
use durable_host::names::Called;
use durable_host::reply::named;
use durable_service::fold::Fold;
use durable_service::model::{
    CallbackCompletion, ErrorObject, Event, EventDetails, ExecutionStatus, Operation,
    OperationDetails, OperationStatus,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api::Api;
use super::pace::Pace;
use super::progress::Progress;
use super::replies::{Allowed, Replies};
use super::snapshot::calls;
use super::{CloudError, CloudSnapshot, background};

/// How far to follow an execution, unless it ends before.
#[derive(Debug, Clone)]
pub(crate) enum Until {
    /// To its end.
    Closed,
    /// Until a callback of that name, or any if it is `*`, waits for its completion.
    Callback(String),
}

/// The state in which following an execution stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The execution has ended.
    Closed,
    /// A callback waits, by this id.
    Callback(String),
}

/// An execution of a deployed function. Clones are handles on the same execution.
#[derive(Debug, Clone)]
pub(crate) struct CloudExecution {
    api: Api,
    arn: Arc<str>,
    /// Its label in the progress line.
    label: Arc<str>,
    replies: Arc<Mutex<Replies>>,
}

/// Limit of consecutive polls that fail with a transient error. Throttling does not count.
const MAX_TROUBLES: usize = 5;

/// Limit of the time that a failed run waits for its last snapshot.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);

impl CloudExecution {
    pub(super) fn new(api: Api, arn: String, label: &str, replies: Replies) -> Self {
        Self {
            api,
            arn: arn.into(),
            label: label.into(),
            replies: Arc::new(Mutex::new(replies)),
        }
    }

    /// ARN of the execution.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    /// A handle on another execution behind the same endpoint, such as one that this one called.
    pub(crate) fn other(&self, arn: &str) -> Self {
        Self::new(self.api.clone(), arn.to_owned(), arn, Replies::default())
    }

    /// Waits until the execution has ended or the requested state is reached, and answers callbacks
    /// meanwhile.
    pub(crate) async fn drive(
        &self,
        until: Until,
        timeout: Duration,
    ) -> Result<Reached, CloudError> {
        let this = self.clone();
        background::run(async move { this.follow(&until, timeout).await }).await
    }

    /// The execution as it stands now.
    pub(crate) async fn snapshot(&self) -> Result<CloudSnapshot, CloudError> {
        let this = self.clone();
        background::run(async move { CloudSnapshot::read(&this.api, &this.arn).await }).await
    }

    /// A snapshot of the execution, if the service answers soon: for the report of a failed run.
    pub(crate) async fn last_state(&self) -> Option<CloudSnapshot> {
        let this = self.clone();
        let read = background::run(async move {
            let read = CloudSnapshot::read(&this.api, &this.arn);
            Ok(tokio::time::timeout(REPORT_TIMEOUT, read).await)
        });
        read.await.ok()?.ok()?.ok()
    }

    /// Like [`CloudExecution::snapshot`], but blocks the thread.
    pub(crate) fn snapshot_blocking(&self) -> Result<CloudSnapshot, CloudError> {
        let this = self.clone();
        background::wait(async move { CloudSnapshot::read(&this.api, &this.arn).await })
    }

    /// Completes a callback.
    pub(crate) async fn complete_callback(
        &self,
        callback_id: &str,
        completion: CallbackCompletion,
    ) -> Result<(), CloudError> {
        let (api, id) = (self.api.clone(), callback_id.to_owned());
        background::run(async move { api.complete_callback(&id, completion).await }).await
    }

    /// Sends a heartbeat for a callback.
    pub(crate) async fn heartbeat(&self, callback_id: &str) -> Result<(), CloudError> {
        let (api, id) = (self.api.clone(), callback_id.to_owned());
        background::run(async move { api.heartbeat(&id).await }).await
    }

    /// Stops the execution, unless it has ended.
    pub(crate) async fn stop(&self, error: ErrorObject) -> Result<(), CloudError> {
        let this = self.clone();
        background::run(async move { this.api.stop(&this.arn, error).await }).await
    }

    async fn follow(&self, until: &Until, timeout: Duration) -> Result<Reached, CloudError> {
        let now = Instant::now();
        let deadline = now.checked_add(timeout);
        let allowed = Allowed {
            // Thirty years stand for no limit, and every clock can represent them.
            deadline: deadline.unwrap_or(now + Duration::from_hours(24 * 365 * 30)),
            timeout,
        };
        let mut poll = Poll {
            pace: self.api.pace(),
            troubles: 0,
            last_trouble: None,
            progress: Progress::start(&self.label),
        };
        loop {
            // An execution that ended after the last regular look still ended in time: look once more at the
            // deadline.
            let is_last = Instant::now() >= allowed.deadline;
            let bound = if is_last {
                Instant::now() + LAST_LOOK
            } else {
                allowed.deadline
            };
            let look = self.look(until, allowed, &mut poll.progress);
            match tokio::time::timeout_at(bound, look).await {
                Ok(Ok(Some(reached))) => return Ok(reached),
                Ok(Ok(None)) => poll.calm(),
                Ok(Err(error)) => poll.tolerate(error)?,
                Err(_) => return Err(self.timed_out(timeout, poll.last_trouble)),
            }
            if is_last {
                return Err(self.timed_out(timeout, poll.last_trouble));
            }
            let mut next = Instant::now() + poll.pace.next();
            if let Some(due) = self.replies.lock().await.next_due() {
                next = next.min(due.max(Instant::now() + MINIMUM));
            }
            tokio::time::sleep_until(next.min(allowed.deadline)).await;
        }
    }

    fn timed_out(&self, timeout: Duration, trouble: Option<Failure>) -> CloudError {
        CloudError::TimedOut {
            arn: self.arn.to_string(),
            timeout,
            trouble,
        }
    }

    /// Looks at the execution once, and fires what is due.
    async fn look(
        &self,
        until: &Until,
        allowed: Allowed,
        progress: &mut Progress,
    ) -> Result<Option<Reached>, CloudError> {
        let status = self
            .api
            .describe(&self.arn, Payloads::LeftOut)
            .await?
            .status;
        if status.is_terminal() {
            return Ok(Some(Reached::Closed));
        }
        let answers = !self.replies.lock().await.is_empty();
        if answers || matches!(until, Until::Callback(_)) || progress.is_due() {
            let own = Callbacks::of(&self.api, &self.arn).await?;
            progress.show(status, own.operations);
            if let Until::Callback(name) = until
                && let Some(open) = self.waiting(&own, name).await?
            {
                return Ok(Some(Reached::Callback(open)));
            }
            if answers {
                self.answer(own, allowed).await?;
            }
        }
        Ok(None)
    }

    /// The id of the waiting callback with that name or path, of the execution or of those that it called.
    async fn waiting(&self, own: &Callbacks, name: &str) -> Result<Option<String>, CloudError> {
        if let Some(open) = own.waiting(name) {
            return Ok(Some(open));
        }
        let mut called = own.called.clone();
        while let Some(arn) = called.pop() {
            let mut callbacks = Callbacks::of(&self.api, &arn).await?;
            if let Some(open) = callbacks.waiting(name) {
                return Ok(Some(open));
            }
            called.append(&mut callbacks.called);
        }
        Ok(None)
    }

    /// Answers the callbacks of the execution and of those that it called.
    async fn answer(&self, own: Callbacks, allowed: Allowed) -> Result<(), CloudError> {
        let mut replies = self.replies.lock().await;
        let mut seen = vec![own];
        while let Some(callbacks) = seen.pop() {
            for open in &callbacks.open {
                replies.note(&open.request, open.is_suspended, allowed)?;
            }
            for child in &callbacks.called {
                seen.push(Callbacks::of(&self.api, child).await?);
            }
        }
        replies.perform_due(&self.api).await
    }
}

/// Limit of the look at the deadline.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// The shortest time between two looks, whatever is due.
const MINIMUM: Duration = Duration::from_millis(20);

/// The state of polling.
struct Poll {
    pace: Pace,
    troubles: usize,
    last_trouble: Option<Failure>,
    progress: Progress,
}

impl Poll {
    fn calm(&mut self) {
        self.troubles = 0;
        self.last_trouble = None;
    }

    /// Slows the polling down after a transient error; returns any other error.
    fn tolerate(&mut self, error: CloudError) -> Result<(), CloudError> {
        let Some(failure) = error.failure().filter(|failure| failure.may_pass()) else {
            return Err(error);
        };
        let busy = failure.kind == FailureKind::Throttled;
        self.last_trouble = Some(failure.clone());
        self.pace.slow_down();
        if !busy {
            self.troubles += 1;
            if self.troubles == MAX_TROUBLES {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The open callbacks of an execution, and the open executions that it called.
struct Callbacks {
    operations: usize,
    open: Vec<OpenCallback>,
    called: Vec<String>,
}

struct OpenCallback {
    request: CallbackRequest,
    /// Whether the invocation that started it has ended.
    is_suspended: bool,
}

impl Callbacks {
    async fn of(api: &Api, arn: &str) -> Result<Self, CloudError> {
        let history = api.history(arn, Payloads::LeftOut).await?;
        Ok(Self::read(arn, &history))
    }

    fn read(arn: &str, history: &[Event]) -> Self {
        let fold = Fold::of(history);
        let over = fold.status() != ExecutionStatus::Running;
        let is_open = |operation: &&Operation| operation.status == OperationStatus::Started;
        let suspended = suspended(history);
        let open = fold
            .operations()
            .filter(is_open)
            .filter_map(|operation| {
                let OperationDetails::Callback(details) = &operation.details else {
                    return None;
                };
                let named = named(operation, |id| fold.operation(id.as_str()));
                let request = CallbackRequest {
                    name: named.name.clone(),
                    callback_id: details.callback_id.clone(),
                    execution_arn: arn.to_owned(),
                    called: Called::among(named, || fold.operations()),
                };
                Some(OpenCallback {
                    request,
                    is_suspended: suspended.contains(operation.id.as_str()),
                })
            })
            .collect();
        let called = calls(history)
            .filter(|(id, _)| fold.operation(id.as_str()).as_ref().is_some_and(is_open))
            .map(|(_, arn)| arn.to_owned())
            .collect();
        Self {
            operations: fold.operations().count(),
            open: if over { Vec::new() } else { open },
            called,
        }
    }

    /// The id of the waiting callback with that name or path.
    fn waiting(&self, name: &str) -> Option<String> {
        self.open
            .iter()
            .find(|open| open.is_suspended && open.request.is_called(name))
            .map(|open| open.request.callback_id.to_string())
    }
}

/// The callbacks that were started before an invocation ended: the execution waits for them.
fn suspended(history: &[Event]) -> HashSet<&str> {
    let last_end = history
        .iter()
        .rposition(|event| matches!(event.details, EventDetails::InvocationCompleted { .. }))
        .unwrap_or(0);
    history
        .iter()
        .take(last_end)
        .filter(|event| matches!(event.details, EventDetails::CallbackStarted { .. }))
        .filter_map(Event::id)
        .collect()
}

//! One durable execution: its operations, history, token and timers.

mod checkpoint;
mod control;
mod first_set;
mod invocation;
mod outlook;
mod pause;
mod persistence;
mod spec;
mod state;
mod timers;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use checkpoint::{CheckpointRequest, CheckpointResponse};
pub(crate) use control::callback_over;
pub use invocation::{InvocationInput, InvocationOutcome, InvocationRecord};
pub use pause::PauseRequest;
pub(crate) use persistence::Loader;
pub(crate) use spec::{ExecutionSpec, shared_version};
pub use state::{StatePage, needed_by_replay};
pub use timers::InlineTimers;

use crate::change_count::ChangeCount;
use crate::history::History;
use crate::map::{IndexMap, IndexSet};
use crate::model::{
    ErrorObject, Event, EventDetails, EventSubject, ExecutionArn, ExecutionStatus,
    InvocationContext, Operation, OperationDetails, OperationId, OperationStatus, Seconds,
    Timestamp,
};
use crate::transitions::Completion;
use crate::{Limits, Policy};
use checkpoint::{AcceptedCheckpoint, IssuedToken};
use pause::{Pause, PauseCall};
use persistence::Saved;
use timers::Timers;

/// Earliest due times in an execution, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DueTimes {
    /// The next invocation.
    pub(crate) invocation: Option<Timestamp>,
    /// The next timer of an operation.
    pub(crate) operation: Option<Timestamp>,
    /// The next timer of any kind: of an operation, or the execution timeout.
    pub(crate) timer: Option<Timestamp>,
    /// The execution timeout, if it was set explicitly and no pause stops it.
    pub(crate) explicit_timeout: Option<Timestamp>,
    /// The end of its retention.
    pub(crate) expiry: Option<Timestamp>,
}

/// The operation of another execution that waits for this one.
///
/// [`Execution::caller`] returns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caller {
    /// The other execution.
    pub execution: ExecutionArn,
    /// Its `CHAINED_INVOKE` operation.
    pub operation: OperationId,
}

/// One durable execution.
///
/// [`Service::execution`](crate::Service::execution) returns it.
///
/// ```
/// use durable_service::model::{ExecutionStatus, Timestamp};
/// use durable_service::{Service, ServiceSettings, StartRequest};
///
/// let mut service = Service::new(ServiceSettings::default());
/// let now = Timestamp::from_millis(0);
/// let arn = service.start(now, StartRequest::new("hello", "{}"))?.arn;
///
/// let execution = service.execution(&arn)?;
/// assert_eq!((execution.function(), execution.input()), ("hello", "{}"));
/// assert_eq!(execution.status(), ExecutionStatus::Running);
/// assert_eq!(execution.history().len(), 1);
/// assert_eq!(execution.caller(), None);
/// # Ok::<(), durable_service::ServiceError>(())
/// ```
#[derive(Debug)]
pub struct Execution {
    spec: ExecutionSpec,
    /// Its number on its service, from 1; its id and its request ids derive from it.
    number: u64,
    limits: Arc<Limits>,
    policy: Arc<Policy>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    completion: Option<Box<Completion>>,
    /// How it ends once the invocation in flight does, if the policy holds back the end by a checkpoint.
    held_completion: Option<Box<Completion>>,
    /// In order of creation; the first is the EXECUTION operation itself.
    operations: IndexMap<OperationId, Operation>,
    history: History,
    timers: Timers,
    /// Operations changed since the function last saw the state, in the order of their changes.
    dirty: IndexSet<OperationId>,
    invocations: Vec<InvocationRecord>,
    in_flight: bool,
    /// Whether a change asked for another invocation while the function ran.
    wake_requested: bool,
    pause: Option<Pause>,
    /// Whether the invocation in flight lost its token to a pause that was resumed since.
    token_withheld: bool,
    last_pause_call: Option<Box<PauseCall>>,
    /// When the function is to be invoked next; none while no invocation is due.
    wake_at: Option<Timestamp>,
    /// Failed invocations in a row.
    failures: u32,
    /// Checkpoints accepted so far: the sequence part of the current token.
    sequence: u64,
    /// Boxed, as few of many open executions are in an invocation.
    last_checkpoint: Option<Box<AcceptedCheckpoint>>,
    issued: IssuedToken,
    stored_bytes: usize,
    /// How far its own time is ahead of the service's, because it was skipped.
    ahead: Duration,
    /// What a store already holds of it, if its changes are tracked. Boxed, as without a store there is none.
    saved: Option<Box<Saved>>,
    /// How many changes there were since it was started or restored.
    changes: ChangeCount,
}

impl Execution {
    pub(crate) fn new(
        mut spec: ExecutionSpec,
        number: u64,
        limits: &Arc<Limits>,
        policy: &Arc<Policy>,
        now: Timestamp,
    ) -> Self {
        let id = OperationId::from(spec.arn.execution_id());
        let input = std::mem::take(&mut spec.input);
        let root = Operation {
            id: id.clone(),
            parent_id: None,
            name: Some(spec.name.clone()),
            sub_type: None,
            status: OperationStatus::Started,
            started_at: now,
            ended_at: None,
            details: OperationDetails::Execution {
                input: Some(input.clone()),
            },
        };
        let mut history = History::default();
        history.append(
            now,
            Some(EventSubject::from(&root)),
            EventDetails::ExecutionStarted {
                input: Some(input.clone()),
                execution_timeout: spec.execution_timeout,
            },
        );
        let timeout_at = now.after_seconds(spec.execution_timeout);
        Self {
            started_at: now,
            ended_at: None,
            completion: None,
            held_completion: None,
            operations: IndexMap::from_iter([(root.id.clone(), root)]),
            history,
            timers: Timers::new(timeout_at),
            dirty: if policy.execution_is_new {
                IndexSet::from_iter([id])
            } else {
                IndexSet::default()
            },
            invocations: Vec::new(),
            in_flight: false,
            wake_requested: false,
            pause: None,
            token_withheld: false,
            last_pause_call: None,
            wake_at: Some(now),
            failures: 0,
            sequence: 0,
            last_checkpoint: None,
            issued: IssuedToken::default(),
            stored_bytes: input.len(),
            ahead: Duration::ZERO,
            saved: None,
            changes: ChangeCount::default(),
            spec,
            number,
            limits: Arc::clone(limits),
            policy: Arc::clone(policy),
        }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &ExecutionArn {
        &self.spec.arn
    }

    /// Its name: set by the start, or generated by the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Name of the function that it runs.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.spec.function
    }

    /// Version of the function that it runs.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.spec.version
    }

    /// The payload that it was started with.
    #[must_use]
    pub fn input(&self) -> &str {
        match self.operations.first().map(|(_, root)| &root.details) {
            Some(OperationDetails::Execution { input }) => input.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// Its execution timeout.
    #[must_use]
    pub fn execution_timeout(&self) -> Seconds {
        self.spec.execution_timeout
    }

    /// Its retention in days, if its function sets one.
    #[must_use]
    pub fn retention_days(&self) -> Option<u32> {
        self.spec.retention_days
    }

    /// When its retention ends, once it is closed; none if it is kept for ever.
    pub(crate) fn kept_until(&self) -> Option<Timestamp> {
        let default = self.policy.retention?;
        let retention = match self.spec.retention_days {
            Some(days) => Duration::from_hours(24 * u64::from(days)),
            None => default,
        };
        Some(self.ended_at?.after(retention))
    }

    /// The context of its invocations.
    #[must_use]
    pub fn context(&self) -> InvocationContext {
        self.spec.context()
    }

    /// The tenant that the function runs for.
    #[must_use]
    pub fn tenant_id(&self) -> Option<&str> {
        self.spec.tenant_id.as_deref()
    }

    /// The trace header that it was started with; a chained invoke passes on that of its caller.
    #[must_use]
    pub fn trace_header(&self) -> Option<&str> {
        self.spec.trace_header.as_deref()
    }

    /// The operation that called it, if another execution did.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.spec.caller.as_deref()
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> ExecutionStatus {
        match (&self.completion, &self.pause) {
            (Some(completion), _) => completion.status,
            (None, Some(pause)) => pause.status(),
            (None, None) => ExecutionStatus::Running,
        }
    }

    /// Its serialized result, once it succeeded.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        self.completion.as_ref()?.result.as_deref()
    }

    /// Its error, once it ended with one.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        self.completion.as_ref()?.error.as_ref()
    }

    /// When it was accepted.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// Its operations in the order of their creation, the EXECUTION one left out.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values().skip(1)
    }

    /// The operation of an id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }

    /// Its events so far.
    #[must_use]
    pub fn history(&self) -> &[Event] {
        self.history.events()
    }

    /// Its events so far, without a copy. While they are held, the next event costs one.
    #[must_use]
    pub fn shared_history(&self) -> Arc<Vec<Event>> {
        Arc::clone(self.history.events())
    }

    /// Its invocations so far, the running one included.
    #[must_use]
    pub fn invocations(&self) -> &[InvocationRecord] {
        &self.invocations
    }

    /// Whether the function runs for it right now.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.in_flight
    }

    /// When its next invocation is due; none while one runs or none is due.
    #[must_use]
    pub fn invoke_at(&self) -> Option<Timestamp> {
        self.wake_at
            .filter(|_| !self.in_flight && !self.is_closed() && self.pause.is_none())
    }

    /// Whether the response of an invocation ended it, rather than a timeout, a stop or the failure of its
    /// invocations.
    #[must_use]
    pub fn is_ended_by_response(&self) -> bool {
        let status = self.completion.as_ref().map(|completion| completion.status);
        let by_function = matches!(
            status,
            Some(ExecutionStatus::Succeeded | ExecutionStatus::Failed)
        );
        by_function && self.failures == 0
    }

    /// The latest time at which anything happened to it.
    pub(crate) fn latest_time(&self) -> Option<Timestamp> {
        // After a failure the next invocation is planned for a time that may not have come.
        let woken_at = self.wake_at.filter(|_| self.failures == 0);
        let invoked_at = self.invocations.last().map(|record| record.started_at);
        self.history.last_time().max(woken_at).max(invoked_at)
    }

    /// Returns when something is due in it, by the service's time.
    pub(crate) fn due_times(&self) -> DueTimes {
        let open = !self.is_closed();
        let by_service = |time: Timestamp| time.before(self.ahead);
        let operation = self.timers.next_operation().filter(|_| open);
        DueTimes {
            invocation: self.invoke_at().map(by_service),
            operation: operation.map(by_service),
            timer: open.then(|| by_service(self.timers.next_due())),
            explicit_timeout: self.explicit_timeout_at().map(by_service),
            expiry: self.kept_until().map(by_service),
        }
    }

    /// How many changes of it there were since it was started or restored. Equal numbers mean that nothing
    /// changed in between.
    #[must_use]
    pub fn change_count(&self) -> u64 {
        self.changes.get()
    }

    pub(crate) fn count_change(&mut self) {
        self.changes.add();
    }

    /// Its own time at a time of the service, which is later if its time was skipped.
    #[must_use]
    pub fn local(&self, time: Timestamp) -> Timestamp {
        time.after(self.ahead)
    }

    /// How far its own time is ahead of the service's.
    pub(crate) fn ahead(&self) -> Duration {
        self.ahead
    }

    /// Sets how far its own time is ahead of the service's.
    pub(crate) fn set_ahead(&mut self, ahead: Duration) {
        self.ahead = ahead;
    }

    /// When its execution timeout is due, if a start or the function's configuration set it, no pause stops
    /// it, and the execution is open.
    #[must_use]
    pub fn explicit_timeout_at(&self) -> Option<Timestamp> {
        let stands_still = self.pause.is_some_and(|pause| pause.stops_timeout());
        let runs = self.spec.timeout_is_chosen && !stands_still && !self.is_closed();
        runs.then(|| self.timers.timeout_at())
    }

    /// When its execution timeout is due, explicit or not. While a pause stops it, this is the latest time
    /// at which any execution ends.
    pub(crate) fn timeout_at(&self) -> Timestamp {
        self.timers.timeout_at()
    }

    /// Earliest of its next invocation and its operations' timers, ignoring its own timeout.
    #[must_use]
    pub fn next_operation_due(&self) -> Option<Timestamp> {
        let operation = self.timers.next_operation().filter(|_| !self.is_closed());
        [self.invoke_at(), operation].into_iter().flatten().min()
    }

    /// Earliest of its next invocation, its operations' timers and its own timeout.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let timer = (!self.is_closed()).then(|| self.timers.next_due());
        [self.invoke_at(), timer].into_iter().flatten().min()
    }

    /// Operations that a timer or a call from outside can still change: open waits, retries, callbacks and
    /// chained invokes.
    pub fn pending(&self) -> impl Iterator<Item = &Operation> {
        self.operations().filter(|operation| operation.can_wake())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.completion.is_some()
    }

    /// Ends the execution and records it; its timers are disarmed and the function is not invoked
    /// again.
    fn close(&mut self, completion: Completion, now: Timestamp) {
        let (result, error) = (completion.result.clone(), completion.error.clone());
        let event = match completion.status {
            ExecutionStatus::Running
            | ExecutionStatus::Pausing
            | ExecutionStatus::Paused
            | ExecutionStatus::Succeeded => EventDetails::ExecutionSucceeded { result },
            ExecutionStatus::Failed => EventDetails::ExecutionFailed { error },
            // The execution holds the error; the event's details stay empty.
            ExecutionStatus::TimedOut => EventDetails::ExecutionTimedOut { error: None },
            ExecutionStatus::Stopped => EventDetails::ExecutionStopped { error },
        };
        self.record(now, event);
        self.end(completion, now);
    }

    /// Ends the execution without an event.
    fn end(&mut self, completion: Completion, at: Timestamp) {
        if let Some((_, root)) = self.operations.first_mut() {
            root.status = completion.status.operation_status();
            root.ended_at = Some(at);
        }
        self.completion = Some(Box::new(completion));
        self.held_completion = None;
        self.ended_at = Some(at);
        self.wake_at = None;
        // The checkpoint that closed the execution cannot be repeated, nor can an earlier one.
        self.last_checkpoint = None;
    }

    /// Records an event about the execution itself.
    fn record(&mut self, now: Timestamp, event: EventDetails) {
        let subject = self
            .operations
            .first()
            .map(|(_, root)| EventSubject::from(root));
        self.history.append(now, subject, event);
    }
}

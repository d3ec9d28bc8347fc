//! One invocation of the handler over a recorded state: what it is shown, and what it is answered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::task::Waker;

use durable_service::fold::Fold;
use durable_service::model::{
    CheckpointToken, ContextDetails, ErrorObject, Event, EventDetails, EventSubject, Operation,
    OperationAction, OperationDetails, OperationId, OperationStatus, OperationType,
    OperationUpdate, Seconds, Timestamp,
};
use durable_service::{CheckpointRequest, CheckpointResponse, ServiceError, needed_by_replay};

use super::divergence::{Divergence, Outcome};
use super::effect::Accepted;
use super::recorded::{Invocation, Recorded, RecordedOperation, mark_pending};
use crate::sdk::payload::json_eq;
use crate::sdk::{OperationSketch, mismatch};

/// The kind that marks a probed record: no SDK makes operations of it.
const PROBE: &str = "ReplayProbe";

/// How a pass finds out whether the handler still makes an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe<'a> {
    /// Its record is one that the SDK refuses.
    Mismatched(&'a OperationId),
    /// Its record is one of an attempt that waits for its time, on which the handler suspends. It makes no call for
    /// that, so this probe takes least.
    Waiting(&'a OperationId),
    /// It has no record, and the invocation ends where the handler starts it. A refusal would have the SDK
    /// make an error with a stack trace, which takes longer than all the rest.
    Stopping(&'a OperationId),
    /// It has no record.
    Missing(&'a OperationId),
}

/// What a pass is to show.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'a> {
    /// The state at the end of an invocation that suspended, without what it started that ends
    /// from outside: the handler has to make that again.
    Suspended(&'a Invocation),
    /// All that was recorded, as the last invocation left it.
    Last(&'a Invocation),
}

/// One invocation over a recorded state. No body of a step runs in it: an attempt starts only after
/// its START is stored, and none is; and what the state shows of steps is over or waits for its time.
///
/// A [`Call`](crate::Call) holds it: the [crate](crate#example) has an example.
#[derive(Debug)]
pub struct Pass {
    recorded: Arc<Recorded>,
    invocation: Invocation,
    token: CheckpointToken,
    /// Operations that the handler has to make again, as they stood at the end.
    withheld: HashMap<OperationId, Operation>,
    /// Operations that the handler was seen to start or to end.
    made: HashSet<OperationId>,
    /// What is heard of the SDK, if anything is.
    heard: Option<Heard>,
    finding: Option<Finding>,
    accepted: Accepted,
    /// Differences that are accepted.
    passed_over: Vec<Divergence>,
    /// Whether a finding ends the invocation at once.
    stops: bool,
    /// Wakes what polls the invocation.
    waker: Option<Waker>,
}

/// The operations that the SDK said it took from their records. It does not say so of a context whose children it
/// replays, and what it says in tasks is not heard.
type Heard = HashSet<OperationId>;

/// What a pass saw of the handler.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    made: HashSet<OperationId>,
    heard: Option<Heard>,
}

impl Seen {
    /// Whether the handler was seen to make an operation: it started it, ended it, or took it from its record.
    pub(crate) fn has(&self, id: &OperationId) -> bool {
        self.made.contains(id) || self.has_heard_of(id)
    }

    /// Whether the SDK said that it took an operation from its record.
    pub(crate) fn has_heard_of(&self, id: &OperationId) -> bool {
        self.heard.as_ref().is_some_and(|heard| heard.contains(id))
    }

    /// What was seen of a handler that suspended: it was dropped where it stood, so that nothing is to be concluded from
    /// what was not heard.
    pub(crate) fn of_suspended(self) -> Self {
        Self {
            heard: None,
            ..self
        }
    }

    /// Whether anything was heard of the SDK.
    pub(crate) fn hears(&self) -> bool {
        self.heard.is_some()
    }
}

/// Why a pass ended before the handler did.
#[derive(Debug)]
pub(crate) enum Finding {
    /// The handler does something else.
    Divergence(Box<Divergence>),
    /// The handler goes on where this pass has nothing to compare.
    OutOfScope,
}

/// The operations that a pass shows.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) operations: Vec<Operation>,
    /// Operations that the handler has to make again, as they stood at the end.
    withheld: HashMap<OperationId, Operation>,
}

impl Shown {
    /// What a view shows.
    pub(crate) fn new(recorded: &Recorded, view: View<'_>) -> Self {
        let (invocation, mut operations) = match view {
            View::Suspended(invocation) => (invocation, recorded.state_of(invocation)),
            View::Last(invocation) => (invocation, recorded.last_state()),
        };
        reopen(recorded, invocation, &mut operations);
        if needed_by_replay(&operations).count() < operations.len() {
            let needed: HashSet<OperationId> = needed_by_replay(&operations)
                .map(|operation| operation.id.clone())
                .collect();
            operations.retain(|operation| needed.contains(&operation.id));
        }
        let mut withheld = HashMap::new();
        if matches!(view, View::Suspended(_)) {
            let again = |operation: &mut Operation| {
                operation.operation_type().ends_from_outside()
                    && recorded.started_in(&operation.id, invocation)
            };
            for operation in operations.extract_if(.., again) {
                withheld.insert(operation.id.clone(), operation);
            }
        }
        Self {
            operations,
            withheld,
        }
    }

    /// Whether an operation is shown as over, and below nothing that is.
    pub(crate) fn can_be_asked_for(&self, sketch: &OperationSketch) -> bool {
        let stands = |id: &OperationId, is_over: bool| {
            let mut operations = self.operations.iter();
            operations.any(|other| other.id == *id && other.status.is_terminal() == is_over)
        };
        let parent = sketch.parent_id.as_ref();
        stands(&sketch.id, true) && parent.is_none_or(|parent| stands(parent, false))
    }

    /// Whether a handler that suspends has asked for this step, if its attempt waits for its time: nothing else is open.
    pub(crate) fn suspends_on_alone(&self, sketch: &OperationSketch) -> bool {
        let is_open = |operation: &Operation| {
            operation.operation_type() != OperationType::Context && !operation.status.is_terminal()
        };
        sketch.operation_type == OperationType::Step
            && self.withheld.is_empty()
            && !self.operations.iter().any(is_open)
    }

    /// Changes the record that a probe is about.
    fn probe(&mut self, probe: Probe<'_>) {
        let shown = &mut self.operations;
        match probe {
            Probe::Mismatched(id) => {
                if let Some(operation) = shown.iter_mut().find(|operation| operation.id == *id) {
                    operation.sub_type = Some(PROBE.to_owned());
                }
            }
            Probe::Waiting(id) => {
                if let Some(operation) = shown.iter_mut().find(|operation| operation.id == *id) {
                    operation.status = OperationStatus::Pending;
                    operation.ended_at = None;
                }
            }
            Probe::Stopping(id) | Probe::Missing(id) => {
                shown.retain(|operation| operation.id != *id);
            }
        }
    }
}

impl Pass {
    /// A pass, and the operations that it shows.
    pub(crate) fn new(
        recorded: &Arc<Recorded>,
        invocation: &Invocation,
        token: CheckpointToken,
        (mut shown, probe): (Shown, Option<Probe<'_>>),
        accepted: Accepted,
    ) -> (Self, Vec<Operation>) {
        if let Some(probe) = probe {
            shown.probe(probe);
        }
        let pass = Self {
            recorded: Arc::clone(recorded),
            invocation: invocation.clone(),
            token,
            withheld: shown.withheld,
            made: HashSet::new(),
            heard: None,
            finding: None,
            accepted,
            passed_over: Vec::new(),
            stops: matches!(probe, Some(Probe::Stopping(_))),
            waker: None,
        };
        (pass, shown.operations)
    }

    /// Whether the invocation is over: its call is not answered any more. If not, the waker is woken when it
    /// is.
    pub fn poll_stopped(&mut self, waker: &Waker) -> bool {
        if !self.is_stopped() {
            self.waker = Some(waker.clone());
        }
        self.is_stopped()
    }

    /// Whether its calls are not answered any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stops && self.finding.is_some()
    }

    /// Why the pass ended early.
    pub(crate) fn finding(&mut self) -> Option<Finding> {
        self.finding.take()
    }

    /// The differences that were accepted.
    pub(crate) fn passed_over(&mut self) -> Vec<Divergence> {
        std::mem::take(&mut self.passed_over)
    }

    /// Notes that what the SDK says about the invocation is heard. An [`Invoker`](crate::Invoker) that can hear it calls
    /// this, and [`note_replayed`](Self::note_replayed).
    pub fn note_heard(&mut self) {
        self.heard.get_or_insert_default();
    }

    /// Notes that the SDK said that it took the outcome of an operation from its record: the handler makes it. Of an
    /// operation of which that is not heard, further invocations find out.
    pub fn note_replayed(&mut self, id: OperationId) {
        self.heard.get_or_insert_default().insert(id);
    }

    /// Whether the handler started or ended an operation.
    pub(crate) fn has_made(&self, id: &OperationId) -> bool {
        self.made.contains(id)
    }

    /// What was seen of the handler.
    pub(crate) fn take_seen(&mut self) -> Seen {
        Seen {
            made: std::mem::take(&mut self.made),
            heard: self.heard.take(),
        }
    }

    /// The operations that are held back.
    pub(crate) fn withholds(&self, id: &OperationId) -> bool {
        self.withheld.contains_key(id)
    }

    /// Answers a checkpoint from the recording.
    ///
    /// # Errors
    ///
    /// A refusal once the handler does something else, or more than this pass can compare; it ends
    /// the invocation.
    pub fn checkpoint(
        &mut self,
        request: &CheckpointRequest,
    ) -> Result<CheckpointResponse, ServiceError> {
        let mut operations = Vec::new();
        for update in &request.updates {
            if self.finding.is_some() {
                return Err(over());
            }
            match self.answer(update) {
                Ok(operation) => operations.extend(operation),
                Err(finding) => {
                    self.finding = Some(finding);
                    if let Some(waker) = self.waker.take_if(|_| self.stops) {
                        waker.wake();
                    }
                    return Err(over());
                }
            }
        }
        Ok(CheckpointResponse {
            checkpoint_token: Some(self.token.clone()),
            operations,
        })
    }

    fn answer(&mut self, update: &OperationUpdate) -> Result<Option<Operation>, Finding> {
        match (update.operation_type, update.action) {
            (_, OperationAction::Start) => self.start(update).map(Some),
            (OperationType::Context, OperationAction::Succeed | OperationAction::Fail) => {
                self.end_context(update)
            }
            _ => Err(Finding::OutOfScope),
        }
    }

    fn start(&mut self, update: &OperationUpdate) -> Result<Operation, Finding> {
        let made = OperationSketch::from(update);
        let recorded = Arc::clone(&self.recorded);
        let Some(operation) = recorded.operation(&update.id) else {
            if recorded.is_complete() {
                self.meet(Divergence::Added { made })?;
            }
            return Err(Finding::OutOfScope);
        };
        if let Err(divergence) = compare_identity(&recorded, operation, made) {
            self.meet(*divergence)?;
            return Err(Finding::OutOfScope);
        }
        if let Some(start_event) = recorded.start_event(operation)
            && let Err(divergence) = compare_input(&operation.sketch, start_event, update)
            && !recorded.is_retry_delay(operation)
        {
            self.meet(*divergence)?;
        }
        if update.operation_type == OperationType::Step {
            return Err(Finding::OutOfScope);
        }
        self.made.insert(update.id.clone());
        if let Some(operation) = self.withheld.get(&update.id) {
            return Ok(operation.clone());
        }
        // It was recorded later than this pass; it is answered as it started.
        as_started(operation, recorded.start_event(operation)).ok_or(Finding::OutOfScope)
    }

    /// Passes over a difference that is accepted.
    fn meet(&mut self, divergence: Divergence) -> Result<(), Finding> {
        if self.accepted.covers(&self.recorded, &divergence) {
            self.passed_over.push(divergence);
            return Ok(());
        }
        Err(divergence.into())
    }

    /// What the SDK's refusal of an operation comes to; out of scope if its record was made unfit on
    /// purpose, or the difference is accepted.
    pub(crate) fn refused(&mut self, error: &ErrorObject) -> Finding {
        let recorded = Arc::clone(&self.recorded);
        let Some(divergence) = recorded.mismatch(error) else {
            return Finding::OutOfScope;
        };
        match self.meet(divergence) {
            Ok(()) => Finding::OutOfScope,
            Err(finding) => finding,
        }
    }

    fn end_context(&mut self, update: &OperationUpdate) -> Result<Option<Operation>, Finding> {
        let history = Arc::clone(&self.recorded);
        let recorded = history
            .operation(&update.id)
            .filter(|_| history.ended_by(&update.id, &self.invocation))
            .ok_or(Finding::OutOfScope)?;
        let Some((_, outcome)) = &recorded.ended else {
            return Err(Finding::OutOfScope);
        };
        self.made.insert(update.id.clone());
        // A body that fits no longer ends its context with that, before the SDK ends the invocation.
        if let Some(error) = &update.error
            && mismatch::tells_of_one(error)
        {
            return Err(self.refused(error));
        }
        let made = if update.action == OperationAction::Succeed {
            Outcome::Succeeded(update.payload.clone())
        } else {
            Outcome::Failed(update.error.clone())
        };
        if !outcome.agrees(&made) {
            self.meet(Divergence::Context {
                operation: recorded.sketch.clone(),
                recorded: outcome.clone(),
                made,
            })?;
        }
        Ok(None)
    }
}

/// Reopens the contexts that ended in an invocation, for a look inside, and shows attempts as waiting.
/// What stands below a context that stays closed stays as it is: the SDK takes the result of a map or
/// parallel that is too large for its own record from the records of its items.
fn reopen(recorded: &Recorded, invocation: &Invocation, operations: &mut [Operation]) {
    let mut closed: HashSet<OperationId> = HashSet::new();
    for operation in operations {
        mark_pending(operation);
        let parent = operation.parent_id.as_ref();
        let is_below_closed = parent.is_some_and(|parent| closed.contains(parent));
        if !is_below_closed && recorded.can_reopen(operation, invocation) {
            operation.status = OperationStatus::Started;
            operation.ended_at = None;
            operation.details = OperationDetails::Context(ContextDetails::default());
        } else if is_below_closed || operation.status.is_terminal() {
            closed.insert(operation.id.clone());
        }
    }
}

impl From<Divergence> for Finding {
    fn from(divergence: Divergence) -> Self {
        Self::Divergence(Box::new(divergence))
    }
}

/// The refusal that ends an invocation which a replay has no answer for.
fn over() -> ServiceError {
    ServiceError::InvalidParameterValue("The replay of this execution ends here.".to_owned())
}

fn compare_identity(
    recorded: &Recorded,
    operation: &RecordedOperation,
    made: OperationSketch,
) -> Result<(), Box<Divergence>> {
    recorded
        .other_identity(operation, made)
        .map_or(Ok(()), |divergence| Err(Box::new(divergence)))
}

/// Compares what an operation is started with, as far as its first event says.
fn compare_input(
    operation: &OperationSketch,
    start_event: &EventDetails,
    update: &OperationUpdate,
) -> Result<(), Box<Divergence>> {
    let differs = |part, recorded: String, made: String| {
        Box::new(Divergence::Input {
            operation: operation.clone(),
            part,
            recorded,
            made,
        })
    };
    let same = |part, recorded: String, made: String| {
        if recorded == made {
            Ok(())
        } else {
            Err(differs(part, recorded, made))
        }
    };
    match start_event {
        EventDetails::WaitStarted { duration, .. } => {
            let made = update
                .wait_options
                .as_ref()
                .and_then(|options| options.wait_seconds);
            same("duration", recorded(Some(*duration)), seconds(made))
        }
        EventDetails::CallbackStarted {
            timeout,
            heartbeat_timeout,
            ..
        } => {
            let made = update.callback_options.clone().unwrap_or_default();
            same("timeout", recorded(*timeout), seconds(made.timeout_seconds))?;
            same(
                "heartbeat timeout",
                recorded(*heartbeat_timeout),
                seconds(made.heartbeat_timeout_seconds),
            )
        }
        EventDetails::ChainedInvokeStarted {
            function_name,
            input,
            tenant_id,
            ..
        } => {
            let made = update.chained_invoke_options.clone().unwrap_or_default();
            let text = |text: Option<&str>| text.unwrap_or("none").to_owned();
            same(
                "function",
                function_name.clone(),
                text(made.function_name.as_deref()),
            )?;
            same(
                "tenant",
                text(tenant_id.as_deref()),
                text(made.tenant_id.as_deref()),
            )?;
            let payload = update.payload.as_deref();
            // The service does not record what it could not deliver.
            if input.is_none() || json_eq(input.as_deref(), payload) {
                Ok(())
            } else {
                Err(differs("payload", text(input.as_deref()), text(payload)))
            }
        }
        // The others have no input that their first event says, or do not start an operation.
        EventDetails::ContextStarted
        | EventDetails::ContextSucceeded { .. }
        | EventDetails::ContextFailed { .. }
        | EventDetails::StepStarted
        | EventDetails::StepSucceeded { .. }
        | EventDetails::StepFailed { .. }
        | EventDetails::WaitSucceeded { .. }
        | EventDetails::WaitCancelled { .. }
        | EventDetails::CallbackSucceeded { .. }
        | EventDetails::CallbackFailed { .. }
        | EventDetails::CallbackTimedOut { .. }
        | EventDetails::ChainedInvokeSucceeded { .. }
        | EventDetails::ChainedInvokeFailed { .. }
        | EventDetails::ChainedInvokeTimedOut { .. }
        | EventDetails::ChainedInvokeStopped { .. }
        | EventDetails::ExecutionStarted { .. }
        | EventDetails::ExecutionSucceeded { .. }
        | EventDetails::ExecutionFailed { .. }
        | EventDetails::ExecutionTimedOut { .. }
        | EventDetails::ExecutionStopped { .. }
        | EventDetails::ExecutionPaused { .. }
        | EventDetails::ExecutionResumed { .. }
        | EventDetails::InvocationCompleted { .. }
        | EventDetails::Unknown { .. } => Ok(()),
    }
}

fn recorded(time: Option<Seconds>) -> String {
    seconds(time.and_then(|time| i64::try_from(time.get()).ok()))
}

/// A time as the service takes it: 0 stands for none.
fn seconds(time: Option<i64>) -> String {
    match time {
        None | Some(0) => "none".to_owned(),
        Some(seconds) => format!("{seconds} s"),
    }
}

/// An operation as its first event leaves it.
fn as_started(
    operation: &RecordedOperation,
    start_event: Option<&EventDetails>,
) -> Option<Operation> {
    let sketch = &operation.sketch;
    let mut subject = EventSubject::new(sketch.id.clone());
    subject.name.clone_from(&sketch.name);
    subject.sub_type.clone_from(&sketch.sub_type);
    subject.parent_id.clone_from(&sketch.parent_id);
    let at = Timestamp::from_millis(0);
    let event = Event::new(1, at, Some(subject), start_event?.clone());
    Fold::of([&event]).operations().next().cloned()
}

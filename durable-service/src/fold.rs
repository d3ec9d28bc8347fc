//! Operations made of events again: the state that a history tells of.
//!
//! It serves what sees a history and not the service behind it: an execution on AWS, or one that was
//! recorded.

use indexmap::IndexMap;

use crate::InvocationRecord;
use crate::model::{
    CallbackDetails, ChainedInvokeDetails, ContextDetails, ErrorObject, Event, EventDetails,
    EventSubject, ExecutionStatus, Operation, OperationDetails, OperationId, OperationStatus,
    RetryDetails, StepDetails, Timestamp, WaitDetails,
};

/// An execution as the events seen so far tell of it.
///
/// Some things no event tells. That the next attempt of a step is due shows only by its beginning, or
/// by [`Fold::elapse`]. That a context is to be replayed with its children
/// (`ReplayChildren`) is taken from its having succeeded with children and without a result, which
/// is how SDKs close a context whose result is too large. A trace header that a call was given is not
/// known.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    execution: Option<Operation>,
    status: Option<ExecutionStatus>,
    result: Option<String>,
    error: Option<ErrorObject>,
    operations: IndexMap<OperationId, Operation>,
    invocations: Vec<InvocationRecord>,
}

impl Fold {
    /// The fold of a history.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut fold = Self::default();
        for event in events {
            fold.apply(event);
        }
        fold
    }

    /// The EXECUTION operation; none before the first event.
    #[must_use]
    pub fn execution(&self) -> Option<&Operation> {
        self.execution.as_ref()
    }

    /// How far the execution is.
    #[must_use]
    pub fn status(&self) -> ExecutionStatus {
        self.status.unwrap_or(ExecutionStatus::Running)
    }

    /// Its serialized result, once it ended well.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }

    /// Its error, once it ended with one.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        self.error.as_ref()
    }

    /// Its operations in the order of their creation, the EXECUTION one left out.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// The operation of an id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }

    /// The invocations that are over.
    #[must_use]
    pub fn invocations(&self) -> &[InvocationRecord] {
        &self.invocations
    }

    /// Marks the steps whose next attempt is due by a time as READY.
    pub fn elapse(&mut self, now: Timestamp) {
        for operation in self.operations.values_mut() {
            if let OperationDetails::Step(step) = &mut operation.details
                && step.next_attempt_at.is_some_and(|due| due <= now)
            {
                step.next_attempt_at = None;
                operation.status = OperationStatus::Ready;
            }
        }
    }

    /// Takes in the next event. An event of an unknown type changes nothing.
    pub fn apply(&mut self, event: &Event) {
        let at = event.timestamp;
        match &event.details {
            EventDetails::ExecutionStarted { input, .. } => self.begin(event, input.as_ref()),
            EventDetails::ExecutionSucceeded { result } => {
                self.result.clone_from(result);
                self.end(at, ExecutionStatus::Succeeded);
            }
            EventDetails::ExecutionFailed { error } => {
                self.error.clone_from(error);
                self.end(at, ExecutionStatus::Failed);
            }
            EventDetails::ExecutionTimedOut { error } => {
                self.error.clone_from(error);
                self.end(at, ExecutionStatus::TimedOut);
            }
            EventDetails::ExecutionStopped { error } => {
                self.error.clone_from(error);
                self.end(at, ExecutionStatus::Stopped);
            }
            EventDetails::ExecutionPaused { .. } => self.status = Some(ExecutionStatus::Paused),
            EventDetails::ExecutionResumed { .. } => self.status = None,
            EventDetails::InvocationCompleted {
                started_at,
                ended_at,
                request_id,
                error,
            } => self.invocations.push(InvocationRecord {
                request_id: request_id.clone(),
                started_at: *started_at,
                ended_at: Some(*ended_at),
                error: error.clone(),
            }),
            details => {
                if let Some(subject) = &event.subject {
                    self.apply_to_operation(subject, at, details);
                }
            }
        }
    }

    fn begin(&mut self, event: &Event, input: Option<&String>) {
        let Some(subject) = &event.subject else {
            return;
        };
        let details = OperationDetails::Execution {
            input: input.cloned(),
        };
        self.execution = Some(begun(subject, event.timestamp, details));
    }

    fn end(&mut self, at: Timestamp, status: ExecutionStatus) {
        self.status = Some(status);
        if let Some(execution) = &mut self.execution {
            execution.status = status.operation_status();
            execution.ended_at = Some(at);
        }
    }

    fn apply_to_operation(&mut self, subject: &EventSubject, at: Timestamp, event: &EventDetails) {
        let Some(fresh) = fresh_details(event, at) else {
            return;
        };
        let has_children = matches!(event, EventDetails::ContextSucceeded { .. })
            && self
                .operations
                .values()
                .any(|operation| operation.parent_id.as_ref() == Some(&subject.id));
        let operation = self
            .operations
            .entry(subject.id.clone())
            .or_insert_with(|| begun(subject, at, fresh));
        if let Some(status) = apply_details(&mut operation.details, event, at, has_children) {
            operation.status = status;
            operation.ended_at = status.is_terminal().then_some(at);
        }
    }
}

fn begun(subject: &EventSubject, at: Timestamp, details: OperationDetails) -> Operation {
    Operation {
        id: subject.id.clone(),
        parent_id: subject.parent_id.clone(),
        name: subject.name.clone(),
        sub_type: subject.sub_type.clone(),
        status: OperationStatus::Started,
        started_at: at,
        ended_at: None,
        details,
    }
}

/// The details with which the operation of an event begins; none for what is no event of an
/// operation.
fn fresh_details(event: &EventDetails, at: Timestamp) -> Option<OperationDetails> {
    Some(match event {
        EventDetails::ContextStarted
        | EventDetails::ContextSucceeded { .. }
        | EventDetails::ContextFailed { .. } => {
            OperationDetails::Context(ContextDetails::default())
        }
        EventDetails::StepStarted
        | EventDetails::StepSucceeded { .. }
        | EventDetails::StepFailed { .. } => OperationDetails::Step(StepDetails::default()),
        EventDetails::WaitStarted {
            duration,
            scheduled_end_at,
        } => OperationDetails::Wait(WaitDetails {
            duration_seconds: *duration,
            scheduled_end_at: *scheduled_end_at,
        }),
        EventDetails::CallbackStarted {
            callback_id,
            timeout,
            heartbeat_timeout,
        } => OperationDetails::Callback(CallbackDetails {
            callback_id: callback_id.clone(),
            result: None,
            error: None,
            timeout_at: timeout.map(|seconds| at.after_seconds(seconds)),
            heartbeat_at: heartbeat_timeout.map(|seconds| at.after_seconds(seconds)),
            heartbeat_timeout_seconds: *heartbeat_timeout,
        }),
        EventDetails::ChainedInvokeStarted {
            durable_execution_arn,
            ..
        } => OperationDetails::ChainedInvoke(ChainedInvokeDetails {
            result: None,
            error: None,
            execution: durable_execution_arn
                .as_deref()
                .and_then(|arn| arn.parse().ok()),
            trace_header: None,
        }),
        // These end an operation that another event began.
        EventDetails::WaitSucceeded { .. } | EventDetails::WaitCancelled { .. } => {
            OperationDetails::Wait(WaitDetails {
                duration_seconds: 0,
                scheduled_end_at: at,
            })
        }
        EventDetails::ChainedInvokeSucceeded { .. }
        | EventDetails::ChainedInvokeFailed { .. }
        | EventDetails::ChainedInvokeTimedOut { .. }
        | EventDetails::ChainedInvokeStopped { .. } => {
            OperationDetails::ChainedInvoke(ChainedInvokeDetails::default())
        }
        EventDetails::CallbackSucceeded { .. }
        | EventDetails::CallbackFailed { .. }
        | EventDetails::CallbackTimedOut { .. } => OperationDetails::Callback(CallbackDetails {
            callback_id: String::new(),
            result: None,
            error: None,
            timeout_at: None,
            heartbeat_at: None,
            heartbeat_timeout_seconds: None,
        }),
        _ => return None,
    })
}

/// What an event makes of an operation, and its new status; none if the two do not belong together.
fn apply_details(
    details: &mut OperationDetails,
    event: &EventDetails,
    at: Timestamp,
    has_children: bool,
) -> Option<OperationStatus> {
    match details {
        OperationDetails::Execution { .. } => None,
        OperationDetails::Context(context) => apply_to_context(context, event, has_children),
        OperationDetails::Step(step) => apply_to_step(step, event, at),
        OperationDetails::Wait(_) => match event {
            EventDetails::WaitStarted { .. } => Some(OperationStatus::Started),
            EventDetails::WaitSucceeded { .. } => Some(OperationStatus::Succeeded),
            EventDetails::WaitCancelled { .. } => Some(OperationStatus::Cancelled),
            _ => None,
        },
        OperationDetails::Callback(callback) => {
            let status = match event {
                EventDetails::CallbackStarted { .. } => return Some(OperationStatus::Started),
                EventDetails::CallbackSucceeded { result } => {
                    callback.result.clone_from(result);
                    OperationStatus::Succeeded
                }
                EventDetails::CallbackFailed { error } => {
                    callback.error.clone_from(error);
                    OperationStatus::Failed
                }
                EventDetails::CallbackTimedOut { error } => {
                    callback.error.clone_from(error);
                    OperationStatus::TimedOut
                }
                _ => return None,
            };
            callback.timeout_at = None;
            callback.heartbeat_at = None;
            Some(status)
        }
        OperationDetails::ChainedInvoke(invoke) => {
            let (error, status) = match event {
                EventDetails::ChainedInvokeStarted { .. } => return Some(OperationStatus::Started),
                EventDetails::ChainedInvokeSucceeded { result } => {
                    invoke.result.clone_from(result);
                    return Some(OperationStatus::Succeeded);
                }
                EventDetails::ChainedInvokeFailed { error } => (error, OperationStatus::Failed),
                EventDetails::ChainedInvokeTimedOut { error } => (error, OperationStatus::TimedOut),
                EventDetails::ChainedInvokeStopped { error } => (error, OperationStatus::Stopped),
                _ => return None,
            };
            invoke.error.clone_from(error);
            Some(status)
        }
    }
}

fn apply_to_context(
    context: &mut ContextDetails,
    event: &EventDetails,
    has_children: bool,
) -> Option<OperationStatus> {
    match event {
        EventDetails::ContextStarted => Some(OperationStatus::Started),
        EventDetails::ContextSucceeded { result } => {
            context.result.clone_from(result);
            context.replay_children = has_children && result.as_deref().is_none_or(str::is_empty);
            Some(OperationStatus::Succeeded)
        }
        EventDetails::ContextFailed { error } => {
            context.error.clone_from(error);
            Some(OperationStatus::Failed)
        }
        _ => None,
    }
}

/// An attempt with a next delay leaves the step PENDING; what it succeeded or failed with replaces
/// what there was (docs/service.md, 3.3).
fn apply_to_step(
    step: &mut StepDetails,
    event: &EventDetails,
    at: Timestamp,
) -> Option<OperationStatus> {
    let (result, error, retry, ending) = match event {
        EventDetails::StepStarted => {
            step.next_attempt_at = None;
            return Some(OperationStatus::Started);
        }
        EventDetails::StepSucceeded { result, retry } => {
            (result.clone(), None, retry, OperationStatus::Succeeded)
        }
        EventDetails::StepFailed { error, retry } => {
            (None, error.clone(), retry, OperationStatus::Failed)
        }
        _ => return None,
    };
    let RetryDetails {
        current_attempt,
        next_attempt_delay_seconds,
    } = *retry;
    *step = StepDetails {
        attempt: current_attempt,
        next_attempt_at: next_attempt_delay_seconds.map(|delay| at.after_seconds(delay)),
        result,
        error,
    };
    Some(match next_attempt_delay_seconds {
        Some(_) => OperationStatus::Pending,
        None => ending,
    })
}

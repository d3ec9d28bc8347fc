//! Operations rebuilt from events: the state that a history implies.
//!
//! It serves readers of a history without the service behind it: of an execution on AWS, or of a recording.
//! [`Fold`] has an example.

use indexmap::IndexMap;

use crate::InvocationRecord;
use crate::model::{
    CallbackDetails, ChainedInvokeDetails, ContextDetails, ErrorObject, Event, EventDetails,
    EventEffect, EventSubject, ExecutionStatus, Operation, OperationDetails, OperationId,
    OperationStatus, OperationType, Seconds, StepDetails, Timestamp, WaitDetails,
};

/// An execution as far as its events so far describe it.
///
/// Some things have no event. That the next attempt of a step is due shows only when it starts, or
/// by [`Fold::elapse`]. That a context is to be replayed with its children
/// (`ReplayChildren`) is taken from its having succeeded with children and without a result, which
/// is how SDKs close a context whose result is too large. The trace header of a call is not
/// known.
///
/// ```
/// use durable_service::fold::Fold;
/// use durable_service::model::{ExecutionStatus, OperationStatus};
/// use durable_service::wire::read;
/// use serde_json::json;
///
/// let events = [
///     json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
///            "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}}),
///     json!({"EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1", "Name": "cool-off",
///            "WaitStartedDetails": {"Duration": 60, "ScheduledEndTimestamp": 61}}),
/// ];
/// let events = events.iter().map(read::event).collect::<Result<Vec<_>, _>>()?;
/// let fold = Fold::of(&events);
///
/// assert_eq!(fold.status(), ExecutionStatus::Running);
/// let wait = fold.operation("1").ok_or("no operation")?;
/// assert_eq!((wait.name.as_deref(), wait.status), (Some("cool-off"), OperationStatus::Started));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
        match event.details.effect() {
            EventEffect::Execution(status) => self.apply_to_execution(event, status),
            EventEffect::Operation(operation_type, status) => {
                self.apply_to_operation(event, operation_type, status);
            }
            EventEffect::Invocation => self
                .invocations
                .extend(InvocationRecord::of(&event.details)),
            EventEffect::Unknown => {}
        }
    }

    fn apply_to_execution(&mut self, event: &Event, status: ExecutionStatus) {
        if let (EventDetails::ExecutionStarted { input, .. }, Some(subject)) =
            (&event.details, &event.subject)
        {
            let input = input.clone();
            let details = OperationDetails::Execution { input };
            self.execution = Some(started(subject, event.timestamp, details));
        }
        self.status = Some(status);
        if !status.is_terminal() {
            return;
        }
        self.result = event.details.result().map(str::to_owned);
        self.error = event.details.error().cloned();
        if let Some(execution) = &mut self.execution {
            execution.status = status.operation_status();
            execution.ended_at = Some(event.timestamp);
        }
    }

    fn apply_to_operation(
        &mut self,
        event: &Event,
        operation_type: OperationType,
        status: OperationStatus,
    ) {
        let Some(subject) = &event.subject else {
            return;
        };
        let has_children = operation_type == OperationType::Context
            && status == OperationStatus::Succeeded
            && self
                .operations
                .values()
                .any(|operation| operation.parent_id.as_ref() == Some(&subject.id));
        let Some(details) = fresh_details(operation_type, event) else {
            return;
        };
        let operation = self
            .operations
            .entry(subject.id.clone())
            .or_insert_with(|| started(subject, event.timestamp, details));
        if operation.operation_type() == operation_type {
            apply_details(&mut operation.details, event, status, has_children);
            operation.status = status;
            operation.ended_at = status.is_terminal().then_some(event.timestamp);
        }
    }
}

fn started(subject: &EventSubject, at: Timestamp, details: OperationDetails) -> Operation {
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

/// The details with which an operation appears: those of its start, or almost none if another event is the
/// first about it.
fn fresh_details(operation_type: OperationType, event: &Event) -> Option<OperationDetails> {
    let at = event.timestamp;
    Some(match operation_type {
        OperationType::Execution => return None,
        OperationType::Context => OperationDetails::Context(ContextDetails::default()),
        OperationType::Step => OperationDetails::Step(StepDetails::default()),
        OperationType::Wait => {
            let mut wait = WaitDetails {
                duration: Seconds::default(),
                scheduled_end_at: at,
            };
            if let EventDetails::WaitStarted {
                duration,
                scheduled_end_at,
            } = &event.details
            {
                wait.duration = *duration;
                wait.scheduled_end_at = *scheduled_end_at;
            }
            OperationDetails::Wait(wait)
        }
        OperationType::Callback => {
            let mut callback = CallbackDetails::default();
            if let EventDetails::CallbackStarted {
                callback_id,
                timeout,
                heartbeat_timeout,
            } = &event.details
            {
                callback.callback_id = callback_id.clone();
                callback.timeout_at = timeout.map(|timeout| at.after_seconds(timeout));
                callback.heartbeat_at = heartbeat_timeout.map(|timeout| at.after_seconds(timeout));
                callback.heartbeat_timeout = *heartbeat_timeout;
            }
            OperationDetails::Callback(callback)
        }
        OperationType::ChainedInvoke => {
            let mut invoke = ChainedInvokeDetails::default();
            if let EventDetails::ChainedInvokeStarted {
                durable_execution_arn,
                ..
            } = &event.details
            {
                invoke.execution.clone_from(durable_execution_arn);
            }
            OperationDetails::ChainedInvoke(invoke)
        }
    })
}

/// Applies an event to an operation of its type.
fn apply_details(
    details: &mut OperationDetails,
    event: &Event,
    status: OperationStatus,
    has_children: bool,
) {
    let has_ended = status.is_terminal();
    let result = || event.details.result().map(str::to_owned);
    let error = || event.details.error().cloned();
    match details {
        OperationDetails::Context(context) if has_ended => {
            context.result = result();
            context.error = error();
            context.replay_children =
                has_children && context.result.as_deref().is_none_or(str::is_empty);
        }
        OperationDetails::Step(step) => match event.details.retry() {
            // What an attempt succeeded or failed with replaces what there was (docs/service.md, 3.3).
            Some(retry) => {
                *step = StepDetails {
                    attempt: retry.current_attempt,
                    next_attempt_at: retry
                        .next_attempt_delay_seconds
                        .map(|delay| event.timestamp.after_seconds(delay)),
                    result: result(),
                    error: error(),
                };
            }
            None => step.next_attempt_at = None,
        },
        OperationDetails::Callback(callback) if has_ended => {
            callback.result = result();
            callback.error = error();
            callback.timeout_at = None;
            callback.heartbeat_at = None;
        }
        OperationDetails::ChainedInvoke(invoke) if has_ended => {
            invoke.result = result();
            invoke.error = error();
        }
        OperationDetails::Execution { .. }
        | OperationDetails::Context(_)
        | OperationDetails::Wait(_)
        | OperationDetails::Callback(_)
        | OperationDetails::ChainedInvoke(_) => {}
    }
}

//! What must hold after every call: a shadow of each execution to compare with.

use std::collections::{BTreeMap, BTreeSet};

use durable_service::model::{
    Event, EventDetails, ExecutionArn, ExecutionStatus, Operation, OperationDetails,
    OperationStatus, OperationType, RetryDetails, Timestamp,
};
use durable_service::recording::Recording;
use durable_service::{Execution, Service};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

pub(crate) type Verdict = Result<(), TestCaseError>;

/// What was known of each execution after the last call.
#[derive(Debug, Default)]
pub(crate) struct Model {
    shadows: BTreeMap<ExecutionArn, Shadow>,
}

/// What was known of an execution.
#[derive(Debug, Default)]
struct Shadow {
    events: Vec<Event>,
    /// Number of the closing event.
    closing: Option<u64>,
    invocations: usize,
    operations: Vec<Operation>,
    /// The operations as the history records them.
    folded: BTreeMap<String, Folded>,
    /// The operations as the function last saw them.
    seen: Vec<Operation>,
}

/// An operation as the history records it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Folded {
    kind: OperationType,
    status: OperationStatus,
    attempt: u32,
    name: Option<String>,
    sub_type: Option<String>,
    parent: Option<String>,
}

impl Model {
    /// Checks the whole service, and keeps its state.
    pub(crate) fn check(&mut self, service: &Service, now: Timestamp) -> Verdict {
        let mut in_flight = BTreeSet::new();
        for execution in service.executions() {
            if execution.is_in_flight() {
                prop_assert!(in_flight.insert(execution.arn()));
            }
            let shadow = self.shadows.entry(execution.arn().clone()).or_default();
            shadow.check_history(execution, now)?;
            shadow.check_operations(execution, now)?;
            shadow.check_invocations(execution)?;
            check_timers(execution)?;
            check_report(service, execution)?;
        }
        prop_assert_eq!(self.shadows.len(), service.executions().count());
        Ok(())
    }

    /// Checks that the histories describe the executions, also when read from a file.
    pub(crate) fn check_recordings(service: &Service) -> Verdict {
        for execution in service.executions() {
            let arn = Some(execution.arn().clone());
            let recording = Recording::new(arn, execution.history().to_vec());
            let text = recording.to_json().to_string();
            prop_assert_eq!(Recording::read(&text), Ok(recording.clone()));
            let fold = recording.fold();
            prop_assert_eq!(fold.result(), execution.result());
            prop_assert_eq!(
                fold.status().is_terminal(),
                execution.status().is_terminal()
            );
            let recorded: Vec<Operation> = fold.operations().map(as_recorded).collect();
            let stored: Vec<Operation> = execution.operations().map(as_recorded).collect();
            prop_assert_eq!(recorded, stored);
        }
        Ok(())
    }

    /// Operations that changed since the function last saw the state.
    pub(crate) fn dirty(&self, execution: &Execution) -> BTreeSet<String> {
        self.shadows
            .get(execution.arn())
            .map(|shadow| shadow.dirty(execution))
            .unwrap_or_default()
    }

    /// The function sees the state.
    pub(crate) fn see(&mut self, execution: &Execution) {
        let shadow = self.shadows.entry(execution.arn().clone()).or_default();
        shadow.seen = execution.operations().cloned().collect();
    }
}

impl Shadow {
    fn check_history(&mut self, execution: &Execution, now: Timestamp) -> Verdict {
        let history = execution.history();
        prop_assert!(history.len() >= self.events.len(), "events vanished");
        let (old, new) = history.split_at(self.events.len());
        if !new.is_empty() {
            prop_assert_eq!(old, self.events.as_slice(), "stored events changed");
        }
        for event in new {
            prop_assert_eq!(event.event_id, self.events.len() as u64 + 1);
            if is_made_by_time(event) {
                // It happened when it was due, or right after what was recorded before it.
                prop_assert!(event.timestamp <= now, "an event of the future");
            } else {
                prop_assert_eq!(event.timestamp, now, "an event of another time");
            }
            if let Some(last) = self.events.last() {
                prop_assert!(event.timestamp >= last.timestamp);
            }
            let is_invocation = matches!(event.details, EventDetails::InvocationCompleted { .. });
            prop_assert!(
                self.closing.is_none() || is_invocation,
                "{} after the end",
                event.event_type()
            );
            self.fold(event, execution)?;
            self.events.push(event.clone());
        }
        prop_assert_eq!(
            self.closing.is_some(),
            execution.status().is_terminal(),
            "closing event and status disagree"
        );
        Ok(())
    }

    fn fold(&mut self, event: &Event, execution: &Execution) -> Verdict {
        if let Some(status) = closing_status(&event.details) {
            return self.close(event, execution, status);
        }
        match &event.details {
            EventDetails::InvocationCompleted { .. } => {
                prop_assert!(event.subject.is_none());
                return Ok(());
            }
            EventDetails::ExecutionStarted { input, .. } => {
                prop_assert_eq!(event.event_id, 1);
                prop_assert_eq!(input.as_deref(), Some(execution.input()));
                return Ok(());
            }
            _ => {}
        }
        let Some((kind, status, order)) = recorded(&event.details) else {
            return Err(TestCaseError::fail(format!("unknown event {event:?}")));
        };
        let id = event.id().unwrap_or_default().to_owned();
        let before = self.folded.get(&id);
        let is_in_order = match order {
            Order::First => before.is_none(),
            Order::Later => before.is_some(),
            Order::Any => true,
        };
        prop_assert!(is_in_order, "{} out of order", event.event_type());
        if let Some(before) = before {
            prop_assert!(!before.status.is_terminal(), "{id} ended twice");
            prop_assert_eq!(before.kind, kind);
        }
        let mut attempt = before.map_or(0, |before| before.attempt);
        if let EventDetails::StepSucceeded { retry, .. } | EventDetails::StepFailed { retry, .. } =
            &event.details
        {
            attempt += 1;
            prop_assert_eq!(retry.current_attempt, attempt);
        }
        let folded = Folded {
            kind,
            status,
            attempt,
            name: event.name().map(str::to_owned),
            sub_type: event.sub_type().map(str::to_owned),
            parent: event.parent_id().map(str::to_owned),
        };
        self.folded.insert(id, folded);
        Ok(())
    }

    fn close(&mut self, event: &Event, execution: &Execution, status: ExecutionStatus) -> Verdict {
        prop_assert!(self.closing.is_none(), "closed twice");
        self.closing = Some(event.event_id);
        prop_assert_eq!(execution.status(), status);
        prop_assert_eq!(execution.ended_at(), Some(event.timestamp));
        Ok(())
    }

    fn check_operations(&mut self, execution: &Execution, now: Timestamp) -> Verdict {
        let root = execution.history()[0].id().unwrap_or_default();
        let root = execution.operation(root).expect("the EXECUTION operation");
        prop_assert_eq!(root.status, execution.status().operation_status());
        prop_assert_eq!(root.ended_at, execution.ended_at());
        prop_assert_eq!(root.started_at, execution.started_at());

        let mut count = 0;
        let mut is_changed = false;
        for (index, operation) in execution.operations().enumerate() {
            count += 1;
            match self.operations.get(index) {
                Some(old) if old == operation => continue,
                Some(old) => {
                    is_changed = true;
                    check_change(old, operation)?;
                }
                None => {
                    is_changed = true;
                    prop_assert_eq!(operation.started_at, now);
                    if let Some(parent) = &operation.parent_id {
                        let parent = execution
                            .operations()
                            .take(index)
                            .find(|earlier| earlier.id == *parent);
                        prop_assert!(
                            parent.is_some_and(|it| it.operation_type() == OperationType::Context),
                            "{} before its parent",
                            operation.id
                        );
                    }
                }
            }
            prop_assert_eq!(operation.ended_at.is_some(), operation.status.is_terminal());
            if let Some(ended) = operation.ended_at {
                let by_time = self.events.iter().any(|event| {
                    event.id() == Some(operation.id.as_str()) && is_made_by_time(event)
                });
                prop_assert!(
                    ended == now || (by_time && ended < now),
                    "{} ended at another time",
                    operation.id
                );
            }
            let folded = self.folded.get(operation.id.as_str());
            prop_assert_eq!(folded, Some(&as_folded(operation)), "of {}", operation.id);
        }
        prop_assert!(count >= self.operations.len(), "operations vanished");
        prop_assert_eq!(self.folded.len(), count, "history and operations disagree");
        if is_changed {
            self.operations = execution.operations().cloned().collect();
        }
        Ok(())
    }

    fn check_invocations(&mut self, execution: &Execution) -> Verdict {
        let invocations = execution.invocations();
        let running = invocations
            .iter()
            .filter(|it| it.ended_at.is_none())
            .count();
        prop_assert_eq!(running, usize::from(execution.is_in_flight()));
        let recorded = self
            .events
            .iter()
            .filter(|event| matches!(event.details, EventDetails::InvocationCompleted { .. }))
            .count();
        prop_assert_eq!(recorded, invocations.len() - running);
        if execution.status().is_terminal() {
            if invocations.len() > self.invocations {
                prop_assert!(
                    invocations[self.invocations].started_at <= execution.ended_at().unwrap()
                );
            }
            prop_assert_eq!(execution.next_due(), None);
            prop_assert_eq!(execution.invoke_at(), None);
        } else if !execution.is_in_flight() {
            let dirty = self.dirty(execution);
            let due = execution.invoke_at().is_some();
            prop_assert!(
                due || dirty.is_empty(),
                "no invocation is due for {dirty:?}"
            );
            prop_assert!(
                due || execution.pending().next().is_some(),
                "it waits for nothing"
            );
        }
        self.invocations = invocations.len();
        Ok(())
    }

    fn dirty(&self, execution: &Execution) -> BTreeSet<String> {
        execution
            .operations()
            .enumerate()
            .filter(|(index, operation)| {
                !self
                    .seen
                    .get(*index)
                    .is_some_and(|seen| looks_like(seen, operation))
            })
            .map(|(_, operation)| operation.id.to_string())
            .collect()
    }
}

/// Where an event may stand among those of its operation.
#[derive(Debug, Clone, Copy)]
enum Order {
    First,
    Later,
    Any,
}

/// Which status an event closes its execution with.
fn closing_status(details: &EventDetails) -> Option<ExecutionStatus> {
    Some(match details {
        EventDetails::ExecutionSucceeded { .. } => ExecutionStatus::Succeeded,
        EventDetails::ExecutionFailed { .. } => ExecutionStatus::Failed,
        EventDetails::ExecutionTimedOut { .. } => ExecutionStatus::TimedOut,
        EventDetails::ExecutionStopped { .. } => ExecutionStatus::Stopped,
        _ => return None,
    })
}

/// What an event records of its operation.
fn recorded(details: &EventDetails) -> Option<(OperationType, OperationStatus, Order)> {
    use EventDetails as Event;
    use OperationStatus as To;
    use OperationType as Of;
    let step = |retry: &RetryDetails, over| {
        let status = retry
            .next_attempt_delay_seconds
            .map_or(over, |_| To::Pending);
        (Of::Step, status, Order::Any)
    };
    Some(match details {
        Event::ContextStarted => (Of::Context, To::Started, Order::First),
        Event::ContextSucceeded { .. } => (Of::Context, To::Succeeded, Order::Any),
        Event::ContextFailed { .. } => (Of::Context, To::Failed, Order::Any),
        Event::StepStarted => (Of::Step, To::Started, Order::Any),
        Event::StepSucceeded { retry, .. } => step(retry, To::Succeeded),
        Event::StepFailed { retry, .. } => step(retry, To::Failed),
        Event::WaitStarted { .. } => (Of::Wait, To::Started, Order::First),
        Event::WaitSucceeded { .. } => (Of::Wait, To::Succeeded, Order::Later),
        Event::WaitCancelled { .. } => (Of::Wait, To::Cancelled, Order::Later),
        Event::CallbackStarted { .. } => (Of::Callback, To::Started, Order::First),
        Event::CallbackSucceeded { .. } => (Of::Callback, To::Succeeded, Order::Later),
        Event::CallbackFailed { .. } => (Of::Callback, To::Failed, Order::Later),
        Event::CallbackTimedOut { .. } => (Of::Callback, To::TimedOut, Order::Later),
        Event::ChainedInvokeStarted { .. } => (Of::ChainedInvoke, To::Started, Order::First),
        Event::ChainedInvokeSucceeded { .. } => (Of::ChainedInvoke, To::Succeeded, Order::Later),
        Event::ChainedInvokeFailed { .. } => (Of::ChainedInvoke, To::Failed, Order::Later),
        Event::ChainedInvokeTimedOut { .. } => (Of::ChainedInvoke, To::TimedOut, Order::Later),
        Event::ChainedInvokeStopped { .. } => (Of::ChainedInvoke, To::Stopped, Order::Later),
        Event::ExecutionStarted { .. }
        | Event::ExecutionSucceeded { .. }
        | Event::ExecutionFailed { .. }
        | Event::ExecutionTimedOut { .. }
        | Event::ExecutionStopped { .. }
        | Event::ExecutionPaused { .. }
        | Event::ExecutionResumed { .. }
        | Event::InvocationCompleted { .. }
        | Event::Unknown { .. } => return None,
    })
}

/// Whether two states of an operation are the same to its function.
fn looks_like(seen: &Operation, operation: &Operation) -> bool {
    seen == operation || blurred(seen) == blurred(operation)
}

/// The operation as far as its function can see it: heartbeats stay between others.
fn blurred(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    if let OperationDetails::Callback(details) = &mut operation.details {
        details.heartbeat_at = None;
    }
    operation
}

fn check_change(old: &Operation, new: &Operation) -> Verdict {
    prop_assert_eq!(
        &old.id,
        &new.id,
        "operations vanished or changed their order"
    );
    prop_assert!(
        !old.status.is_terminal(),
        "{} changed after its end",
        old.id
    );
    prop_assert_eq!(old.started_at, new.started_at);
    prop_assert_eq!(&old.name, &new.name);
    prop_assert_eq!(&old.sub_type, &new.sub_type);
    prop_assert_eq!(&old.parent_id, &new.parent_id);
    prop_assert_eq!(old.operation_type(), new.operation_type());
    let grown = attempt(new).checked_sub(attempt(old));
    prop_assert!(
        matches!(grown, Some(0 | 1)),
        "{} jumped to another attempt",
        old.id
    );
    Ok(())
}

fn attempt(operation: &Operation) -> u32 {
    match &operation.details {
        OperationDetails::Step(details) => details.attempt,
        _ => 0,
    }
}

fn as_folded(operation: &Operation) -> Folded {
    Folded {
        kind: operation.operation_type(),
        // No event records when a retry becomes due.
        status: match operation.status {
            OperationStatus::Ready => OperationStatus::Pending,
            status => status,
        },
        attempt: attempt(operation),
        name: operation.name.clone(),
        sub_type: operation.sub_type.clone(),
        parent: operation.parent_id.as_ref().map(ToString::to_string),
    }
}

/// The index of timers agrees with the operations.
fn check_timers(execution: &Execution) -> Verdict {
    if execution.status().is_terminal() {
        return Ok(());
    }
    let timeout = execution
        .started_at()
        .after_seconds(execution.execution_timeout());
    let timers = execution.operations().filter_map(Operation::due_at);
    let moves = timers.chain(execution.invoke_at()).min();
    prop_assert_eq!(execution.next_operation_due(), moves);
    let due = moves.map_or(timeout, |moves| moves.min(timeout));
    prop_assert_eq!(execution.next_due(), Some(due));
    Ok(())
}

/// The end of a called execution is the end of the operation that called it; that this comes once
/// follows from the history of the caller.
fn check_report(service: &Service, execution: &Execution) -> Verdict {
    let Some(caller) = execution.caller() else {
        return Ok(());
    };
    let calling = service.execution(&caller.execution).expect("the caller");
    let operation = calling
        .operation(caller.operation.as_str())
        .expect("its operation");
    if let OperationDetails::ChainedInvoke(details) = &operation.details {
        prop_assert_eq!(details.execution.as_ref(), Some(execution.arn()));
    }
    if operation.status.is_terminal() {
        prop_assert_eq!(operation.status, execution.status().operation_status());
        // A timeout that is seen late may be older than what the caller has recorded since.
        let by_time = execution.status() == ExecutionStatus::TimedOut;
        prop_assert!(
            operation.ended_at == execution.ended_at()
                || (by_time && operation.ended_at > execution.ended_at())
        );
        prop_assert_eq!(operation.result(), execution.result());
    } else if execution.status().is_terminal() {
        let by_time = execution.status() == ExecutionStatus::TimedOut;
        prop_assert!(by_time || calling.ended_at() <= execution.ended_at());
        prop_assert!(calling.status().is_terminal(), "its end was not reported");
    }
    Ok(())
}

/// The operations that the function is shown, by the rule as it is worded (docs/service.md, 3.4).
pub(crate) fn visible(execution: &Execution) -> Vec<Operation> {
    let root = execution.operation(execution.history()[0].id().unwrap_or_default());
    let shown = execution
        .operations()
        .filter(|operation| is_visible(execution, operation));
    root.into_iter().chain(shown).cloned().collect()
}

fn is_visible(execution: &Execution, operation: &Operation) -> bool {
    let Some(parent) = operation.parent_id.as_ref() else {
        return true;
    };
    let parent = execution.operation(parent.as_str()).expect("the parent");
    let OperationDetails::Context(details) = &parent.details else {
        return false;
    };
    (!parent.status.is_terminal() || details.replay_children) && is_visible(execution, parent)
}

/// Whether time alone leads to an event, which then may be seen later than it happened.
fn is_made_by_time(event: &Event) -> bool {
    matches!(
        event.details,
        EventDetails::WaitSucceeded { .. }
            | EventDetails::CallbackTimedOut { .. }
            | EventDetails::ExecutionTimedOut { .. }
            | EventDetails::ChainedInvokeTimedOut { .. }
    )
}

/// An operation without what no event records: that its next attempt is due, its deadlines as they
/// moved, that a context is replayed with its children, the trace header of a call; and what a step keeps
/// from before while its next attempt runs.
fn as_recorded(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    match &mut operation.details {
        OperationDetails::Step(step) => {
            step.next_attempt_at = None;
            if operation.status == OperationStatus::Ready {
                operation.status = OperationStatus::Pending;
            }
        }
        OperationDetails::Context(context) => context.replay_children = false,
        OperationDetails::Callback(callback) => {
            callback.timeout_at = None;
            callback.heartbeat_at = None;
        }
        OperationDetails::ChainedInvoke(invoke) => invoke.trace_header = None,
        _ => {}
    }
    operation
}

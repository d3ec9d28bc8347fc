//! What a history says about the invocations that made it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use durable_service::fold::Fold;
use durable_service::model::{
    ErrorObject, Event, EventDetails, EventEffect, EventOrigin, ExecutionStatus, Operation,
    OperationDetails, OperationId, OperationStatus, OperationType, RequestId, Timestamp,
};

use super::divergence::{Divergence, Outcome};
use crate::names::Names;
use crate::sdk::batches::is_decision;
use crate::sdk::retry_delays::is_retry_delay;
use crate::sdk::stack_traces::{drop_from_error, drop_from_text};
use crate::sdk::{OperationSketch, errors, mismatch, sub_types};

/// A history, cut into the invocations that made it.
#[derive(Debug)]
pub(crate) struct Recorded {
    events: Arc<Vec<Event>>,
    invocations: Vec<Invocation>,
    operations: HashMap<OperationId, RecordedOperation>,
    /// The operations of the history's end, in the order of their starts.
    last: Vec<Operation>,
    execution: Option<Operation>,
    ending: Ending,
}

/// How a history ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The function returned this, and that closed the execution.
    Returned(Outcome),
    /// The execution is open, or something else closed it: a timeout, a stop, a failed invocation.
    Open,
}

/// The events of one invocation, and of the time before it since the one before.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// Number of events up to the end of the invocation before this.
    from: usize,
    /// Number of events up to its own end.
    to: usize,
    pub(crate) request_id: RequestId,
    pub(crate) started_at: Timestamp,
    /// Whether it failed, or the history breaks off while it runs.
    pub(crate) is_cut_off: bool,
}

impl Invocation {
    /// Number of events up to its end.
    pub(crate) fn end(&self) -> usize {
        self.to
    }
}

/// What a history says of an operation.
#[derive(Debug)]
pub(crate) struct RecordedOperation {
    pub(crate) sketch: OperationSketch,
    /// Index of the event that started it.
    first_event: usize,
    /// How the handler ended it: a step or a context.
    pub(crate) ended: Option<(usize, Outcome)>,
    /// Whether no sibling was open when it started: then the handler awaited it by itself.
    is_alone: bool,
    has_children: bool,
}

impl Recorded {
    /// A recorded history.
    pub(crate) fn new(events: &[Event]) -> Self {
        let fold = Fold::of(events);
        let is_response = !invocations_failed(&fold);
        let ending = ending(fold.status(), fold.result(), fold.error(), is_response);
        let last = operations_of(&fold);
        Self::with(
            Arc::new(events.to_vec()),
            last,
            fold.execution().cloned(),
            ending,
        )
    }

    /// The history of an execution of the local service, whose operations say more than its events.
    pub(crate) fn of_execution(execution: &durable_service::Execution) -> Self {
        let ending = ending(
            execution.status(),
            execution.result(),
            execution.error(),
            execution.is_ended_by_response(),
        );
        let last = execution.operations().cloned().collect();
        let fold = Fold::of(execution.history().iter().take(1));
        let root = fold.execution().cloned();
        Self::with(execution.shared_history(), last, root, ending)
    }

    fn with(
        events: Arc<Vec<Event>>,
        last: Vec<Operation>,
        execution: Option<Operation>,
        ending: Ending,
    ) -> Self {
        Self {
            invocations: invocations(&events),
            operations: operations(&events),
            events,
            last,
            execution,
            ending,
        }
    }

    /// Forgets the invocations before the last one.
    pub(crate) fn keep_last_invocation(&mut self) {
        let earlier = self.invocations.len().saturating_sub(1);
        self.invocations.drain(..earlier);
    }

    pub(crate) fn invocations(&self) -> &[Invocation] {
        &self.invocations
    }

    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    /// Whether the history has all operations that the function makes.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.ending, Ending::Returned(_))
    }

    pub(crate) fn execution(&self) -> Option<&Operation> {
        self.execution.as_ref()
    }

    pub(crate) fn operation(&self, id: &OperationId) -> Option<&RecordedOperation> {
        self.operations.get(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.operations.len()
    }

    /// What the operations are called.
    pub(crate) fn names(&self) -> Names {
        let mut operations: Vec<&RecordedOperation> = self.operations.values().collect();
        operations.sort_by_key(|operation| operation.first_event);
        Names::of(
            operations
                .into_iter()
                .map(|operation| operation.sketch.clone()),
        )
    }

    /// Whether a context was over after so many events, so that a replay takes its result from the record.
    pub(crate) fn is_closed_at(&self, operation: &RecordedOperation, state: usize) -> bool {
        let is_replayed_with_children = || {
            let mut last = self.last.iter();
            let last = last.find(|last| last.id == operation.sketch.id);
            last.is_some_and(|last| match &last.details {
                OperationDetails::Context(context) => context.replay_children,
                _ => false,
            })
        };
        operation
            .ended
            .as_ref()
            .is_some_and(|(index, _)| *index < state)
            && !is_replayed_with_children()
    }

    /// The event that started an operation.
    pub(crate) fn start_event(&self, operation: &RecordedOperation) -> Option<&EventDetails> {
        self.events
            .get(operation.first_event)
            .map(|event| &event.details)
    }

    /// Whether an operation is the pause between two attempts of `with_retry`.
    pub(super) fn is_retry_delay(&self, operation: &RecordedOperation) -> bool {
        let all = self.operations.values().map(|other| &other.sketch);
        is_retry_delay(&operation.sketch, all)
    }

    /// The difference between an operation and its record that the SDK tells of; none if there is none, or
    /// no record.
    pub(crate) fn mismatch(&self, error: &ErrorObject) -> Option<Divergence> {
        let name = |id: &OperationId| self.operation(id)?.sketch.name.clone();
        let made = mismatch::made(error, name)?;
        self.other_identity(self.operation(&made.id)?, made)
    }

    /// The difference if an operation is another one than was recorded in its place.
    pub(crate) fn other_identity(
        &self,
        operation: &RecordedOperation,
        made: OperationSketch,
    ) -> Option<Divergence> {
        (!operation.sketch.matches(&made)).then(|| Divergence::Operation {
            known_elsewhere: self.knows_elsewhere(&made),
            recorded: operation.sketch.clone(),
            made,
        })
    }

    /// Whether an operation of that kind and name was recorded under another id.
    fn knows_elsewhere(&self, made: &OperationSketch) -> bool {
        made.name.is_some()
            && self
                .operations
                .values()
                .any(|other| other.sketch.id != made.id && other.sketch.matches(made))
    }

    /// The operations at the end of the history.
    pub(crate) fn last_state(&self) -> Vec<Operation> {
        self.last.clone()
    }

    /// The operations that an invocation knew at its end: what functions had stored by then, and
    /// what had come from outside by its beginning. What came later it need not have noticed.
    pub(crate) fn state_of(&self, invocation: &Invocation) -> Vec<Operation> {
        let mut fold = Fold::default();
        for (index, event) in self.events.iter().enumerate().take(invocation.to) {
            if self.came_before(index, event, invocation) {
                fold.apply(event);
            }
        }
        operations_of(&fold)
    }

    /// Whether something came from outside while an invocation ran.
    pub(crate) fn had_external_events(&self, invocation: &Invocation) -> bool {
        self.within(invocation)
            .any(|(index, event)| !self.came_before(index, event, invocation))
    }

    fn came_before(&self, index: usize, event: &Event, invocation: &Invocation) -> bool {
        if !comes_from_outside(&event.details) || index < invocation.from {
            return true;
        }
        let is_later = event.timestamp > invocation.started_at;
        let own_work_before = self
            .within(invocation)
            .take_while(|(other, _)| *other < index)
            .any(|(_, event)| event.subject.is_some() && !comes_from_outside(&event.details));
        !is_later && !own_work_before
    }

    fn within(&self, invocation: &Invocation) -> impl Iterator<Item = (usize, &Event)> {
        self.events
            .iter()
            .enumerate()
            .take(invocation.to)
            .skip(invocation.from)
    }

    /// Whether an operation started in an invocation.
    pub(crate) fn started_in(&self, id: &OperationId, invocation: &Invocation) -> bool {
        self.operation(id).is_some_and(|operation| {
            (invocation.from..invocation.to).contains(&operation.first_event)
        })
    }

    /// Whether an operation had ended by the end of an invocation, by the handler's own doing.
    pub(crate) fn ended_by(&self, id: &OperationId, invocation: &Invocation) -> bool {
        self.operation(id)
            .and_then(|operation| operation.ended.as_ref())
            .is_some_and(|(index, _)| *index < invocation.to)
    }

    /// Whether a context ended in an invocation and can be run once more to look inside: its body
    /// is the handler's own code, every operation of which was recorded. The context of a combinator
    /// has no operations inside, and how a map or parallel ended may have depended on which branch
    /// was first.
    pub(crate) fn can_reopen(&self, operation: &Operation, invocation: &Invocation) -> bool {
        let Some(recorded) = self.operation(&operation.id) else {
            return false;
        };
        let ended_here = recorded
            .ended
            .as_ref()
            .is_some_and(|(index, _)| (invocation.from..invocation.to).contains(index));
        ended_here && sub_types::has_body(operation) && recorded.has_children
    }

    /// Whether the handler surely awaited an operation by itself, and the contexts around it too: an
    /// input of a combinator that is over is not asked for again.
    fn is_awaited(&self, operation: &RecordedOperation) -> bool {
        let mut next = Some(operation);
        while let Some(operation) = next {
            if !operation.is_alone {
                return false;
            }
            let parent = operation.sketch.parent_id.as_ref();
            next = parent.and_then(|parent| self.operation(parent));
        }
        true
    }

    /// Whether the handler surely waited for an operation together with all that was open beside it: each
    /// of them succeeded, so none decided for the others, and no combinator was among them.
    fn is_joined(&self, operation: &RecordedOperation) -> bool {
        let parent = operation.sketch.parent_id.as_ref();
        let around = parent.and_then(|parent| self.operation(parent));
        let Some(end) = operation.succeeded_at() else {
            return false;
        };
        around.is_none_or(|around| self.is_awaited(around))
            && self
                .operations
                .values()
                .filter(|other| other.sketch.parent_id.as_ref() == parent)
                .filter(|other| {
                    let is_over_before = other
                        .ended
                        .as_ref()
                        .is_some_and(|(index, _)| *index < operation.first_event);
                    other.first_event < end && !is_over_before
                })
                .all(|other| other.succeeded_at().is_some() && !other.may_be_combinator())
    }

    /// The operations that show whether a handler still makes all that started by the end of an
    /// invocation, in it if `here`: of each context, and of the top level, the last one. An earlier
    /// one cannot be gone without those after it getting other ids.
    pub(crate) fn awaited(&self, invocation: &Invocation, here: bool) -> Vec<Awaited<'_>> {
        let from = if here { invocation.from } else { 0 };
        let mut awaited: HashMap<Option<&OperationId>, Vec<&RecordedOperation>> = HashMap::new();
        for operation in self.operations.values() {
            if (from..invocation.to).contains(&operation.first_event) {
                let parent = operation.sketch.parent_id.as_ref();
                awaited.entry(parent).or_default().push(operation);
            }
        }
        let awaited = awaited.into_values();
        let mut awaited: Vec<Awaited<'_>> =
            awaited.filter_map(|siblings| self.last(siblings)).collect();
        awaited.sort_by_key(|one| one.operation().first_event);
        awaited
    }

    /// The last one that the handler surely waited for.
    fn last<'a>(&self, mut siblings: Vec<&'a RecordedOperation>) -> Option<Awaited<'a>> {
        siblings.sort_by_key(|operation| operation.first_event);
        let last = siblings.last().copied().filter(|last| !last.is_alone);
        let joined = last.filter(|last| self.is_joined(last)).map(Awaited::Group);
        joined.or_else(|| {
            let mut awaited = siblings.into_iter().rev();
            awaited
                .find(|last| self.is_awaited(last))
                .map(Awaited::Single)
        })
    }
}

/// An operation that the handler surely waited for, with nothing after it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Awaited<'a> {
    /// Nothing beside it was open when it started.
    Single(&'a RecordedOperation),
    /// It was waited for together with what was open beside it.
    Group(&'a RecordedOperation),
}

impl<'a> Awaited<'a> {
    pub(crate) fn operation(self) -> &'a RecordedOperation {
        let (Self::Single(operation) | Self::Group(operation)) = self;
        operation
    }
}

impl RecordedOperation {
    /// Index of the event that started it.
    pub(crate) fn first_event(&self) -> usize {
        self.first_event
    }

    /// Index of the event with which the handler ended it well.
    fn succeeded_at(&self) -> Option<usize> {
        match &self.ended {
            Some((index, Outcome::Succeeded(_))) => Some(*index),
            _ => None,
        }
    }

    /// Whether it may be the record of a combinator, which has nothing inside: its inputs stand beside it.
    fn may_be_combinator(&self) -> bool {
        self.sketch.operation_type == OperationType::Context && !self.has_children
    }
}

/// The operations of a history, of which no event says that a context is to be replayed with its
/// children.
fn operations_of(fold: &Fold) -> Vec<Operation> {
    let mut operations: Vec<Operation> = fold.operations().cloned().collect();
    for operation in &mut operations {
        let is_batch = sub_types::is_batch(operation.sub_type.as_deref());
        let has_succeeded = operation.status == OperationStatus::Succeeded;
        if let OperationDetails::Context(context) = &mut operation.details {
            // The result of any other context is left out only where it is too large for a record.
            context.replay_children |= match context.result.as_deref() {
                Some(result) => is_batch && is_decision(result),
                None => has_succeeded && !is_batch,
            };
        }
    }
    operations
}

/// Shows an attempt that is under way or due as one that waits for its time. The SDK then runs no
/// body and suspends, which is all that a recording can say about an attempt without an outcome.
pub(crate) fn mark_pending(operation: &mut Operation) {
    if matches!(operation.details, OperationDetails::Step(_)) && !operation.status.is_terminal() {
        operation.status = OperationStatus::Pending;
    }
}

/// Whether an event was none of the function's doing.
fn comes_from_outside(event: &EventDetails) -> bool {
    event.origin() == Some(EventOrigin::External)
}

/// Whether an execution seems to have ended because its invocations failed: the last of them did so
/// with one error. A handler's own error ends the execution at once.
fn invocations_failed(fold: &Fold) -> bool {
    let mut errors = fold.invocations().iter().rev().map(|one| &one.error);
    match (errors.next(), errors.next()) {
        (Some(Some(last)), Some(Some(before))) => last == before,
        _ => false,
    }
}

fn ending(
    status: ExecutionStatus,
    result: Option<&str>,
    error: Option<&ErrorObject>,
    is_response: bool,
) -> Ending {
    match status {
        _ if !is_response => Ending::Open,
        ExecutionStatus::Succeeded => {
            Ending::Returned(Outcome::Succeeded(result.map(str::to_owned)))
        }
        ExecutionStatus::Failed if !error.is_some_and(errors::is_not_the_handlers) => {
            let mut error = error.cloned();
            if let Some(error) = &mut error {
                drop_from_error(error);
            }
            Ending::Returned(Outcome::Failed(error))
        }
        _ => Ending::Open,
    }
}

fn invocations(events: &[Event]) -> Vec<Invocation> {
    let mut invocations = Vec::new();
    let mut from = 0;
    for (index, event) in events.iter().enumerate() {
        if let EventDetails::InvocationCompleted {
            started_at,
            request_id,
            error,
            ..
        } = &event.details
        {
            invocations.push(Invocation {
                from,
                to: index + 1,
                request_id: request_id.clone(),
                started_at: *started_at,
                is_cut_off: error.is_some(),
            });
            from = index + 1;
        }
    }
    let rest = events.get(from..).unwrap_or_default();
    let is_unfinished = rest
        .iter()
        .any(|event| event.subject.is_some() && is_the_functions(&event.details));
    if is_unfinished {
        invocations.push(Invocation {
            from,
            to: events.len(),
            request_id: RequestId::default(),
            started_at: rest
                .first()
                .map_or(Timestamp::from_millis(0), |event| event.timestamp),
            is_cut_off: true,
        });
    }
    invocations
}

/// Whether an event of an operation was stored by the function.
fn is_the_functions(event: &EventDetails) -> bool {
    event.origin() == Some(EventOrigin::Function)
}

fn operations(events: &[Event]) -> HashMap<OperationId, RecordedOperation> {
    let mut operations: HashMap<OperationId, RecordedOperation> = HashMap::new();
    let mut open: HashMap<Option<OperationId>, HashSet<OperationId>> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        let Some(subject) = &event.subject else {
            continue;
        };
        let EventEffect::Operation(operation_type, status) = event.details.effect() else {
            continue;
        };
        let siblings = open.entry(subject.parent_id.clone()).or_default();
        let is_alone = siblings.is_empty();
        let operation = operations
            .entry(subject.id.clone())
            .or_insert_with(|| RecordedOperation {
                sketch: OperationSketch::new(subject, operation_type),
                first_event: index,
                ended: None,
                is_alone,
                has_children: false,
            });
        match ended(&event.details, operation_type, status) {
            Ended::No => {
                siblings.insert(subject.id.clone());
            }
            Ended::Outside => {
                siblings.remove(&subject.id);
            }
            Ended::Here(outcome) => {
                siblings.remove(&subject.id);
                operation.ended = Some((index, outcome));
            }
        }
        if let Some(parent) = &subject.parent_id
            && let Some(parent) = operations.get_mut(parent)
        {
            parent.has_children = true;
        }
    }
    operations
}

/// Whether an event ends its operation.
enum Ended {
    No,
    Outside,
    Here(Outcome),
}

fn ended(event: &EventDetails, operation_type: OperationType, status: OperationStatus) -> Ended {
    if !status.is_terminal() {
        return Ended::No;
    }
    let mut result = event.result().map(str::to_owned);
    let mut error = event.error().cloned();
    match operation_type {
        OperationType::Context => {
            // A replay's own results and errors come without stack traces.
            result.iter_mut().for_each(drop_from_text);
            error.iter_mut().for_each(drop_from_error);
        }
        OperationType::Step => {}
        OperationType::Wait | OperationType::Callback | OperationType::ChainedInvoke
            if comes_from_outside(event) =>
        {
            return Ended::Outside;
        }
        // The handler gave it up, which is no outcome.
        OperationType::Wait
        | OperationType::Callback
        | OperationType::ChainedInvoke
        | OperationType::Execution => return Ended::No,
    }
    Ended::Here(if status == OperationStatus::Succeeded {
        Outcome::Succeeded(result)
    } else {
        Outcome::Failed(error)
    })
}

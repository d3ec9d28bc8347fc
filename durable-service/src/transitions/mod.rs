//! What updates and timers do to operations: one file per operation type.
//!
//! A transition is a value: the operation as it is afterwards and the event that records it.
//! Nothing is stored here; the [`Execution`](crate::Execution) stores the transitions of a batch
//! together, or none of them.

pub(crate) mod callback;
pub(crate) mod chained_invoke;
mod context;
mod execution;
mod step;
mod wait;

pub(crate) use chained_invoke::{Invoke, InvokeOutcome, Launch};
pub(crate) use execution::Completion;

use crate::functions::Functions;
use crate::model::{
    EventDetails, ExecutionArn, Operation, OperationDetails, OperationStatus, OperationType,
    OperationUpdate, Timestamp,
};
use crate::{Limits, ServiceError};

/// The effect of an accepted update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transition {
    /// An operation is created or changed.
    Operation(Box<Change>),
    /// Another function is called.
    Invoke(Box<Invoke>),
    /// The execution ends.
    Close(Completion),
}

/// An operation after a change, and the event that records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The operation as it is now.
    pub(crate) operation: Operation,
    /// What to record; some changes leave no event.
    pub(crate) event: Option<EventDetails>,
}

/// What an update is applied with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApplyContext<'a> {
    /// The time of the checkpoint.
    pub(crate) now: Timestamp,
    /// The execution.
    pub(crate) arn: &'a ExecutionArn,
    /// The limits in force.
    pub(crate) limits: &'a Limits,
    /// Largest result of the execution, in bytes.
    pub(crate) result_bytes: usize,
    /// The functions that a chained invoke can reach.
    pub(crate) functions: &'a Functions,
    /// Number of the next execution on the service.
    pub(crate) next_execution: u64,
}

/// Applies an update to the operation it names, if that exists.
///
/// # Errors
///
/// The service's refusal, if the update breaks a rule of the operation's type.
pub(crate) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    context: &ApplyContext<'_>,
) -> Result<Transition, ServiceError> {
    if let Some(existing) = existing {
        crate::validation::check_consistency(update, existing)?;
    }
    crate::validation::check_sizes(update, context.limits, context.result_bytes)?;
    let now = context.now;
    let change = match update.operation_type {
        OperationType::Execution => return execution::apply(update).map(Transition::Close),
        OperationType::Context => context::apply(update, existing, now)?,
        OperationType::Step => step::apply(update, existing, now)?,
        OperationType::Wait => wait::apply(update, existing, now)?,
        OperationType::Callback => callback::apply(update, existing, context)?,
        OperationType::ChainedInvoke => {
            let invoke = chained_invoke::apply(update, existing, context)?;
            return Ok(Transition::Invoke(Box::new(invoke)));
        }
    };
    Ok(Transition::Operation(Box::new(change)))
}

impl Operation {
    /// When its timer is due.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.details {
            OperationDetails::Step(details) => step::due_at(self, details),
            OperationDetails::Wait(details) => wait::due_at(self, details),
            OperationDetails::Callback(details) => callback::due_at(self, details),
            _ => None,
        }
    }
}

/// The transition of an operation that is due.
pub(crate) fn fire(operation: &Operation, now: Timestamp) -> Option<Change> {
    match &operation.details {
        OperationDetails::Step(details) => Some(step::fire(operation, details)),
        OperationDetails::Wait(details) => Some(wait::fire(operation, details, now)),
        OperationDetails::Callback(details) => Some(callback::fire(operation, details, now)),
        _ => None,
    }
}

/// The operation that a first update creates.
fn created(
    update: &OperationUpdate,
    status: OperationStatus,
    now: Timestamp,
    details: OperationDetails,
) -> Operation {
    Operation {
        id: update.id.clone(),
        parent_id: update.parent_id.clone(),
        name: update.name.clone(),
        sub_type: update.sub_type.clone(),
        status,
        started_at: now,
        ended_at: status.is_terminal().then_some(now),
        details,
    }
}

/// The operation after a change of its status and details.
fn changed(
    operation: &Operation,
    status: OperationStatus,
    now: Timestamp,
    details: OperationDetails,
) -> Operation {
    Operation {
        status,
        ended_at: status.is_terminal().then_some(now),
        details,
        ..operation.clone()
    }
}

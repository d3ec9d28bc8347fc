//! What a host saw its functions do, in order: more than the history has.

use durable_service::model::{
    ExecutionArn, OperationAction, OperationId, OperationType, OperationUpdate,
};

use super::bodies::{Body, BodyEnd};
use crate::sdk::errors;

/// One thing that a function did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// It made a checkpoint call.
    Call(CallTrace),
    /// The body of a durable step started: nothing holds it any more.
    BodyStarted(Body),
    /// The body of that number ended; without an end it was dropped, perhaps before it started.
    BodyEnded(u64, Option<BodyEnd>),
}

/// A checkpoint call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTrace {
    /// Its number on the host, from 1; none for a call whose token was dead.
    pub number: Option<u64>,
    /// The execution.
    pub execution: ExecutionArn,
    /// What it asked to store.
    pub updates: Vec<UpdateTrace>,
    /// Whether the service stored it.
    pub stored: bool,
}

/// An update that a call asked to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateTrace {
    /// The operation.
    pub operation: OperationId,
    /// Its name.
    pub name: Option<String>,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// Its type.
    pub operation_type: OperationType,
    /// What is to become of it.
    pub action: OperationAction,
    /// Why the update says what it says.
    pub cause: Cause,
}

/// Why an update is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The function came to it.
    Handler,
    /// The SDK found an at-most-once step interrupted, and did not run its body again.
    Interrupted,
    /// The service refused what the function came to, and the SDK records that instead.
    Refused,
}

impl From<&OperationUpdate> for UpdateTrace {
    fn from(update: &OperationUpdate) -> Self {
        let cause = match &update.error {
            Some(error) if errors::is_interruption(error) => Cause::Interrupted,
            Some(error) if errors::is_refusal(error) => Cause::Refused,
            _ => Cause::Handler,
        };
        Self {
            operation: update.id.clone(),
            name: update.name.clone(),
            sub_type: update.sub_type.clone(),
            operation_type: update.operation_type,
            action: update.action,
            cause,
        }
    }
}

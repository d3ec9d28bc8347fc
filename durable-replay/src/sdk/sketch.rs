//! What identifies an operation to the SDK's own check of a replay.

use std::fmt;

use durable_service::model::{
    EventSubject, Operation, OperationId, OperationType, OperationUpdate,
};

use super::sub_types;

/// What identifies an operation to the SDK: its place, and what stands there.
///
/// [`Names::of`](crate::names::Names::of) takes them, with an example on the page of its [module](crate::names).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationSketch {
    /// Its id: the SDK derives it from the operation's place in the handler.
    pub id: OperationId,
    /// The context that it belongs to.
    pub parent_id: Option<OperationId>,
    /// What it is.
    pub operation_type: OperationType,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl OperationSketch {
    /// Whether the SDK takes the two for the same operation, given that their ids are the same.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.operation_type == other.operation_type
            && self.sub_type == other.sub_type
            && self.name.as_deref().unwrap_or_default() == other.name.as_deref().unwrap_or_default()
    }

    /// The operation of an event of that type.
    #[must_use]
    pub fn new(subject: &EventSubject, operation_type: OperationType) -> Self {
        Self {
            id: subject.id.clone(),
            parent_id: subject.parent_id.clone(),
            operation_type,
            sub_type: subject.sub_type.clone(),
            name: subject.name.clone(),
        }
    }
}

impl From<&OperationUpdate> for OperationSketch {
    fn from(update: &OperationUpdate) -> Self {
        Self {
            id: update.id.clone(),
            parent_id: update.parent_id.clone(),
            operation_type: update.operation_type,
            sub_type: update.sub_type.clone(),
            name: update.name.clone(),
        }
    }
}

impl From<&Operation> for OperationSketch {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.id.clone(),
            parent_id: operation.parent_id.clone(),
            operation_type: operation.operation_type(),
            sub_type: operation.sub_type.clone(),
            name: operation.name.clone(),
        }
    }
}

/// `step "charge"`, `unnamed wait`, `context "batch" (Map)`.
impl fmt::Display for OperationSketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.operation_type {
            OperationType::Execution => "execution",
            OperationType::Context => "context",
            OperationType::Step => "step",
            OperationType::Wait => "wait",
            OperationType::Callback => "callback",
            OperationType::ChainedInvoke => "chained invoke",
        };
        let usual = sub_types::usual(self.operation_type);
        match &self.name {
            Some(name) => write!(f, "{kind} \"{name}\"")?,
            None => write!(f, "unnamed {kind}")?,
        }
        match &self.sub_type {
            Some(sub_type) if sub_type != usual => write!(f, " ({sub_type})"),
            _ => Ok(()),
        }
    }
}

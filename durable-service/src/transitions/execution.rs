//! EXECUTION: a function that ends its execution by a checkpoint, because its result is too large
//! for the response (docs/service.md, 3.8).

use serde::{Deserialize, Serialize};

use crate::ServiceError;
use crate::model::{ErrorObject, ExecutionStatus, OperationAction, OperationUpdate};
use crate::validation::check_close;

/// How an execution ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Completion {
    /// Its last status.
    pub(crate) status: ExecutionStatus,
    /// Its serialized result.
    pub(crate) result: Option<String>,
    /// Its error.
    pub(crate) error: Option<ErrorObject>,
}

impl Completion {
    /// An execution that succeeds.
    pub(crate) fn succeeded(result: Option<String>) -> Self {
        Self {
            status: ExecutionStatus::Succeeded,
            result,
            error: None,
        }
    }

    /// An execution that ends with an error.
    pub(crate) fn failed(error: Option<ErrorObject>) -> Self {
        Self {
            status: ExecutionStatus::Failed,
            result: None,
            error,
        }
    }
}

pub(super) fn apply(update: &OperationUpdate) -> Result<Completion, ServiceError> {
    check_close(update)?;
    match update.action {
        OperationAction::Succeed => Ok(Completion::succeeded(update.payload.clone())),
        OperationAction::Fail => Ok(Completion::failed(update.error.clone())),
        _ => Err(ServiceError::invalid("Invalid EXECUTION action.")),
    }
}

//! CONTEXT: child contexts, maps, parallels and other groups of operations (docs/service.md, 3.4).

use super::{Change, changed, created};
use crate::ServiceError;
use crate::model::{
    ContextDetails, EventDetails, Operation, OperationAction, OperationDetails, OperationStatus,
    OperationUpdate, Timestamp,
};
use crate::validation::{check_close, invalid_action};

pub(super) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    match update.action {
        OperationAction::Start => start(update, existing, now),
        OperationAction::Succeed | OperationAction::Fail => close(update, existing, now),
        OperationAction::Retry | OperationAction::Cancel => Err(invalid_action()),
    }
}

fn start(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    if existing.is_some() {
        return Err(ServiceError::invalid(
            "Cannot start a CONTEXT that already exist.",
        ));
    }
    let details = OperationDetails::Context(ContextDetails::default());
    Ok(Change {
        operation: created(update, OperationStatus::Started, now, details),
        event: Some(EventDetails::ContextStarted),
    })
}

fn close(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    check_close(update)?;
    if existing.is_some_and(|operation| operation.status != OperationStatus::Started) {
        return Err(ServiceError::invalid(
            "Invalid current CONTEXT state to close.",
        ));
    }
    let (result, error) = (update.payload.clone(), update.error.clone());
    let replay_children = update
        .context_options
        .as_ref()
        .and_then(|options| options.replay_children)
        .unwrap_or(false);
    let details = OperationDetails::Context(ContextDetails {
        replay_children,
        result: result.clone(),
        error: error.clone(),
    });
    let (status, event) = if update.action == OperationAction::Succeed {
        (
            OperationStatus::Succeeded,
            EventDetails::ContextSucceeded { result },
        )
    } else {
        (
            OperationStatus::Failed,
            EventDetails::ContextFailed { error },
        )
    };
    let operation = match existing {
        Some(operation) => changed(operation, status, now, details),
        None => created(update, status, now, details),
    };
    Ok(Change {
        operation,
        event: Some(event),
    })
}

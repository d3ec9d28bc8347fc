//! WAIT (docs/service.md, 3.5).

use super::{Change, changed, created};
use crate::ServiceError;
use crate::model::{
    EventDetails, Operation, OperationAction, OperationDetails, OperationStatus, OperationUpdate,
    Seconds, Timestamp, WaitDetails,
};
use crate::validation::invalid_action;

pub(super) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    match update.action {
        OperationAction::Start => start(update, existing, now),
        OperationAction::Cancel => cancel(update, existing, now),
        _ => Err(invalid_action()),
    }
}

fn start(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    if existing.is_some() {
        return Err(ServiceError::invalid(
            "Cannot start a WAIT that already exist.",
        ));
    }
    let duration = update
        .wait_options
        .as_ref()
        .and_then(|options| options.wait_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(Seconds)
        .ok_or_else(|| ServiceError::invalid("Update for WAIT operation requires WaitOptions."))?;
    let scheduled_end_at = now.after_seconds(duration);
    let details = OperationDetails::Wait(WaitDetails {
        duration,
        scheduled_end_at,
    });
    Ok(Change {
        operation: created(update, OperationStatus::Started, now, details),
        event: Some(EventDetails::WaitStarted {
            duration,
            scheduled_end_at,
        }),
    })
}

fn cancel(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    match existing {
        Some(wait) if wait.status == OperationStatus::Started => Ok(Change {
            operation: changed(wait, OperationStatus::Cancelled, now, wait.details.clone()),
            event: Some(EventDetails::WaitCancelled {
                error: update.error.clone(),
            }),
        }),
        _ => Err(ServiceError::invalid(
            "Cannot cancel a WAIT that does not exist or has already completed.",
        )),
    }
}

pub(super) fn due_at(operation: &Operation, details: &WaitDetails) -> Option<Timestamp> {
    (operation.status == OperationStatus::Started).then_some(details.scheduled_end_at)
}

/// The wait is over.
pub(super) fn fire(operation: &Operation, details: &WaitDetails, now: Timestamp) -> Change {
    Change {
        operation: changed(
            operation,
            OperationStatus::Succeeded,
            now,
            operation.details.clone(),
        ),
        event: Some(EventDetails::WaitSucceeded {
            duration: details.duration,
        }),
    }
}

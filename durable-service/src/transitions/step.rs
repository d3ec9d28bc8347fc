//! STEP, which also implements a wait for a condition (docs/service.md, 3.3).

use super::{Change, changed, created};
use crate::ServiceError;
use crate::model::{
    EventDetails, Operation, OperationAction, OperationDetails, OperationStatus, OperationUpdate,
    RetryDetails, StepDetails, Timestamp,
};
use crate::validation::{check_close, invalid_action, may_close};

pub(super) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    match update.action {
        OperationAction::Start => start(update, existing, now),
        OperationAction::Succeed | OperationAction::Fail => close(update, existing, now),
        OperationAction::Retry => retry(update, existing, now),
        OperationAction::Cancel => Err(invalid_action()),
    }
}

fn start(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    let status = OperationStatus::Started;
    let operation = match existing {
        None => created(
            update,
            status,
            now,
            OperationDetails::Step(StepDetails::default()),
        ),
        // Result and error of the last attempt stay readable while the next one runs.
        Some(ready) if ready.status == OperationStatus::Ready => {
            changed(ready, status, now, ready.details.clone())
        }
        Some(_) => {
            return Err(ServiceError::invalid(
                "Invalid current STEP state to start.",
            ));
        }
    };
    Ok(Change {
        operation,
        event: Some(EventDetails::StepStarted),
    })
}

fn close(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    check_close(update)?;
    if !may_close(existing) {
        return Err(ServiceError::invalid(
            "Invalid current STEP state to close.",
        ));
    }
    let attempt = attempts(existing) + 1;
    let retry = RetryDetails {
        current_attempt: attempt,
        next_attempt_delay_seconds: None,
    };
    let (result, error) = (update.payload.clone(), update.error.clone());
    let (status, event) = if update.action == OperationAction::Succeed {
        let result = result.clone();
        (
            OperationStatus::Succeeded,
            EventDetails::StepSucceeded { result, retry },
        )
    } else {
        let error = error.clone();
        (
            OperationStatus::Failed,
            EventDetails::StepFailed { error, retry },
        )
    };
    let details = OperationDetails::Step(StepDetails {
        attempt,
        next_attempt_at: None,
        result,
        error,
    });
    Ok(Change {
        operation: step(update, existing, status, now, details),
        event: Some(event),
    })
}

fn retry(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    now: Timestamp,
) -> Result<Change, ServiceError> {
    let delay = update
        .step_options
        .as_ref()
        .and_then(|options| options.next_attempt_delay_seconds)
        .and_then(|delay| u64::try_from(delay).ok())
        .ok_or_else(|| ServiceError::invalid("Invalid StepOptions for the given action."))?;
    if update.payload.is_some() && update.error.is_some() {
        return Err(ServiceError::invalid(
            "Cannot provide both error and payload to RETRY a STEP.",
        ));
    }
    if !may_close(existing) {
        return Err(ServiceError::invalid(
            "Invalid current STEP state to re-attempt.",
        ));
    }
    let attempt = attempts(existing) + 1;
    let retry = RetryDetails {
        current_attempt: attempt,
        next_attempt_delay_seconds: Some(delay),
    };
    let (result, error) = (update.payload.clone(), update.error.clone());
    let details = OperationDetails::Step(StepDetails {
        attempt,
        next_attempt_at: Some(now.after_seconds(delay)),
        result: result.clone(),
        error: error.clone(),
    });
    // Without an error it is the poll of a condition, which counts as a success.
    let event = if error.is_some() {
        EventDetails::StepFailed { error, retry }
    } else {
        EventDetails::StepSucceeded { result, retry }
    };
    Ok(Change {
        operation: step(update, existing, OperationStatus::Pending, now, details),
        event: Some(event),
    })
}

pub(super) fn due_at(operation: &Operation, details: &StepDetails) -> Option<Timestamp> {
    details
        .next_attempt_at
        .filter(|_| operation.status == OperationStatus::Pending)
}

/// The next attempt is due: the step is READY, and history does not say so.
pub(super) fn fire(operation: &Operation, details: &StepDetails) -> Change {
    Change {
        operation: Operation {
            status: OperationStatus::Ready,
            details: OperationDetails::Step(StepDetails {
                next_attempt_at: None,
                ..details.clone()
            }),
            ..operation.clone()
        },
        event: None,
    }
}

fn step(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    status: OperationStatus,
    now: Timestamp,
    details: OperationDetails,
) -> Operation {
    match existing {
        Some(operation) => changed(operation, status, now, details),
        None => created(update, status, now, details),
    }
}

fn attempts(existing: Option<&Operation>) -> u32 {
    match existing.map(|operation| &operation.details) {
        Some(OperationDetails::Step(details)) => details.attempt,
        _ => 0,
    }
}

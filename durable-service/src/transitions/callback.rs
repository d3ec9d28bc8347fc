//! CALLBACK: a result that a call from outside provides, in time (docs/service.md, 3.6 and 6).

use super::{ApplyContext, Change, changed, created};
use crate::model::{
    CallbackCompletion, CallbackDetails, ErrorObject, EventDetails, Operation, OperationAction,
    OperationDetails, OperationStatus, OperationUpdate, Seconds, Timestamp,
};
use crate::validation::invalid_action;
use crate::{ServiceError, callback_id};

pub(super) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    context: &ApplyContext<'_>,
) -> Result<Change, ServiceError> {
    if update.action != OperationAction::Start {
        return Err(invalid_action());
    }
    if existing.is_some() {
        return Err(ServiceError::invalid(
            "Cannot start a CALLBACK that already exist.",
        ));
    }
    let options = update.callback_options.as_ref();
    // Zero stands for no timeout, as its absence does.
    let limit = |option: Option<i64>| Seconds(u64::try_from(option?).ok()?).limit();
    let timeout = limit(options.and_then(|options| options.timeout_seconds));
    let heartbeat_timeout = limit(options.and_then(|options| options.heartbeat_timeout_seconds));
    let callback_id = callback_id::encode(context.arn, &update.id);
    let after = |limit: Option<Seconds>| Some(context.now.after_seconds(limit?));
    let details = OperationDetails::Callback(CallbackDetails {
        callback_id: callback_id.clone(),
        result: None,
        error: None,
        timeout_at: after(timeout),
        heartbeat_at: after(heartbeat_timeout),
        heartbeat_timeout,
    });
    Ok(Change {
        operation: created(update, OperationStatus::Started, context.now, details),
        event: Some(EventDetails::CallbackStarted {
            callback_id,
            timeout,
            heartbeat_timeout,
        }),
    })
}

/// The earlier of the two deadlines.
pub(super) fn due_at(operation: &Operation, details: &CallbackDetails) -> Option<Timestamp> {
    if operation.status != OperationStatus::Started {
        return None;
    }
    [details.timeout_at, details.heartbeat_at]
        .into_iter()
        .flatten()
        .min()
}

/// A deadline has passed; of equal ones it is the general timeout that counts.
pub(super) fn fire(operation: &Operation, details: &CallbackDetails, now: Timestamp) -> Change {
    let general = match (details.timeout_at, details.heartbeat_at) {
        (Some(timeout), Some(heartbeat)) => timeout <= heartbeat,
        (timeout, _) => timeout.is_some(),
    };
    let error = if general {
        ErrorObject::new("Callback.Timeout", "Callback timed out")
    } else {
        ErrorObject::new("Callback.Heartbeat", "Callback timed out on heartbeat")
    };
    ended(
        operation,
        details,
        OperationStatus::TimedOut,
        (None, Some(error)),
        now,
    )
}

/// Completes a callback from outside; none if it is completed or timed out.
pub(crate) fn complete(
    operation: &Operation,
    completion: CallbackCompletion,
    now: Timestamp,
) -> Option<Change> {
    let details = open(operation, now)?;
    Some(match completion {
        CallbackCompletion::Success(result) => ended(
            operation,
            details,
            OperationStatus::Succeeded,
            (result, None),
            now,
        ),
        CallbackCompletion::Failure(error) => ended(
            operation,
            details,
            OperationStatus::Failed,
            (None, Some(error)),
            now,
        ),
    })
}

/// Takes a heartbeat: restarts the heartbeat deadline. None if the callback is completed or timed out.
pub(crate) fn heartbeat(operation: &Operation, now: Timestamp) -> Option<Operation> {
    let details = open(operation, now)?;
    let heartbeat_at = details
        .heartbeat_timeout
        .map(|timeout| now.after_seconds(timeout));
    Some(Operation {
        details: OperationDetails::Callback(CallbackDetails {
            heartbeat_at,
            ..details.clone()
        }),
        ..operation.clone()
    })
}

/// The details of a callback that can still be completed.
fn open(operation: &Operation, now: Timestamp) -> Option<&CallbackDetails> {
    match &operation.details {
        OperationDetails::Callback(details)
            if operation.status == OperationStatus::Started
                && due_at(operation, details).is_none_or(|due| now < due) =>
        {
            Some(details)
        }
        _ => None,
    }
}

fn ended(
    operation: &Operation,
    details: &CallbackDetails,
    status: OperationStatus,
    (result, error): (Option<String>, Option<ErrorObject>),
    now: Timestamp,
) -> Change {
    let event = match status {
        OperationStatus::Succeeded => EventDetails::CallbackSucceeded {
            result: result.clone(),
        },
        OperationStatus::Failed => EventDetails::CallbackFailed {
            error: error.clone(),
        },
        _ => EventDetails::CallbackTimedOut {
            error: error.clone(),
        },
    };
    let details = OperationDetails::Callback(CallbackDetails {
        result,
        error,
        ..details.clone()
    });
    Change {
        operation: changed(operation, status, now, details),
        event: Some(event),
    }
}

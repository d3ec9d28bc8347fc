//! The details of an event on one line.

use std::time::Duration;

use durable_service::model::{ErrorObject, Event, EventDetails, RetryDetails};

use crate::words::{human, one_line, payload_line};

/// Limit on the characters of a payload in a line.
const MAX_PAYLOAD_CHARS: usize = 60;

/// Limit on the characters of an error in a line.
const MAX_ERROR_CHARS: usize = 100;

/// The details of an event that matter to a reader, on one line.
///
/// [`Drawing`](crate::Drawing) shows operations, this their events.
///
/// ```
/// use durable_service::wire::read;
/// use durable_view::event_details;
/// use serde_json::json;
///
/// let event = read::event(&json!({
///     "EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1", "Name": "cool-off",
///     "WaitStartedDetails": {"Duration": 3900, "ScheduledEndTimestamp": 3901},
/// }))?;
/// assert_eq!(event_details(&event), "1h 5m");
/// # Ok::<(), durable_service::wire::read::ReadError>(())
/// ```
#[must_use]
pub fn event_details(event: &Event) -> String {
    use EventDetails as E;
    let parts: Vec<Option<String>> = match &event.details {
        E::ExecutionStarted { input, .. } => vec![payload(input.as_ref())],
        E::ExecutionSucceeded { result }
        | E::ContextSucceeded { result }
        | E::CallbackSucceeded { result }
        | E::ChainedInvokeSucceeded { result } => vec![payload(result.as_ref())],
        E::ExecutionFailed { error }
        | E::ExecutionTimedOut { error }
        | E::ExecutionStopped { error }
        | E::ContextFailed { error }
        | E::WaitCancelled { error }
        | E::CallbackFailed { error }
        | E::CallbackTimedOut { error }
        | E::ChainedInvokeFailed { error }
        | E::ChainedInvokeTimedOut { error }
        | E::ChainedInvokeStopped { error } => vec![failure(error.as_ref())],
        E::StepSucceeded { result, retry } => vec![attempt(*retry), payload(result.as_ref())],
        E::StepFailed { error, retry } => vec![attempt(*retry), failure(error.as_ref())],
        E::WaitStarted { duration, .. } => vec![Some(human_seconds(duration.get()))],
        E::CallbackStarted {
            callback_id,
            timeout,
            heartbeat_timeout,
        } => vec![
            timeout.map(|timeout| format!("timeout {}", human_seconds(timeout.get()))),
            heartbeat_timeout
                .map(|timeout| format!("heartbeat timeout {}", human_seconds(timeout.get()))),
            Some(callback_id.to_string()),
        ],
        E::ChainedInvokeStarted {
            function_name,
            input,
            durable_execution_arn,
            ..
        } => vec![
            Some(function_name.clone()),
            payload(input.as_ref()),
            durable_execution_arn.as_ref().map(ToString::to_string),
        ],
        E::InvocationCompleted {
            started_at,
            ended_at,
            error,
            ..
        } => vec![
            Some(format!("took {}", human(ended_at.since(*started_at)))),
            failure(error.as_ref()),
        ],
        E::ExecutionPaused { reason, .. } | E::ExecutionResumed { reason, .. } => {
            vec![reason.clone()]
        }
        E::ContextStarted | E::StepStarted | E::WaitSucceeded { .. } | E::Unknown { .. } => {
            Vec::new()
        }
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn payload(payload: Option<&String>) -> Option<String> {
    payload.map(|payload| payload_line(payload, MAX_PAYLOAD_CHARS))
}

fn failure(error: Option<&ErrorObject>) -> Option<String> {
    error.map(|error| one_line(&error.to_string(), MAX_ERROR_CHARS))
}

fn attempt(retry: RetryDetails) -> Option<String> {
    let next = retry.next_attempt_delay_seconds;
    match (retry.current_attempt, next) {
        (attempt, Some(delay)) => Some(format!(
            "attempt {attempt}, next in {}",
            human_seconds(delay)
        )),
        (0 | 1, None) => None,
        (attempt, None) => Some(format!("attempt {attempt}")),
    }
}

fn human_seconds(seconds: u64) -> String {
    human(Duration::from_secs(seconds))
}

//! What an event says beyond its name, on a line.

use std::time::Duration;

use durable_service::model::{ErrorObject, Event, EventDetails, RetryDetails};
use durable_service::outline::human;

use super::table::{self, shortened};

/// As much of a payload as a line shows.
const MOST_OF_PAYLOAD: usize = 60;

/// As much of an error as a line shows.
const MOST_OF_ERROR: usize = 100;

/// The details of an event that a person looks for, on one line.
pub(super) fn details(event: &Event) -> String {
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
        E::WaitStarted { duration, .. } => vec![Some(human((*duration).into()))],
        E::CallbackStarted {
            callback_id,
            timeout,
            heartbeat_timeout,
        } => vec![
            timeout.map(|timeout| format!("timeout {}", human(timeout.into()))),
            heartbeat_timeout.map(|timeout| format!("heartbeat timeout {}", human(timeout.into()))),
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
    payload.map(|payload| table::payload(payload, MOST_OF_PAYLOAD))
}

fn failure(error: Option<&ErrorObject>) -> Option<String> {
    error.map(|error| shortened(&error.to_string(), MOST_OF_ERROR))
}

fn attempt(retry: RetryDetails) -> Option<String> {
    let next = retry.next_attempt_delay_seconds;
    match (retry.current_attempt, next) {
        (attempt, Some(delay)) => Some(format!("attempt {attempt}, next in {}", seconds(delay))),
        (0 | 1, None) => None,
        (attempt, None) => Some(format!("attempt {attempt}")),
    }
}

fn seconds(seconds: u64) -> String {
    human(Duration::from_secs(seconds))
}

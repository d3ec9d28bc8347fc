//! A readable form of a history: one line per event.

use std::fmt::Write as _;

use durable_test::ExecutionResult;
use durable_test::results::{
    ErrorObject, Event, EventDetails, ExecutionArn, RetryDetails, Seconds,
};

/// Number, time since the start, type, path and details of each event, a line each.
pub(crate) fn compact(result: &ExecutionResult) -> String {
    let mut text = String::new();
    for event in result.history() {
        let _ = writeln!(text, "{}", line(result, event).trim_end());
    }
    // A callback's id holds the execution's ARN, which differs between runners.
    let ids = result
        .callbacks()
        .filter_map(|callback| callback.callback_id());
    ids.fold(text, |text, id| text.replace(id, "CALLBACK_ID"))
}

fn line(result: &ExecutionResult, event: &Event) -> String {
    format!(
        "{:>3} {:>9} {:<19} {}",
        event.event_id,
        format!("+{}", seconds(result, event)),
        event.event_type(),
        [subject(result, event), details(&event.details)]
            .join(" ")
            .trim_start(),
    )
}

/// Seconds between the start of the execution and an event.
fn seconds(result: &ExecutionResult, event: &Event) -> f64 {
    event.timestamp.since(result.started_at()).as_secs_f64()
}

/// The path of the operation, and the SDK's word for its kind.
fn subject(result: &ExecutionResult, event: &Event) -> String {
    let Some(operation) = event.id().and_then(|id| result.get_operation(id).ok()) else {
        return String::new();
    };
    format!(
        "{} ({})",
        operation.path(),
        event.sub_type().unwrap_or("no sub-type")
    )
}

/// The number of an execution among those of its runner: the last digits of its id, which stands last in its
/// ARN. The digits before them differ between runners.
fn number(arn: Option<&ExecutionArn>) -> String {
    let id = text(arn.map(ExecutionArn::as_str)).rsplit('/').next();
    let digits: Vec<char> = id.unwrap_or_default().chars().rev().take(4).collect();
    digits.into_iter().rev().collect()
}

fn details(details: &EventDetails) -> String {
    match details {
        EventDetails::ExecutionStarted {
            input,
            execution_timeout,
        } => format!(
            "input={} timeout={execution_timeout}",
            text(input.as_deref())
        ),
        EventDetails::ExecutionSucceeded { result }
        | EventDetails::ContextSucceeded { result }
        | EventDetails::CallbackSucceeded { result }
        | EventDetails::ChainedInvokeSucceeded { result } => {
            format!("result={}", text(result.as_deref()))
        }
        EventDetails::ExecutionFailed { error }
        | EventDetails::ExecutionTimedOut { error }
        | EventDetails::ExecutionStopped { error }
        | EventDetails::ContextFailed { error }
        | EventDetails::CallbackFailed { error }
        | EventDetails::CallbackTimedOut { error }
        | EventDetails::ChainedInvokeFailed { error }
        | EventDetails::ChainedInvokeTimedOut { error }
        | EventDetails::ChainedInvokeStopped { error } => failure(error.as_ref()),
        EventDetails::CallbackStarted {
            timeout,
            heartbeat_timeout,
            ..
        } => format!(
            "timeout={} heartbeat={}",
            limit(*timeout),
            limit(*heartbeat_timeout)
        ),
        EventDetails::ChainedInvokeStarted {
            function_name,
            input,
            executed_version,
            durable_execution_arn,
            ..
        } => format!(
            "function={function_name} input={} version={} execution={}",
            text(input.as_deref()),
            text(executed_version.as_deref()),
            number(durable_execution_arn.as_ref())
        ),
        EventDetails::StepSucceeded { result, retry } => {
            format!("result={} {}", text(result.as_deref()), attempt(retry))
        }
        EventDetails::StepFailed { error, retry } => {
            format!("{} {}", failure(error.as_ref()), attempt(retry))
        }
        EventDetails::WaitStarted { duration, .. } | EventDetails::WaitSucceeded { duration } => {
            format!("duration={duration}")
        }
        EventDetails::InvocationCompleted {
            error: Some(error), ..
        } => failure(Some(error)),
        EventDetails::InvocationCompleted { error: None, .. }
        | EventDetails::ExecutionPaused { .. }
        | EventDetails::ExecutionResumed { .. }
        | EventDetails::ContextStarted
        | EventDetails::StepStarted
        | EventDetails::WaitCancelled { .. }
        | EventDetails::Unknown { .. } => String::new(),
    }
}

fn limit(seconds: Option<Seconds>) -> String {
    seconds.map_or_else(|| "none".to_owned(), |seconds| seconds.to_string())
}

fn attempt(retry: &RetryDetails) -> String {
    match retry.next_attempt_delay_seconds {
        Some(delay) => format!("attempt={} next in {delay}s", retry.current_attempt),
        None => format!("attempt={}", retry.current_attempt),
    }
}

fn failure(error: Option<&ErrorObject>) -> String {
    error.map_or_else(
        || "error=none".to_owned(),
        |error| format!("error=\"{}\"", error.to_string().replace('\n', " / ")),
    )
}

fn text(payload: Option<&str>) -> &str {
    payload.unwrap_or("none")
}

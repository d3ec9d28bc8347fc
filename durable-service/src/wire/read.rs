//! Events as `GetDurableExecutionHistory` answered them, read back (docs/service.md, 9).

use serde::Deserialize;
use serde_json::Value;

use crate::model::{ErrorObject, Event, EventDetails, EventSubject, RetryDetails, Timestamp};

/// Why something is no event of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not JSON of the API's shape.
    #[error("it has not the shape of an event: {0}")]
    Shape(String),
    /// A member is missing that an event of its type always has.
    #[error("{event_type} without {member}")]
    Missing {
        /// The type of the event.
        event_type: String,
        /// Name of the member.
        member: &'static str,
    },
}

/// An event, read from the API's JSON. Times may be epoch seconds, as the API has them, or ISO 8601,
/// as the AWS CLI prints them. An event of a type that this version does not know is kept as
/// [`EventDetails::Unknown`].
///
/// # Errors
///
/// What is not as the API has it.
pub fn event(value: &Value) -> Result<Event, ReadError> {
    let head = Head::deserialize(value).map_err(|error| ReadError::Shape(error.to_string()))?;
    let member = format!("{}Details", head.event_type);
    let details = value.get(&member).filter(|details| !details.is_null());
    let subject = head.id.map(|id| EventSubject {
        id: id.into(),
        name: head.name,
        sub_type: head.sub_type,
        parent_id: head.parent_id.map(Into::into),
    });
    Ok(Event {
        event_id: head.event_id,
        timestamp: head.event_timestamp.0,
        subject,
        details: read_details(head.event_type, details)?,
    })
}

/// Whether a payload of the event was left out by the service, because the request did not ask for
/// payloads or they were too large.
#[must_use]
pub fn is_truncated(value: &Value) -> bool {
    let Some(event_type) = value.get("EventType").and_then(Value::as_str) else {
        return false;
    };
    let details = value.get(format!("{event_type}Details"));
    ["Input", "Result", "Error", "Reason"].iter().any(|member| {
        details
            .and_then(|details| details.get(member)?.get("Truncated")?.as_bool())
            .unwrap_or(false)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    event_type: String,
    event_id: u64,
    event_timestamp: Time,
    id: Option<String>,
    name: Option<String>,
    sub_type: Option<String>,
    parent_id: Option<String>,
}

/// The details of any event; which of them an event has, its type says.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
struct Details {
    input: Option<Wrapped<String>>,
    result: Option<Wrapped<String>>,
    error: Option<Wrapped<ErrorObject>>,
    reason: Option<Wrapped<String>>,
    execution_timeout: Option<u64>,
    retry_details: Option<Retry>,
    duration: Option<u64>,
    scheduled_end_timestamp: Option<Time>,
    callback_id: Option<String>,
    timeout: Option<u64>,
    heartbeat_timeout: Option<u64>,
    function_name: Option<String>,
    executed_version: Option<String>,
    durable_execution_arn: Option<String>,
    tenant_id: Option<String>,
    start_timestamp: Option<Time>,
    end_timestamp: Option<Time>,
    request_id: Option<String>,
    pause_request_timestamp: Option<Time>,
    resume_request_timestamp: Option<Time>,
    execution_timeout_paused: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapped<T> {
    payload: Option<T>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Retry {
    current_attempt: u32,
    next_attempt_delay_seconds: Option<u64>,
}

/// A point in time in either spelling.
#[derive(Clone, Copy)]
struct Time(Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Spelling {
            Seconds(f64),
            Iso(String),
        }
        let time = match Spelling::deserialize(from)? {
            Spelling::Seconds(seconds) => Timestamp::from_seconds(seconds),
            Spelling::Iso(text) => Timestamp::from_iso(&text),
        };
        time.map(Self).ok_or_else(|| {
            serde::de::Error::custom("a time must be epoch seconds or ISO 8601 with an offset")
        })
    }
}

fn read_details(event_type: String, value: Option<&Value>) -> Result<EventDetails, ReadError> {
    let details = match value {
        Some(value) => Details::deserialize(value)
            .map_err(|error| ReadError::Shape(format!("{event_type}Details: {error}")))?,
        None => Details::default(),
    };
    let missing = |member| ReadError::Missing {
        event_type: event_type.clone(),
        member,
    };
    let input = details.input.and_then(|input| input.payload);
    let result = details.result.and_then(|result| result.payload);
    let error = details.error.and_then(|error| error.payload);
    let reason = details.reason.and_then(|reason| reason.payload);
    let time = |time: Option<Time>, member| time.map(|Time(time)| time).ok_or(missing(member));
    let retry = || {
        let retry = details.retry_details.as_ref();
        let retry = retry.ok_or(missing("RetryDetails"))?;
        Ok(RetryDetails {
            current_attempt: retry.current_attempt,
            // Some emulators write 0 where no attempt follows.
            next_attempt_delay_seconds: retry.next_attempt_delay_seconds.filter(|delay| *delay > 0),
        })
    };
    let duration = || details.duration.ok_or(missing("Duration"));
    Ok(match event_type.as_str() {
        "ExecutionStarted" => EventDetails::ExecutionStarted {
            input,
            execution_timeout: details
                .execution_timeout
                .ok_or(missing("ExecutionTimeout"))?,
        },
        "ExecutionSucceeded" => EventDetails::ExecutionSucceeded { result },
        "ExecutionFailed" => EventDetails::ExecutionFailed { error },
        "ExecutionTimedOut" => EventDetails::ExecutionTimedOut { error },
        "ExecutionStopped" => EventDetails::ExecutionStopped { error },
        "ExecutionPaused" => EventDetails::ExecutionPaused {
            requested_at: time(details.pause_request_timestamp, "PauseRequestTimestamp")?,
            reason,
            execution_timeout_paused: details
                .execution_timeout_paused
                .ok_or(missing("ExecutionTimeoutPaused"))?,
        },
        "ExecutionResumed" => EventDetails::ExecutionResumed {
            requested_at: time(details.resume_request_timestamp, "ResumeRequestTimestamp")?,
            reason,
        },
        "ContextStarted" => EventDetails::ContextStarted,
        "ContextSucceeded" => EventDetails::ContextSucceeded { result },
        "ContextFailed" => EventDetails::ContextFailed { error },
        "StepStarted" => EventDetails::StepStarted,
        "StepSucceeded" => EventDetails::StepSucceeded {
            retry: retry()?,
            result,
        },
        "StepFailed" => EventDetails::StepFailed {
            retry: retry()?,
            error,
        },
        "WaitStarted" => EventDetails::WaitStarted {
            duration: duration()?,
            scheduled_end_at: time(details.scheduled_end_timestamp, "ScheduledEndTimestamp")?,
        },
        "WaitSucceeded" => EventDetails::WaitSucceeded {
            duration: details.duration.unwrap_or_default(),
        },
        "WaitCancelled" => EventDetails::WaitCancelled { error },
        "CallbackStarted" => EventDetails::CallbackStarted {
            callback_id: details.callback_id.ok_or(missing("CallbackId"))?,
            timeout: details.timeout.filter(|timeout| *timeout > 0),
            heartbeat_timeout: details.heartbeat_timeout.filter(|timeout| *timeout > 0),
        },
        "CallbackSucceeded" => EventDetails::CallbackSucceeded { result },
        "CallbackFailed" => EventDetails::CallbackFailed { error },
        "CallbackTimedOut" => EventDetails::CallbackTimedOut { error },
        "ChainedInvokeStarted" => EventDetails::ChainedInvokeStarted {
            function_name: details.function_name.ok_or(missing("FunctionName"))?,
            input,
            executed_version: details.executed_version,
            durable_execution_arn: details.durable_execution_arn,
            tenant_id: details.tenant_id,
        },
        "ChainedInvokeSucceeded" => EventDetails::ChainedInvokeSucceeded { result },
        "ChainedInvokeFailed" => EventDetails::ChainedInvokeFailed { error },
        "ChainedInvokeTimedOut" => EventDetails::ChainedInvokeTimedOut { error },
        "ChainedInvokeStopped" => EventDetails::ChainedInvokeStopped { error },
        "InvocationCompleted" => EventDetails::InvocationCompleted {
            started_at: time(details.start_timestamp, "StartTimestamp")?,
            ended_at: time(details.end_timestamp, "EndTimestamp")?,
            request_id: details.request_id.ok_or(missing("RequestId"))?,
            error,
        },
        _ => EventDetails::Unknown {
            details: value.cloned().unwrap_or_default(),
            event_type,
        },
    })
}

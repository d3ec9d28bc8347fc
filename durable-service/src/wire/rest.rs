//! The API's bodies (docs/service.md, 1 and 9).
//!
//! Times are epoch seconds here, with milliseconds as a fraction.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Object, error_json, operation_json};
use crate::model::{
    CallbackOptions, ChainedInvokeOptions, ContextOptions, ErrorObject, Event, EventDetails,
    OperationAction, OperationType, OperationUpdate, RetryDetails, StepOptions, Timestamp,
    WaitOptions,
};
use crate::validation::Constraints;
use crate::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};

pub(super) fn seconds(time: Timestamp) -> Value {
    time.as_seconds().into()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CheckpointBody {
    checkpoint_token: Option<String>,
    client_token: Option<String>,
    updates: Option<Vec<UpdateBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateBody {
    id: String,
    #[serde(rename = "Type")]
    operation_type: String,
    action: String,
    parent_id: Option<String>,
    name: Option<String>,
    sub_type: Option<String>,
    payload: Option<String>,
    error: Option<ErrorObject>,
    context_options: Option<ContextOptions>,
    step_options: Option<StepOptions>,
    wait_options: Option<WaitOptions>,
    callback_options: Option<CallbackOptions>,
    chained_invoke_options: Option<ChainedInvokeOptions>,
}

impl UpdateBody {
    fn into_update(self) -> Result<OperationUpdate, ServiceError> {
        let operation_type = OperationType::from_wire(&self.operation_type)
            .ok_or_else(|| not_in(&self.operation_type, "type", OperationType::ALL))?;
        let action = OperationAction::from_wire(&self.action)
            .ok_or_else(|| not_in(&self.action, "action", OperationAction::ALL))?;
        Ok(OperationUpdate {
            id: self.id.into(),
            operation_type,
            action,
            parent_id: self.parent_id.map(Into::into),
            name: self.name,
            sub_type: self.sub_type,
            payload: self.payload,
            error: self.error,
            context_options: self.context_options,
            step_options: self.step_options,
            wait_options: self.wait_options,
            callback_options: self.callback_options,
            chained_invoke_options: self.chained_invoke_options,
        })
    }
}

pub(super) fn not_in(value: &str, path: &str, all: &[impl std::fmt::Display]) -> ServiceError {
    let mut constraints = Constraints::default();
    constraints.not_in(value, path, all);
    constraints.refusal()
}

pub(super) fn missing(path: &str) -> ServiceError {
    let mut constraints = Constraints::default();
    constraints.missing(path);
    constraints.refusal()
}

/// Reads the body of `CheckpointDurableExecution`.
///
/// # Errors
///
/// `SerializationException` if it is not the JSON that it should be, `ValidationException` if a
/// required member is missing or an enumeration has another value.
pub fn checkpoint_request(body: &[u8]) -> Result<CheckpointRequest, ServiceError> {
    let body: CheckpointBody = serde_json::from_slice(body)
        .map_err(|error| ServiceError::Serialization(error.to_string()))?;
    let checkpoint_token = body
        .checkpoint_token
        .ok_or_else(|| missing("checkpointToken"))?;
    Ok(CheckpointRequest {
        checkpoint_token,
        client_token: body.client_token,
        updates: body
            .updates
            .unwrap_or_default()
            .into_iter()
            .map(UpdateBody::into_update)
            .collect::<Result<_, _>>()?,
    })
}

/// The body that answers `CheckpointDurableExecution`.
#[must_use]
pub fn checkpoint_response(response: &CheckpointResponse) -> Value {
    let operations: Vec<Value> = response
        .operations
        .iter()
        .map(|operation| operation_json(operation, seconds))
        .collect();
    let mut object = Object::default();
    object
        .put_some("CheckpointToken", response.checkpoint_token.as_deref())
        .put("NewExecutionState", json!({"Operations": operations}))
        .take()
}

/// The body that answers `GetDurableExecutionState`.
#[must_use]
pub fn state_response(page: &StatePage) -> Value {
    let operations: Vec<Value> = page
        .operations
        .iter()
        .map(|operation| operation_json(operation, seconds))
        .collect();
    let mut object = Object::default();
    object
        .put("Operations", operations)
        .put_some("NextMarker", page.next_marker.as_deref())
        .take()
}

/// The body that answers any call with a refusal; the exception's name also goes into the header
/// `x-amzn-errortype`.
#[must_use]
pub fn error_response(error: &ServiceError) -> Value {
    let mut object = Object::default();
    object
        .put("Type", "User")
        .put("__type", error.code())
        .put(error.message_member(), error.to_string())
        .take()
}

/// An event as `GetDurableExecutionHistory` gives it. Without `data`, payloads are left out and
/// marked as truncated.
#[must_use]
pub fn event_json(event: &Event, data: bool) -> Value {
    let mut object = Object::default();
    object
        .put("EventType", event.event_type())
        .put("EventId", event.event_id)
        .put("EventTimestamp", seconds(event.timestamp))
        .put_some("Id", event.id())
        .put_some("Name", event.name())
        .put_some("SubType", event.sub_type())
        .put_some("ParentId", event.parent_id())
        .put(
            &format!("{}Details", event.event_type()),
            details_json(&event.details, data),
        )
        .take()
}

#[expect(clippy::too_many_lines, reason = "one arm per kind of event")]
fn details_json(details: &EventDetails, data: bool) -> Value {
    let payload = |payload: &Option<String>| wrapped(payload.as_deref().map(Value::from), data);
    let failure = |error: &Option<ErrorObject>| wrapped(error.as_ref().map(error_json), data);
    let mut object = Object::default();
    match details {
        EventDetails::Unknown { details, .. } => return details.clone(),
        EventDetails::ContextStarted | EventDetails::StepStarted => {}
        EventDetails::ExecutionStarted {
            input,
            execution_timeout,
        } => {
            object
                .put("Input", payload(input))
                .put("ExecutionTimeout", *execution_timeout);
        }
        EventDetails::ExecutionSucceeded { result }
        | EventDetails::ContextSucceeded { result }
        | EventDetails::CallbackSucceeded { result }
        | EventDetails::ChainedInvokeSucceeded { result } => {
            object.put("Result", payload(result));
        }
        EventDetails::ExecutionFailed { error }
        | EventDetails::ExecutionStopped { error }
        | EventDetails::ContextFailed { error }
        | EventDetails::CallbackFailed { error }
        | EventDetails::CallbackTimedOut { error }
        | EventDetails::ChainedInvokeFailed { error }
        | EventDetails::ChainedInvokeTimedOut { error }
        | EventDetails::ChainedInvokeStopped { error } => {
            object.put("Error", failure(error));
        }
        EventDetails::ExecutionTimedOut { error } | EventDetails::WaitCancelled { error } => {
            if error.is_some() {
                object.put("Error", failure(error));
            }
        }
        EventDetails::ExecutionPaused {
            requested_at,
            reason,
            execution_timeout_paused,
        } => {
            object
                .put("PauseRequestTimestamp", seconds(*requested_at))
                .put("ExecutionTimeoutPaused", *execution_timeout_paused);
            if reason.is_some() {
                object.put("Reason", payload(reason));
            }
        }
        EventDetails::ExecutionResumed {
            requested_at,
            reason,
        } => {
            object.put("ResumeRequestTimestamp", seconds(*requested_at));
            if reason.is_some() {
                object.put("Reason", payload(reason));
            }
        }
        EventDetails::StepSucceeded { result, retry } => {
            object
                .put("Result", payload(result))
                .put("RetryDetails", retry_json(*retry));
        }
        EventDetails::StepFailed { error, retry } => {
            object
                .put("Error", failure(error))
                .put("RetryDetails", retry_json(*retry));
        }
        EventDetails::WaitStarted {
            duration,
            scheduled_end_at,
        } => {
            object
                .put("Duration", *duration)
                .put("ScheduledEndTimestamp", seconds(*scheduled_end_at));
        }
        EventDetails::WaitSucceeded { duration } => {
            object.put("Duration", *duration);
        }
        EventDetails::CallbackStarted {
            callback_id,
            timeout,
            heartbeat_timeout,
        } => {
            object
                .put("CallbackId", callback_id.as_str())
                .put_some("Timeout", *timeout)
                .put_some("HeartbeatTimeout", *heartbeat_timeout);
        }
        EventDetails::ChainedInvokeStarted {
            function_name,
            input,
            executed_version,
            durable_execution_arn,
            tenant_id,
        } => {
            object
                .put("FunctionName", function_name.as_str())
                .put("Input", payload(input))
                .put_some("ExecutedVersion", executed_version.as_deref())
                .put_some("DurableExecutionArn", durable_execution_arn.as_deref())
                .put_some("TenantId", tenant_id.as_deref());
        }
        EventDetails::InvocationCompleted {
            started_at,
            ended_at,
            request_id,
            error,
        } => {
            object
                .put("StartTimestamp", seconds(*started_at))
                .put("EndTimestamp", seconds(*ended_at))
                .put("RequestId", request_id.as_str());
            if error.is_some() {
                object.put("Error", failure(error));
            }
        }
    }
    object.take()
}

/// A payload in the wrapper that tells whether it was left out.
fn wrapped(payload: Option<Value>, data: bool) -> Value {
    let mut object = Object::default();
    object
        .put_some("Payload", payload.filter(|_| data))
        .put("Truncated", !data)
        .take()
}

fn retry_json(retry: RetryDetails) -> Value {
    let mut object = Object::default();
    object
        .put("CurrentAttempt", retry.current_attempt)
        .put_some("NextAttemptDelaySeconds", retry.next_attempt_delay_seconds)
        .take()
}

//! The JSON shapes of the invocation event ([`event`]) and of the API ([`rest`] for what a running
//! function calls, [`api`] for what people call), and reading what the API answered ([`read`]).
//!
//! Both carry the same operations; they differ in the unit of time.
//!
//! # Example
//!
//! A host passes on what the service and a function say to each other:
//!
//! ```
//! use durable_service::model::Timestamp;
//! use durable_service::wire::api::{self, Query};
//! use durable_service::wire::{event, rest};
//! use durable_service::{FunctionSettings, InlineTimers, Service, ServiceSettings, StartRequest};
//! use serde_json::json;
//!
//! let mut service = Service::new(ServiceSettings::default());
//! let now = Timestamp::from_millis(0);
//! let arn = service.start(now, StartRequest::new("hello", "{}"))?.arn;
//!
//! // The event that the function is invoked with.
//! let invocation = service.start_invocation(now, &arn)?;
//! let event = event::invocation_event(&invocation);
//! assert_eq!(event["DurableExecutionArn"], arn.as_str());
//!
//! // The body of a checkpoint, and that of its answer.
//! let body = json!({
//!     "CheckpointToken": event["CheckpointToken"],
//!     "Updates": [{"Id": "1", "Type": "STEP", "Action": "SUCCEED", "Name": "greet", "Payload": "7"}],
//! });
//! let request = rest::checkpoint_request(body.to_string().as_bytes())?;
//! let answer = service.checkpoint(now, &arn, request, InlineTimers::Fire)?;
//! let answer = rest::checkpoint_response(&answer);
//! assert_eq!(answer["NewExecutionState"]["Operations"][0]["StepDetails"]["Result"], "7");
//!
//! // A refusal. The token of a checkpoint is used up by it.
//! let again = rest::checkpoint_request(body.to_string().as_bytes())?;
//! let refused = service.checkpoint(now, &arn, again, InlineTimers::Fire).expect_err("a token serves once");
//! assert_eq!(rest::error_response(&refused)["message"], refused.to_string());
//!
//! // A query of those who read executions, and what answers it.
//! service.register_function("hello", FunctionSettings::default());
//! let query: Query = [("Statuses".to_owned(), "RUNNING".to_owned())].into_iter().collect();
//! let list = service.list(&api::list_request("hello", &query)?)?;
//! let answer = api::list_response(&list);
//! assert_eq!(answer["DurableExecutions"][0]["DurableExecutionArn"], arn.as_str());
//! # Ok::<(), durable_service::ServiceError>(())
//! ```

pub mod api;
mod details;
pub mod event;
pub mod read;
pub mod rest;

use serde_json::{Map, Value, json};

use crate::model::{Operation, OperationDetails, OperationId, Timestamp};

/// How a point in time is written.
type WriteTime = fn(Timestamp) -> Value;

/// An object under construction. Absent members are left out.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, member: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(member.to_owned(), value.into());
        self
    }

    fn put_some(&mut self, member: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.put(member, value);
        }
        self
    }

    fn take(&mut self) -> Value {
        Value::Object(std::mem::take(&mut self.0))
    }
}

/// A point in time as the API has it.
fn seconds(time: Timestamp) -> Value {
    time.as_seconds().into()
}

fn operations_json(operations: &[Operation], time: WriteTime) -> Vec<Value> {
    let operations = operations.iter();
    operations
        .map(|operation| operation_json(operation, time))
        .collect()
}

fn operation_json(operation: &Operation, time: WriteTime) -> Value {
    let mut object = Object::default();
    object
        .put("Id", operation.id.as_str())
        .put_some(
            "ParentId",
            operation.parent_id.as_ref().map(OperationId::as_str),
        )
        .put_some("Name", operation.name.as_deref())
        .put("Type", operation.operation_type().as_str())
        .put_some("SubType", operation.sub_type.as_deref())
        .put("StartTimestamp", time(operation.started_at))
        .put_some("EndTimestamp", operation.ended_at.map(time))
        .put("Status", operation.status.as_str());
    let (member, details) = details_json(&operation.details, time);
    object.put(member, details).take()
}

fn details_json(details: &OperationDetails, time: WriteTime) -> (&'static str, Value) {
    let mut object = Object::default();
    match details {
        OperationDetails::Execution { input } => {
            object.put_some("InputPayload", input.as_deref());
            ("ExecutionDetails", object.take())
        }
        OperationDetails::Context(context) => {
            if context.replay_children {
                object.put("ReplayChildren", true);
            }
            object
                .put_some("Result", context.result.as_deref())
                .put_some("Error", context.error.as_ref().map(|error| json!(error)));
            ("ContextDetails", object.take())
        }
        OperationDetails::Step(step) => {
            object
                .put("Attempt", step.attempt)
                .put_some("NextAttemptTimestamp", step.next_attempt_at.map(time))
                .put_some("Result", step.result.as_deref())
                .put_some("Error", step.error.as_ref().map(|error| json!(error)));
            ("StepDetails", object.take())
        }
        OperationDetails::Wait(wait) => (
            "WaitDetails",
            json!({"ScheduledEndTimestamp": time(wait.scheduled_end_at)}),
        ),
        OperationDetails::Callback(callback) => {
            object
                .put("CallbackId", callback.callback_id.as_str())
                .put_some("Result", callback.result.as_deref())
                .put_some("Error", callback.error.as_ref().map(|error| json!(error)));
            ("CallbackDetails", object.take())
        }
        OperationDetails::ChainedInvoke(invoke) => {
            object
                .put_some("Result", invoke.result.as_deref())
                .put_some("Error", invoke.error.as_ref().map(|error| json!(error)));
            ("ChainedInvokeDetails", object.take())
        }
    }
}

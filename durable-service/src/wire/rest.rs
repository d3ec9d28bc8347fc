//! The API's bodies (docs/service.md, 1 and 9).
//!
//! Times are epoch seconds here, with milliseconds as a fraction. The [module above](super#example) has an example.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{Object, details, operations_json, seconds};
use crate::model::{CheckpointToken, Event, OperationAction, OperationType, OperationUpdate};
use crate::validation::Constraints;
use crate::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};

/// The body of `CheckpointDurableExecution`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CheckpointBody<Update> {
    checkpoint_token: Option<CheckpointToken>,
    client_token: Option<String>,
    updates: Option<Vec<Update>>,
}

impl<Update> CheckpointBody<Update> {
    fn read<'a>(body: &'a [u8]) -> Result<Self, ServiceError>
    where
        Update: Deserialize<'a>,
    {
        serde_json::from_slice(body).map_err(|error| ServiceError::Serialization(error.to_string()))
    }

    fn token(&self) -> Result<&CheckpointToken, ServiceError> {
        self.checkpoint_token
            .as_ref()
            .ok_or_else(|| missing("checkpointToken"))
    }
}

/// The members of an update whose values are enumerations.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Enumerations {
    #[serde(rename = "Type")]
    operation_type: String,
    action: String,
}

/// The refusal of a body that cannot be read. An unknown value of an enumeration has a message of its own.
fn unreadable(body: &[u8], error: ServiceError) -> ServiceError {
    let Ok(names) = CheckpointBody::<Enumerations>::read(body) else {
        return error;
    };
    if let Err(error) = names.token() {
        return error;
    }
    for (index, update) in names.updates.into_iter().flatten().enumerate() {
        let mut constraints = Constraints::default();
        constraints.of_update(index);
        if update.operation_type.parse::<OperationType>().is_err() {
            constraints.not_in(&update.operation_type, "type", OperationType::ALL);
            return constraints.refusal();
        }
        if update.action.parse::<OperationAction>().is_err() {
            constraints.not_in(&update.action, "action", OperationAction::ALL);
            return constraints.refusal();
        }
    }
    error
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
/// The [`wire`](crate::wire#example) module has an example.
///
/// # Errors
///
/// `SerializationException` if it is not the JSON that it should be, `ValidationException` if a
/// required member is missing or an enumeration has another value.
pub fn checkpoint_request(body: &[u8]) -> Result<CheckpointRequest, ServiceError> {
    let body: CheckpointBody<OperationUpdate> =
        CheckpointBody::read(body).map_err(|error| unreadable(body, error))?;
    Ok(CheckpointRequest {
        checkpoint_token: body.token()?.clone(),
        client_token: body.client_token,
        updates: body.updates.unwrap_or_default(),
    })
}

/// The body that answers `CheckpointDurableExecution`.
///
/// The [`wire`](crate::wire#example) module has an example.
#[must_use]
pub fn checkpoint_response(response: &CheckpointResponse) -> Value {
    let mut state = Object::default();
    state.put("Operations", operations_json(&response.operations, seconds));
    let mut object = Object::default();
    object
        .put_some(
            "CheckpointToken",
            response
                .checkpoint_token
                .as_ref()
                .map(CheckpointToken::as_str),
        )
        .put("NewExecutionState", state.take())
        .take()
}

/// The body that answers `GetDurableExecutionState`.
///
/// Its argument is what [`Service::state`](crate::Service::state) returns.
#[must_use]
pub fn state_response(page: &StatePage) -> Value {
    let mut object = Object::default();
    object
        .put("Operations", operations_json(&page.operations, seconds))
        .put_some("NextMarker", page.next_marker.as_deref())
        .take()
}

/// The body that answers any call with a refusal; the exception's name also goes into the header
/// `x-amzn-errortype`.
///
/// The [`wire`](crate::wire#example) module has an example.
#[must_use]
pub fn error_response(error: &ServiceError) -> Value {
    let mut object = Object::default();
    object
        .put("Type", "User")
        .put("__type", error.code())
        .put(error.message_member(), error.to_string())
        .take()
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        event_json(self, true).serialize(to)
    }
}

/// An event as `GetDurableExecutionHistory` returns it. Without `data`, payloads are left out and
/// marked as truncated.
///
/// [`read::event`](super::read::event) reads it back.
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
            details::write(&event.details, data),
        )
        .take()
}

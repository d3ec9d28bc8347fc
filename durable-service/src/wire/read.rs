//! Events as `GetDurableExecutionHistory` answered them, read back (docs/service.md, 9). [`event`] has an example.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

pub use super::details::ReadError;
use super::details::{self, Time};
use crate::model::{Event, EventSubject};

/// An event, read from the API's JSON. Times may be epoch seconds, as the API has them, or ISO 8601,
/// as the AWS CLI prints them. An event of a type that this version does not know is kept as
/// [`EventDetails::Unknown`](crate::model::EventDetails::Unknown).
///
/// ```
/// use durable_service::model::EventDetails;
/// use durable_service::wire::read;
/// use serde_json::json;
///
/// let printed = json!({
///     "EventId": 4, "EventTimestamp": "2026-01-31T12:00:00Z", "EventType": "StepStarted", "Id": "1", "Name": "charge",
/// });
/// let event = read::event(&printed)?;
/// assert_eq!(event.timestamp.to_string(), "2026-01-31T12:00:00.000Z");
/// assert_eq!(event.details, EventDetails::StepStarted);
/// assert!(read::event(&json!({"EventId": 5})).is_err());
/// # Ok::<(), read::ReadError>(())
/// ```
///
/// # Errors
///
/// If the value has not the shape of an event.
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
        details: details::read(head.event_type, details)?,
    })
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        event(&Value::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// Whether a payload of the event was left out by the service, because the request did not ask for
/// payloads or they were too large.
///
/// [`event`] reads what is there of it.
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

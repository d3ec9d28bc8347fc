//! Recorded executions: a history in a file, to look at or to replay.
//!
//! The file is JSON of the API's own shape: the answer of `GetDurableExecutionHistory` with payloads,
//! on one page, and beside its `Events` the execution's ARN. What `aws lambda
//! get-durable-execution-history --include-execution-data` prints can be read as it is. [`Recording`] has an
//! example.

use serde_json::{Value, json};

use crate::fold::Fold;
use crate::model::{Event, ExecutionArn};
use crate::wire::read::{self, ReadError};
use crate::wire::rest::event_json;

/// The history of an execution, from its first event on.
///
/// [`Recording::from_bytes`] reads one.
///
/// ```
/// use durable_service::model::ExecutionStatus;
/// use durable_service::recording::{Recording, RecordingError};
///
/// let file = r#"{"Events": [
///     {"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
///      "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}},
///     {"EventId": 2, "EventTimestamp": 1, "EventType": "ExecutionSucceeded", "Id": "0",
///      "ExecutionSucceededDetails": {"Result": {"Payload": "7"}}}
/// ]}"#;
/// let recording = Recording::from_bytes(file.as_bytes())?;
/// assert_eq!(recording.fold().status(), ExecutionStatus::Succeeded);
/// assert_eq!(recording.fold().result(), Some("7"));
///
/// assert_eq!(Recording::read(r#"{"Events": []}"#), Err(RecordingError::Empty));
/// # Ok::<(), RecordingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    arn: Option<ExecutionArn>,
    events: Vec<Event>,
}

/// Why a text is no recording.
///
/// The error of [`Recording::from_bytes`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It holds no history.
    #[error("it holds no list \"Events\"; a recording is what GetDurableExecutionHistory answers")]
    NoEvents,
    /// It is a part of a history.
    #[error(
        "it is one page of several: it has a {marker}. Read the whole history (the AWS CLI does so without \
         --max-items and --no-paginate), or save it with `durable history ARN --save FILE`"
    )]
    OnePage {
        /// The member that says so.
        marker: &'static str,
    },
    /// It holds no event.
    #[error(
        "its list \"Events\" is empty: a history starts with the event ExecutionStarted. Read that of another \
         execution"
    )]
    Empty,
    /// Its bytes are no text.
    #[error("it is no text in UTF-8 or UTF-16")]
    Encoding,
    /// Something in it is no event.
    #[error("event {position} of the list cannot be read: {source}")]
    Event {
        /// Its position, from 1.
        position: usize,
        /// Why not.
        source: ReadError,
    },
    /// It was read without its payloads.
    #[error(
        "event {event_id} has no payload: the history was read without execution data. Read it \
         with --include-execution-data"
    )]
    Truncated {
        /// Number of the event.
        event_id: u64,
    },
    /// Events are missing.
    #[error("event {expected} is missing; the next one is event {found}")]
    Gap {
        /// The number that should be there.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// Its first event is not the start of an execution.
    #[error("it must start with the event ExecutionStarted, and starts with {0}")]
    NotFromStart(String),
}

impl Recording {
    /// A recording of the events of an execution, from the first one on.
    #[must_use]
    pub fn new(arn: Option<ExecutionArn>, events: Vec<Event>) -> Self {
        Self { arn, events }
    }

    /// Reads a recording from the bytes of a file, as editors and shells write text: in UTF-8, with a byte
    /// order mark or without, or in UTF-16 with one.
    ///
    /// # Errors
    ///
    /// Why the file is no recording.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordingError> {
        let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks();
            let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok())?
        };
        let text = match bytes {
            [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        Self::read(&text.ok_or(RecordingError::Encoding)?)
    }

    /// Reads a recording. Events may stand in any order; none may be missing.
    ///
    /// # Errors
    ///
    /// Why the text is no recording.
    pub fn read(text: &str) -> Result<Self, RecordingError> {
        // Editors write a byte order mark, which is no JSON.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value =
            serde_json::from_str(text).map_err(|error| RecordingError::Json(error.to_string()))?;
        let list = value
            .get("Events")
            .and_then(Value::as_array)
            .ok_or(RecordingError::NoEvents)?;
        for marker in ["NextMarker", "NextToken"] {
            let value = value.get(marker);
            if value.is_some_and(|value| !value.is_null() && value.as_str() != Some("")) {
                return Err(RecordingError::OnePage { marker });
            }
        }
        let mut events = list
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let event = read::event(value).map_err(|source| RecordingError::Event {
                    position: index + 1,
                    source,
                })?;
                if read::is_truncated(value) {
                    return Err(RecordingError::Truncated {
                        event_id: event.event_id,
                    });
                }
                Ok(event)
            })
            .collect::<Result<Vec<Event>, _>>()?;
        events.sort_by_key(|event| event.event_id);
        for (expected, event) in (1..).zip(&events) {
            if event.event_id != expected {
                return Err(RecordingError::Gap {
                    expected,
                    found: event.event_id,
                });
            }
        }
        match events.first().map(Event::event_type) {
            Some("ExecutionStarted") => {}
            Some(other) => return Err(RecordingError::NotFromStart(other.to_owned())),
            None => return Err(RecordingError::Empty),
        }
        let arn = value
            .get("DurableExecutionArn")
            .and_then(Value::as_str)
            .and_then(|arn| arn.parse().ok());
        Ok(Self { arn, events })
    }

    /// The recording as JSON; equal recordings have equal bytes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let events: Vec<Value> = self
            .events
            .iter()
            .map(|event| event_json(event, true))
            .collect();
        match &self.arn {
            Some(arn) => json!({"DurableExecutionArn": arn.as_str(), "Events": events}),
            None => json!({"Events": events}),
        }
    }

    /// ARN of the execution, if the recording has it.
    #[must_use]
    pub fn arn(&self) -> Option<&ExecutionArn> {
        self.arn.as_ref()
    }

    /// The events, by number.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The execution as the recording leaves it.
    #[must_use]
    pub fn fold(&self) -> Fold {
        Fold::of(&self.events)
    }
}

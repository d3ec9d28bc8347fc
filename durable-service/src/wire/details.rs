//! The details of events, written and read by the table of their kinds (docs/service.md, 9).

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Object, seconds};
use crate::model::{
    CallbackId, ErrorObject, EventDetails, ExecutionArn, RequestId, RetryDetails, Seconds,
    Timestamp, event_kinds,
};

/// Why something is no event of the API.
///
/// The error of [`read::event`](crate::wire::read::event).
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

/// A point in time in either spelling: epoch seconds, as the API has them, or ISO 8601, as the AWS CLI
/// prints them.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

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

/// Details under construction.
struct Written {
    members: Object,
    /// Whether payloads are written, or left out and marked as truncated.
    data: bool,
}

impl Written {
    fn put(&mut self, member: &str, value: &impl Serialize) {
        // Only values that JSON has are details.
        self.members.put(member, json!(value));
    }
}

/// Details that are read.
struct Read<'a> {
    event_type: &'a str,
    details: Option<&'a Value>,
}

impl Read<'_> {
    fn check(&self) -> Result<(), ReadError> {
        match self.details {
            None | Some(Value::Object(_)) => Ok(()),
            Some(other) => Err(self.malformed(format_args!("{other} is no object"))),
        }
    }

    fn malformed(&self, cause: impl Display) -> ReadError {
        ReadError::Shape(format!("{}Details: {cause}", self.event_type))
    }

    /// A member; null counts as absent.
    fn optional<T: DeserializeOwned>(&self, member: &str) -> Result<Option<T>, ReadError> {
        let value = self.details.and_then(|details| details.get(member));
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .map_err(|error| self.malformed(format_args!("{member}: {error}")))
    }

    fn required<T: DeserializeOwned>(&self, member: &'static str) -> Result<T, ReadError> {
        self.optional(member)?.ok_or_else(|| ReadError::Missing {
            event_type: self.event_type.to_owned(),
            member,
        })
    }
}

/// How the API spells a detail.
trait Form<T> {
    fn write(value: &T, member: &'static str, to: &mut Written);
    fn read(member: &'static str, from: &Read<'_>) -> Result<T, ReadError>;
}

/// As it is, and always there.
struct Plain;

impl<T: Serialize + DeserializeOwned> Form<T> for Plain {
    fn write(value: &T, member: &'static str, to: &mut Written) {
        to.put(member, value);
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<T, ReadError> {
        from.required(member)
    }
}

/// As it is; some emulators leave it out.
struct OrDefault;

impl<T: Serialize + DeserializeOwned + Default> Form<T> for OrDefault {
    fn write(value: &T, member: &'static str, to: &mut Written) {
        to.put(member, value);
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<T, ReadError> {
        Ok(from.optional(member)?.unwrap_or_default())
    }
}

/// As it is, if there is one.
struct Optional;

impl<T: Serialize + DeserializeOwned> Form<Option<T>> for Optional {
    fn write(value: &Option<T>, member: &'static str, to: &mut Written) {
        if let Some(value) = value {
            to.put(member, value);
        }
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Option<T>, ReadError> {
        from.optional(member)
    }
}

/// A timeout; 0 stands for none.
struct Limit;

impl Form<Option<Seconds>> for Limit {
    fn write(value: &Option<Seconds>, member: &'static str, to: &mut Written) {
        Optional::write(value, member, to);
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Option<Seconds>, ReadError> {
        Ok(from.optional(member)?.and_then(Seconds::limit))
    }
}

/// An ARN, if there is one. Another shape, as emulators write it, counts as none.
struct Arn;

impl Form<Option<ExecutionArn>> for Arn {
    fn write(value: &Option<ExecutionArn>, member: &'static str, to: &mut Written) {
        Optional::write(value, member, to);
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Option<ExecutionArn>, ReadError> {
        let text: Option<String> = from.optional(member)?;
        Ok(text.and_then(|text| text.parse().ok()))
    }
}

/// A point in time, in epoch seconds.
impl Form<Timestamp> for Time {
    fn write(value: &Timestamp, member: &'static str, to: &mut Written) {
        to.put(member, &seconds(*value));
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Timestamp, ReadError> {
        from.required(member).map(|Self(time)| time)
    }
}

/// A payload in the wrapper that says whether it was left out; the wrapper is always there.
struct Payload;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapper<T> {
    payload: Option<T>,
}

impl<T: Serialize + DeserializeOwned> Form<Option<T>> for Payload {
    fn write(value: &Option<T>, member: &'static str, to: &mut Written) {
        let mut wrapper = Object::default();
        wrapper
            .put_some(
                "Payload",
                value.as_ref().filter(|_| to.data).map(|value| json!(value)),
            )
            .put("Truncated", !to.data);
        to.members.put(member, wrapper.take());
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Option<T>, ReadError> {
        let wrapper: Option<Wrapper<T>> = from.optional(member)?;
        Ok(wrapper.and_then(|wrapper| wrapper.payload))
    }
}

/// A payload in its wrapper, if there is one.
struct OptionalPayload;

impl<T: Serialize + DeserializeOwned> Form<Option<T>> for OptionalPayload {
    fn write(value: &Option<T>, member: &'static str, to: &mut Written) {
        if value.is_some() {
            Payload::write(value, member, to);
        }
    }

    fn read(member: &'static str, from: &Read<'_>) -> Result<Option<T>, ReadError> {
        Payload::read(member, from)
    }
}

/// Declares both directions.
macro_rules! spell {
    ($(
        $(#[$doc:meta])* $kind:ident [$($effect:tt)+]
        $({ $($(#[$field_doc:meta])* $field:ident: $ty:ty => $member:literal $form:ident,)+ })?,
    )+) => {
        /// The details of an event. Without `data`, payloads are left out and marked as truncated.
        pub(super) fn write(details: &EventDetails, data: bool) -> Value {
            match details {
                $(EventDetails::$kind $({ $($field,)+ })? => {
                    let mut to = Written { members: Object::default(), data };
                    $($(<$form as Form<$ty>>::write($field, $member, &mut to);)+)?
                    to.members.take()
                })+
                EventDetails::Unknown { details, .. } => details.clone(),
            }
        }

        /// The details of an event of a type; those of an unknown type are kept as they
        /// are.
        pub(super) fn read(
            event_type: String,
            details: Option<&Value>,
        ) -> Result<EventDetails, ReadError> {
            let from = Read { event_type: &event_type, details };
            Ok(match event_type.as_str() {
                $(stringify!($kind) => {
                    from.check()?;
                    EventDetails::$kind $({
                        $($field: <$form as Form<$ty>>::read($member, &from)?,)+
                    })?
                })+
                _ => EventDetails::Unknown {
                    details: details.cloned().unwrap_or_default(),
                    event_type,
                },
            })
        }
    };
}

event_kinds!(spell);

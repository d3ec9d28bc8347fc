//! Events: the history of an execution.

mod kinds;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use kinds::event_kinds;

use super::{
    CallbackId, ErrorObject, ExecutionArn, ExecutionStatus, OperationId, OperationStatus,
    OperationType, RequestId, Seconds, Timestamp,
};

/// One event of an execution's history.
///
/// Its serde form is the API's, with payloads.
///
/// Its [`details`](Self::details) say what happened:
///
/// ```
/// use durable_service::model::{EventEffect, EventOrigin, OperationStatus, OperationType};
/// use durable_service::wire::read;
/// use serde_json::json;
///
/// let event = read::event(&json!({
///     "EventId": 4, "EventTimestamp": 0, "EventType": "StepStarted", "Id": "1", "Name": "charge",
/// }))?;
/// assert_eq!(event.name(), Some("charge"));
/// assert_eq!(event.details.origin(), Some(EventOrigin::Function));
/// let started = EventEffect::Operation(OperationType::Step, OperationStatus::Started);
/// assert_eq!(event.details.effect(), started);
/// assert_eq!(event.details.payload(), None);
/// # Ok::<(), read::ReadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Number of the event, from 1, without gaps, in the order of storing.
    pub event_id: u64,
    /// When it was stored.
    pub timestamp: Timestamp,
    /// The operation it is about; none for `InvocationCompleted`.
    pub subject: Option<EventSubject>,
    /// What happened.
    pub details: EventDetails,
}

impl Event {
    /// An event of a history.
    #[must_use]
    pub const fn new(
        event_id: u64,
        timestamp: Timestamp,
        subject: Option<EventSubject>,
        details: EventDetails,
    ) -> Self {
        Self {
            event_id,
            timestamp,
            subject,
            details,
        }
    }

    /// Name of what happened, as the API has it: `StepStarted`, `WaitSucceeded`, …
    #[must_use]
    pub const fn event_type(&self) -> &str {
        self.details.event_type()
    }

    /// Id of the operation it is about.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.subject.as_ref().map(|subject| subject.id.as_str())
    }

    /// Name of the operation it is about.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.subject.as_ref()?.name.as_deref()
    }

    /// Sub-type of the operation it is about.
    #[must_use]
    pub fn sub_type(&self) -> Option<&str> {
        self.subject.as_ref()?.sub_type.as_deref()
    }

    /// Id of the CONTEXT that the operation belongs to.
    #[must_use]
    pub fn parent_id(&self) -> Option<&str> {
        Some(self.subject.as_ref()?.parent_id.as_ref()?.as_str())
    }
}

/// The operation that an event is about.
///
/// [`Event::subject`] holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventSubject {
    /// Its id.
    pub id: OperationId,
    /// Its name.
    pub name: Option<String>,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// The CONTEXT that it belongs to.
    pub parent_id: Option<OperationId>,
}

impl EventSubject {
    /// An operation of which no more than its id is known.
    pub fn new(id: impl Into<OperationId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            sub_type: None,
            parent_id: None,
        }
    }
}

/// Where a step stands after an attempt.
///
/// [`EventDetails::retry`] returns them; [`Event`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryDetails {
    /// Number of the attempt, from 1.
    #[serde(default)]
    pub current_attempt: u32,
    /// Delay before the next one in seconds, if there is to be one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "zero_as_none"
    )]
    pub next_attempt_delay_seconds: Option<u64>,
}

/// Some emulators write 0 where no attempt follows.
fn zero_as_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::deserialize(from)?.filter(|delay| *delay > 0))
}

/// What caused an event.
///
/// [`EventDetails::origin`] returns it; [`Event`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOrigin {
    /// A checkpoint of the function.
    Function,
    /// Time, or a caller from outside, moved an operation.
    External,
    /// The service recorded it about an invocation or the execution as a whole.
    Service,
}

/// The effect of an event.
///
/// [`EventDetails::effect`] returns it; [`Event`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventEffect {
    /// The execution has this status from now on.
    Execution(ExecutionStatus),
    /// An operation of this type has this status from now on.
    Operation(OperationType, OperationStatus),
    /// An invocation ended.
    Invocation,
    /// The type is unknown to this version.
    Unknown,
}

/// The one detail of an event whose size the user decides.
///
/// [`EventDetails::payload`] returns it; [`Event`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPayload<'a> {
    /// What the execution or a called function was started with.
    Input(&'a str),
    /// A result, or the state of a condition.
    Result(&'a str),
    /// An error.
    Error(&'a ErrorObject),
    /// Why a pause or a resumption was requested.
    Reason(&'a str),
}

macro_rules! effect {
    (Execution($status:ident)) => {
        EventEffect::Execution(ExecutionStatus::$status)
    };
    (Invocation) => {
        EventEffect::Invocation
    };
    ($operation:ident($status:ident)) => {
        EventEffect::Operation(OperationType::$operation, OperationStatus::$status)
    };
}

/// The payload of a detail, if it is one. The members of the API that hold payloads are these.
macro_rules! payload {
    ("Input" $field:ident) => {
        $field.as_deref().map(EventPayload::Input)
    };
    ("Result" $field:ident) => {
        $field.as_deref().map(EventPayload::Result)
    };
    ("Error" $field:ident) => {
        $field.as_ref().map(EventPayload::Error)
    };
    ("Reason" $field:ident) => {
        $field.as_deref().map(EventPayload::Reason)
    };
    ($member:literal $field:ident) => {
        None
    };
}

/// Declares [`EventDetails`]; the name of a variant is the event's type.
macro_rules! declare {
    ($(
        $(#[$doc:meta])* $kind:ident [$origin:ident => $($effect:tt)+]
        $({ $($(#[$field_doc:meta])* $field:ident: $ty:ty => $member:tt $form:ident,)+ })?,
    )+) => {
        /// What happened, with the details that the API has for it.
        ///
        /// [`Event::details`] holds them.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum EventDetails {
            $($(#[$doc])* $kind $({ $($(#[$field_doc])* $field: $ty,)+ })?,)+
            /// A type that is unknown to this version, as a history from elsewhere may hold it.
            Unknown {
                /// Name of what happened.
                event_type: String,
                /// Its details, as they were read.
                details: Value,
            },
        }

        impl EventDetails {
            /// Name of what happened, as the API has it.
            #[must_use]
            pub const fn event_type(&self) -> &str {
                match self {
                    $(Self::$kind { .. } => stringify!($kind),)+
                    Self::Unknown { event_type, .. } => event_type.as_str(),
                }
            }

            /// What caused it; none for an unknown type.
            #[must_use]
            pub const fn origin(&self) -> Option<EventOrigin> {
                match self {
                    $(Self::$kind { .. } => Some(EventOrigin::$origin),)+
                    Self::Unknown { .. } => None,
                }
            }

            const fn usual_effect(&self) -> EventEffect {
                match self {
                    $(Self::$kind { .. } => effect!($($effect)+),)+
                    Self::Unknown { .. } => EventEffect::Unknown,
                }
            }

            /// The detail whose size the user decides, if the event has one and it was recorded.
            #[must_use]
            #[expect(unused_variables, reason = "most details are no payloads")]
            pub fn payload(&self) -> Option<EventPayload<'_>> {
                match self {
                    $(Self::$kind $({ $($field,)+ })? => {
                        None$($(.or_else(|| payload!($member $field)))+)?
                    })+
                    Self::Unknown { .. } => None,
                }
            }
        }
    };
}

event_kinds!(declare);

impl EventDetails {
    /// The effect on the execution or an operation.
    #[must_use]
    pub fn effect(&self) -> EventEffect {
        match (self.usual_effect(), self.retry()) {
            // A failed attempt with a delay leaves its step open for the next one.
            (EventEffect::Operation(operation, _), Some(retry))
                if retry.next_attempt_delay_seconds.is_some() =>
            {
                EventEffect::Operation(operation, OperationStatus::Pending)
            }
            (effect, _) => effect,
        }
    }

    /// Type of the operation that it is about; none for `InvocationCompleted`.
    #[must_use]
    pub fn operation_type(&self) -> Option<OperationType> {
        match self.effect() {
            EventEffect::Execution(_) => Some(OperationType::Execution),
            EventEffect::Operation(operation_type, _) => Some(operation_type),
            EventEffect::Invocation | EventEffect::Unknown => None,
        }
    }

    /// Whether it ends its operation, or the execution, for good.
    #[must_use]
    pub fn closes(&self) -> bool {
        match self.effect() {
            EventEffect::Execution(status) => status.is_terminal(),
            EventEffect::Operation(_, status) => status.is_terminal(),
            EventEffect::Invocation | EventEffect::Unknown => false,
        }
    }

    /// The result that it recorded.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        match self.payload() {
            Some(EventPayload::Result(result)) => Some(result),
            _ => None,
        }
    }

    /// The error that it recorded.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        match self.payload() {
            Some(EventPayload::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Which attempt of a step ended.
    #[must_use]
    pub const fn retry(&self) -> Option<RetryDetails> {
        if let Self::StepSucceeded { retry, .. } | Self::StepFailed { retry, .. } = self {
            Some(*retry)
        } else {
            None
        }
    }
}

//! The enumerations of the API, with their wire names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A name that an enumeration of the API does not have.
///
/// The error of parsing one:
///
/// ```
/// use durable_service::model::OperationStatus;
///
/// assert_eq!("STARTED".parse::<OperationStatus>(), Ok(OperationStatus::Started));
/// assert!("BEGUN".parse::<OperationStatus>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no {of}")]
pub struct UnknownName {
    name: String,
    of: &'static str,
}

/// Declares an enumeration whose variants have a wire name.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All values, in the order of the API's model.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that the API uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                match name {
                    $($wire => Ok(Self::$variant),)+
                    _ => Err(UnknownName {
                        name: name.to_owned(),
                        of: stringify!($name),
                    }),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let name = String::deserialize(from)?;
                name.parse().map_err(de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

wire_enum! {
    /// The type of an operation.
    ///
    /// The [module](crate::model#example) has an example.
    OperationType {
        /// The execution itself.
        Execution = "EXECUTION",
        /// A block of operations: child context, map, parallel, wait for callback.
        Context = "CONTEXT",
        /// A unit of work, possibly retried.
        Step = "STEP",
        /// A pause.
        Wait = "WAIT",
        /// A result that is provided from outside.
        Callback = "CALLBACK",
        /// A call of another function.
        ChainedInvoke = "CHAINED_INVOKE",
    }
}

wire_enum! {
    /// What an update does to its operation.
    ///
    /// The [module](crate::model#example) has an example.
    OperationAction {
        /// It starts.
        Start = "START",
        /// It succeeds.
        Succeed = "SUCCEED",
        /// It ends with an error.
        Fail = "FAIL",
        /// It is attempted again later.
        Retry = "RETRY",
        /// It is cancelled.
        Cancel = "CANCEL",
    }
}

wire_enum! {
    /// The status of an operation.
    ///
    /// The [module](crate::model#example) has an example.
    OperationStatus {
        /// It runs.
        Started = "STARTED",
        /// It waits for its next attempt.
        Pending = "PENDING",
        /// Its next attempt is due.
        Ready = "READY",
        /// It succeeded.
        Succeeded = "SUCCEEDED",
        /// It ended with an error.
        Failed = "FAILED",
        /// It was cancelled.
        Cancelled = "CANCELLED",
        /// It timed out.
        TimedOut = "TIMED_OUT",
        /// It was stopped from outside.
        Stopped = "STOPPED",
    }
}

wire_enum! {
    /// How a function is invoked.
    ///
    /// [`InvokeRequest::invocation_type`](crate::InvokeRequest::invocation_type) holds it, for
    /// [`Service::invoke`](crate::Service::invoke).
    InvocationType {
        /// The caller does not wait for the result.
        Event = "Event",
        /// The caller waits for the result.
        RequestResponse = "RequestResponse",
        /// The call is checked and has no effect.
        DryRun = "DryRun",
    }
}

impl OperationType {
    /// Whether its operations end by time or from outside, so that a function suspends on them.
    #[must_use]
    pub const fn ends_from_outside(self) -> bool {
        match self {
            Self::Wait | Self::Callback | Self::ChainedInvoke => true,
            Self::Execution | Self::Context | Self::Step => false,
        }
    }
}

impl OperationStatus {
    /// Whether the operation is closed.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Started | Self::Pending | Self::Ready)
    }
}

wire_enum! {
    /// The status of an execution.
    ///
    /// [`Execution::status`](crate::Execution::status) returns it.
    ExecutionStatus {
        /// It is open.
        Running = "RUNNING",
        /// It pauses at the next checkpoint or end of its invocation.
        Pausing = "PAUSING",
        /// It is paused: nothing invokes the function.
        Paused = "PAUSED",
        /// It succeeded.
        Succeeded = "SUCCEEDED",
        /// It ended with an error.
        Failed = "FAILED",
        /// Its execution timeout passed.
        TimedOut = "TIMED_OUT",
        /// It was stopped from outside.
        Stopped = "STOPPED",
    }
}

impl ExecutionStatus {
    /// Whether the execution is closed.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Running | Self::Pausing | Self::Paused)
    }

    /// The status that the EXECUTION operation has under this one.
    #[must_use]
    pub const fn operation_status(self) -> OperationStatus {
        match self {
            Self::Running | Self::Pausing | Self::Paused => OperationStatus::Started,
            Self::Succeeded => OperationStatus::Succeeded,
            Self::Failed => OperationStatus::Failed,
            Self::TimedOut => OperationStatus::TimedOut,
            Self::Stopped => OperationStatus::Stopped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_come_back() {
        for status in OperationStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert_eq!(
            "step".parse::<OperationType>().unwrap_err().to_string(),
            "\"step\" is no OperationType"
        );
    }
}

//! Where a handler does something else than its recording says, and how that reads.

use std::fmt;

use durable_service::model::{ErrorObject, OperationId};

use crate::sdk::OperationSketch;
use crate::sdk::equality::record_eq;
use crate::sdk::payload::{differ_in_order_alone, json_eq, message_eq};

/// How an operation or an execution came out.
///
/// [`Divergence`] names those of both sides; the [crate](crate#example) has an example of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With a result, as JSON.
    Succeeded(Option<String>),
    /// With an error.
    Failed(Option<ErrorObject>),
    /// Not yet: the function suspended.
    Suspended,
    /// The invocation itself failed.
    Crashed(ErrorObject),
}

impl Outcome {
    /// Whether two outcomes are the same to a caller, but for what the SDK changes in a replay
    /// ([`crate::sdk::equality`]): results are compared as JSON, errors by the cause that their messages tell.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Succeeded(one), Self::Succeeded(other)) => {
                let (one, other) = (one.as_deref(), other.as_deref());
                json_eq(one, other) || record_eq(one.unwrap_or_default(), other.unwrap_or_default())
            }
            (Self::Failed(one), Self::Failed(other)) => same_error(one.as_ref(), other.as_ref()),
            (one, other) => one == other,
        }
    }
}

fn same_error(one: Option<&ErrorObject>, other: Option<&ErrorObject>) -> bool {
    let message = |error: Option<&ErrorObject>| {
        let message = error.and_then(|error| error.error_message.clone());
        message.unwrap_or_default()
    };
    one.is_some() == other.is_some() && message_eq(&message(one), &message(other))
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded(Some(result)) => write!(f, "SUCCEEDED with {}", shortened(result)),
            Self::Succeeded(None) => f.write_str("SUCCEEDED without a result"),
            Self::Failed(Some(error)) => write!(f, "FAILED with {}", shortened(&error.to_string())),
            Self::Failed(None) => f.write_str("FAILED without an error"),
            Self::Suspended => f.write_str("suspended"),
            Self::Crashed(error) => {
                write!(
                    f,
                    "the invocation failed: {}",
                    shortened(&error.to_string())
                )
            }
        }
    }
}

/// How an execution came out, as a sentence.
fn of_execution(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Crashed(_) => outcome.to_string(),
        _ => format!("the execution {outcome}"),
    }
}

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 300;
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS).chain(['…']).collect()
}

/// The first difference between a recording and what the handler does on its replay.
///
/// `Display` shows both sides, on a line each.
///
/// [`Difference::divergence`](crate::Difference::divergence) holds it: the [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Divergence {
    /// Another operation is made in the place of a recorded one.
    Operation {
        /// What was recorded there.
        recorded: OperationSketch,
        /// What is made there.
        made: OperationSketch,
        /// Whether the recording has an operation like the made one in another place: then their
        /// order changed, or one was added or removed before it.
        known_elsewhere: bool,
    },
    /// An operation is made with another input than the recorded one.
    Input {
        /// The operation.
        operation: OperationSketch,
        /// Which part of the input.
        part: &'static str,
        /// What was recorded.
        recorded: String,
        /// What is given.
        made: String,
    },
    /// An operation is made that was not recorded.
    Added {
        /// The operation.
        made: OperationSketch,
    },
    /// A recorded operation is not made any more.
    Removed {
        /// The operation.
        recorded: OperationSketch,
    },
    /// A recorded result is read as a type that it does not have.
    Unreadable {
        /// The operation.
        operation: OperationSketch,
        /// The result, as JSON.
        recorded: String,
        /// What the SDK says of it.
        why: String,
    },
    /// A context comes out in another way than was recorded.
    Context {
        /// The context.
        operation: OperationSketch,
        /// How it came out.
        recorded: Outcome,
        /// How it comes out.
        made: Outcome,
    },
    /// The execution comes out in another way than was recorded.
    Execution {
        /// How it came out.
        recorded: Outcome,
        /// How it comes out.
        made: Outcome,
    },
}

impl Divergence {
    /// The operations that differ.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &OperationSketch> {
        let (one, other) = match self {
            Self::Operation { recorded, made, .. } => (Some(recorded), Some(made)),
            Self::Added { made: operation }
            | Self::Removed {
                recorded: operation,
            }
            | Self::Input { operation, .. }
            | Self::Unreadable { operation, .. }
            | Self::Context { operation, .. } => (Some(operation), None),
            Self::Execution { .. } => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// What differs: an operation, or the execution.
    pub(crate) fn subject(&self) -> Option<&OperationId> {
        self.operations().next().map(|operation| &operation.id)
    }

    /// Whether both sides are the same value but for the order of the elements in its arrays.
    pub(crate) fn is_of_order_alone(&self) -> bool {
        match self {
            Self::Input { recorded, made, .. } => differ_in_order_alone(Some(recorded), Some(made)),
            Self::Context { recorded, made, .. } | Self::Execution { recorded, made } => {
                match (recorded, made) {
                    (Outcome::Succeeded(recorded), Outcome::Succeeded(made)) => {
                        differ_in_order_alone(recorded.as_deref(), made.as_deref())
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// What the recording says.
    #[must_use]
    pub fn recorded(&self) -> String {
        match self {
            Self::Operation { recorded, .. } | Self::Removed { recorded } => recorded.to_string(),
            Self::Input {
                operation,
                part,
                recorded,
                ..
            } => format!("{operation} with {part} {}", shortened(recorded)),
            Self::Added { .. } => "no operation in this place".to_owned(),
            Self::Unreadable {
                operation,
                recorded,
                ..
            } => format!("{operation} SUCCEEDED with {}", shortened(recorded)),
            Self::Context {
                operation,
                recorded,
                ..
            } => format!("{operation} {recorded}"),
            Self::Execution { recorded, .. } => of_execution(recorded),
        }
    }

    /// What the replay does.
    #[must_use]
    pub fn replayed(&self) -> String {
        match self {
            Self::Operation {
                made,
                known_elsewhere,
                ..
            } => {
                let elsewhere = if *known_elsewhere {
                    ", which the recording has in another place"
                } else {
                    ""
                };
                format!("{made}{elsewhere}")
            }
            Self::Input {
                operation,
                part,
                made,
                ..
            } => format!("{operation} with {part} {}", shortened(made)),
            Self::Added { made } => format!("{made}, which was not recorded"),
            Self::Removed { .. } => "the operation is not made".to_owned(),
            Self::Unreadable { operation, why, .. } => {
                format!(
                    "{operation}, whose result is read as another type: {}",
                    shortened(why)
                )
            }
            Self::Context {
                operation, made, ..
            } => format!("{operation} {made}"),
            Self::Execution { made, .. } => of_execution(made),
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  recorded: {}\n  replayed: {}",
            self.recorded(),
            self.replayed()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_compared_as_json() {
        let succeeded = |text: &str| Outcome::Succeeded(Some(text.to_owned()));
        assert!(succeeded(r#"{"a":1,"b":2}"#).agrees(&succeeded(r#"{ "b": 2, "a": 1 }"#)));
        assert!(succeeded("null").agrees(&Outcome::Succeeded(None)));
        assert!(!succeeded("[1,2]").agrees(&succeeded("[2,1]")));
        assert!(!succeeded("1").agrees(&Outcome::Suspended));
        // The SDK renders a failure otherwise when it replays it.
        let live = succeeded(r#"["step: retries exhausted after 1 attempts: no room"]"#);
        let replayed = succeeded(r#"["child_context: child failed: no room"]"#);
        assert!(live.agrees(&replayed));
        assert!(!live.agrees(&succeeded(
            r#"["step: retries exhausted after 1 attempts: none"]"#
        )));
    }

    #[test]
    fn errors_are_compared_without_their_stack_traces() {
        let mut traced = ErrorObject::new("Busy", "later");
        traced.stack_trace = vec!["frame".to_owned()];
        let plain = ErrorObject::new("Busy", "later");
        assert!(Outcome::Failed(Some(traced)).agrees(&Outcome::Failed(Some(plain))));
    }
}

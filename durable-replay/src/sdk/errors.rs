//! The errors that the SDK makes itself.
//!
//! ```
//! use durable_replay::sdk::errors::{
//!     NON_DETERMINISTIC, is_interruption, is_not_the_handlers, is_refusal, is_untyped, may_lose_its_type, unreadable,
//! };
//! use durable_service::model::ErrorObject;
//!
//! let interrupted = ErrorObject::from_message("step interrupted (AtMostOncePerRetry)");
//! assert!(is_interruption(&interrupted) && !is_refusal(&interrupted));
//! assert!(is_refusal(&ErrorObject::new("CheckpointFailedError", "too large")));
//! assert!(is_not_the_handlers(&ErrorObject::new(NON_DETERMINISTIC, "another operation")));
//! assert!(may_lose_its_type("operation error: no room") && is_untyped("CombinatorError"));
//! assert_eq!(unreadable(&ErrorObject::new("StepError", "no room")), None);
//! ```

use durable_service::model::ErrorObject;

/// The error type with which the SDK ends an execution whose replay does not fit.
///
/// [`is_mismatch`](crate::sdk::mismatch::is_mismatch) looks for it; the [module](self) has an example.
pub const NON_DETERMINISTIC: &str = "NonDeterministicExecutionError";

/// The error type of an operation whose own record the service refused.
const CHECKPOINT_FAILED: &str = "CheckpointFailedError";

/// The error type with which a refused call of the service ends an execution.
const REFUSED_CALL: &str = "InvalidParameterValueException";

/// In the error message of an at-most-once step that was found interrupted.
const INTERRUPTED: &str = "step interrupted (AtMostOncePerRetry)";

/// In a message, before what an operation failed with.
pub(super) const OPERATION: &str = "operation error: ";

/// In a message, before why a recorded result could not be read: steps call it `serialization failed`.
const UNREADABLE: &str = "serialization failed: ";

/// In a message of `serde_json`, where reading failed; a value that cannot be written has no place.
const READING: &str = " at line ";

/// Types that the SDK writes for failures whose own type it does not know, or has lost in a replay.
const UNTYPED: [&str; 3] = ["ChildFnError", "CombinatorError", "HandlerError"];

/// Prefixes of the error types of invocations that Lambda ended.
const OF_LAMBDA: [&str; 3] = ["Runtime.", "Sandbox.", "Extension."];

/// Whether the SDK found an at-most-once step interrupted, and did not run its body again.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_interruption(error: &ErrorObject) -> bool {
    let message = error.error_message.as_deref();
    message.is_some_and(|message| message.contains(INTERRUPTED))
}

/// Whether the SDK records that the service refused an operation.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_refusal(error: &ErrorObject) -> bool {
    error.error_type.as_deref() == Some(CHECKPOINT_FAILED)
}

/// Whether an execution's error was not what the handler returned: a crash, a refusal of the service, or
/// the SDK's own end of an execution that it cannot go on with.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_not_the_handlers(error: &ErrorObject) -> bool {
    let error_type = error.error_type.as_deref().unwrap_or_default();
    OF_LAMBDA
        .iter()
        .any(|prefix| error_type.starts_with(prefix))
        || [REFUSED_CALL, CHECKPOINT_FAILED, NON_DETERMINISTIC].contains(&error_type)
}

/// Why the SDK could not read a recorded result, if that is what an error says.
///
/// The [module](self) has an example.
#[must_use]
pub fn unreadable(error: &ErrorObject) -> Option<&str> {
    let message = error.error_message.as_deref()?;
    let (_, why) = message.split_once(UNREADABLE)?;
    why.contains(READING).then_some(why)
}

/// Whether a failure that says this may lose its type in a replay.
///
/// The [module](self) has an example.
#[must_use]
pub fn may_lose_its_type(message: &str) -> bool {
    message.contains(OPERATION)
}

/// Whether an error type is one that stands for a failure of unknown type.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_untyped(error_type: &str) -> bool {
    UNTYPED.contains(&error_type)
}

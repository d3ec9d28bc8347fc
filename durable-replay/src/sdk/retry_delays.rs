//! How the SDK pauses between the attempts of `with_retry`: with a wait of its own, whose length its strategy
//! works out again in each replay. With jitter, as by default, that is another length each time, which the SDK does
//! not compare once the wait has started.
//!
//! ```
//! use durable_replay::sdk::OperationSketch;
//! use durable_replay::sdk::retry_delays::is_retry_delay;
//! use durable_service::model::OperationType;
//!
//! let operation = |id: &str, operation_type: OperationType, name: &str| OperationSketch {
//!     id: id.into(),
//!     parent_id: None,
//!     operation_type,
//!     sub_type: None,
//!     name: Some(name.to_owned()),
//! };
//! let attempt = operation("1", OperationType::Context, "attempt-1");
//! let pause = operation("2", OperationType::Wait, "retry-delay-1");
//! assert!(is_retry_delay(&pause, std::iter::once(&attempt)));
//! assert!(!is_retry_delay(&pause, std::iter::empty()));
//! ```

use durable_service::model::OperationType;

use super::OperationSketch;

/// Whether a wait is such a pause, given the operations of its execution.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_retry_delay<'a>(
    wait: &OperationSketch,
    mut operations: impl Iterator<Item = &'a OperationSketch>,
) -> bool {
    let attempt = match wait.name.as_deref() {
        Some(name) if wait.operation_type == OperationType::Wait => {
            name.strip_prefix("retry-delay-")
        }
        _ => None,
    };
    attempt.is_some_and(|attempt| {
        operations.any(|other| {
            other.operation_type == OperationType::Context
                && other.parent_id == wait.parent_id
                && other
                    .name
                    .as_deref()
                    .and_then(|name| name.strip_prefix("attempt-"))
                    == Some(attempt)
        })
    })
}

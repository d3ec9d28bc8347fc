//! How the SDK pauses between the attempts of `with_retry`: with a wait of its own, whose length its strategy
//! works out again in each replay. With jitter, as by default, that is another length each time, which the SDK does
//! not compare once the wait has started.

use durable_service::model::OperationType;

use super::OperationSketch;

/// Whether a wait is such a pause, given the operations of its execution.
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

//! What the workflows have in common about answers from outside.

use durable_runtime::prelude::*;
use sdk::CallbackErrorKind;

/// The answer to a callback; `None` if it did not come in time.
pub(crate) fn in_time<T>(answer: Result<T, OperationError>) -> Result<Option<T>, OperationError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if timed_out(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn timed_out(error: &OperationError) -> bool {
    matches!(
        error.kind(),
        OperationErrorKind::Callback(error) if matches!(error.kind(), CallbackErrorKind::TimedOut { .. })
    )
}

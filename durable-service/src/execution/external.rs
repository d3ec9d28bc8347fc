//! What happens to an execution from outside: callbacks are completed, it is stopped.

use super::Execution;
use crate::ServiceError;
use crate::model::{CallbackCompletion, ErrorObject, ExecutionStatus, OperationId, Timestamp};
use crate::transitions::{Closing, callback};

impl Execution {
    /// Completes a callback, and wakes the function.
    pub(crate) fn complete_callback(
        &mut self,
        now: Timestamp,
        operation: &OperationId,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let change = self
            .open_operation(operation)
            .and_then(|operation| callback::complete(operation, completion, now))
            .ok_or_else(callback_over)?;
        self.happen(change, now);
        Ok(())
    }

    /// Begins the heartbeat deadline of a callback anew. Neither history nor the function learns
    /// of it.
    pub(crate) fn heartbeat_callback(
        &mut self,
        now: Timestamp,
        operation: &OperationId,
    ) -> Result<(), ServiceError> {
        let operation = self
            .open_operation(operation)
            .and_then(|operation| callback::heartbeat(operation, now))
            .ok_or_else(callback_over)?;
        self.store_quietly(operation);
        Ok(())
    }

    /// Stops the execution, unless it is over, and tells when it ended.
    ///
    /// Its open operations stay as they are, and an invocation in flight goes on without being able
    /// to write (contract, section 8.1).
    pub(crate) fn stop(&mut self, now: Timestamp, error: Option<ErrorObject>) -> Timestamp {
        if !self.is_closed() {
            let closing = Closing {
                status: ExecutionStatus::Stopped,
                result: None,
                error: Some(error.unwrap_or_default()),
            };
            self.close(closing, now);
        }
        self.ended_at.unwrap_or(now)
    }

    fn open_operation(&self, id: &OperationId) -> Option<&crate::model::Operation> {
        if self.is_closed() {
            return None;
        }
        self.operations.get(id)
    }
}

/// The refusal of a completion that comes too late.
pub(crate) fn callback_over() -> ServiceError {
    ServiceError::CallbackTimeout(
        "The callback is either timed out or already completed".to_owned(),
    )
}

//! Calls from outside that control an execution: completing its callbacks, stopping it.

use super::Execution;
use crate::ServiceError;
use crate::model::{CallbackCompletion, ErrorObject, ExecutionStatus, OperationId, Timestamp};
use crate::transitions::{Completion, InvokeOutcome, callback, chained_invoke};

impl Execution {
    /// Completes a callback, and wakes the function.
    pub(crate) fn complete_callback(
        &mut self,
        now: Timestamp,
        operation: &OperationId,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let silent = !self.policy.empty_callback_failure_wakes
            && completion == CallbackCompletion::Failure(ErrorObject::default());
        let change = self
            .open_operation(operation)
            .and_then(|operation| callback::complete(operation, completion, now))
            .ok_or_else(callback_over)?;
        let planned = self.wake_at;
        self.apply_external(change, now);
        if silent {
            self.wake_at = planned;
        }
        Ok(())
    }

    /// Restarts the heartbeat deadline of a callback. Neither history nor the function sees it.
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

    /// Ends a chained invoke with the outcome of the called function, and wakes the function. An outcome
    /// for an operation that is closed is dropped.
    pub(crate) fn complete_invoke(
        &mut self,
        ended_at: Timestamp,
        operation: &OperationId,
        outcome: InvokeOutcome,
    ) {
        // The called execution may have ended by a timer that was seen later than it was due.
        let at = self
            .history
            .last_time()
            .map_or(ended_at, |last| last.max(ended_at));
        let change = self
            .open_operation(operation)
            .and_then(|operation| chained_invoke::complete(operation, outcome, at));
        if let Some(change) = change {
            self.apply_external(change, at);
        }
    }

    /// How the execution ended, as the operation that called it records it; none while it runs
    /// (docs/service.md, 7.3).
    pub(crate) fn invoke_outcome(&self) -> Option<InvokeOutcome> {
        let error = || self.error().cloned();
        Some(match self.status() {
            ExecutionStatus::Running | ExecutionStatus::Pausing | ExecutionStatus::Paused => {
                return None;
            }
            ExecutionStatus::Succeeded => {
                InvokeOutcome::Succeeded(self.result().map(str::to_owned))
            }
            ExecutionStatus::Failed => InvokeOutcome::Failed(
                error().unwrap_or_else(|| ErrorObject::from_message("Chained invoke failed.")),
            ),
            ExecutionStatus::TimedOut => InvokeOutcome::TimedOut(ErrorObject::new(
                "ChainedInvoke.Timeout",
                format!(
                    "CHAINED_INVOKE timed out after {} seconds.",
                    self.execution_timeout().get()
                ),
            )),
            ExecutionStatus::Stopped => InvokeOutcome::Stopped(error().unwrap_or_default()),
        })
    }

    /// Stops the execution, unless it is closed, and returns when it ended.
    ///
    /// Its open operations stay as they are, and the invocation in flight is fenced: it cannot write
    /// (docs/service.md, 8.1).
    pub(crate) fn stop(&mut self, now: Timestamp, error: Option<ErrorObject>) -> Timestamp {
        if !self.is_closed() {
            let closing = Completion {
                status: ExecutionStatus::Stopped,
                result: None,
                error: Some(error.unwrap_or_default()),
            };
            self.close(closing, now);
        }
        self.ended_at.unwrap_or(now)
    }

    /// Refuses to delete an open execution.
    pub(crate) fn check_deletable(&self) -> Result<(), ServiceError> {
        if self.is_closed() {
            Ok(())
        } else {
            Err(self.conflict("deleted", "SUCCEEDED, FAILED, TIMED_OUT or STOPPED"))
        }
    }

    fn open_operation(&self, id: &OperationId) -> Option<&crate::model::Operation> {
        if self.is_closed() {
            return None;
        }
        self.operations.get(id)
    }
}

/// Error for a callback completed twice or after its timeout.
pub(crate) fn callback_over() -> ServiceError {
    ServiceError::CallbackTimeout(
        "The callback is either timed out or already completed".to_owned(),
    )
}

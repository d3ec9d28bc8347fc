//! Calls from outside that control executions: completing callbacks, stopping, pausing, deleting.

use super::{Service, not_found};
use crate::execution::callback_over;
use crate::model::{CallbackCompletion, CallbackId, ErrorObject, ExecutionArn, Timestamp};
use crate::validation::Constraints;
use crate::{PauseRequest, ServiceError, callback_id};

impl Service {
    /// The execution that a callback belongs to, whether or not there still is one; none if the id is no
    /// callback's.
    #[must_use]
    pub fn execution_of_callback(callback_id: &CallbackId) -> Option<ExecutionArn> {
        let decoded = callback_id::decode(callback_id);
        decoded.ok().map(|(arn, _)| arn)
    }

    /// Answers `SendDurableExecutionCallbackSuccess` and `SendDurableExecutionCallbackFailure`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is completed or timed out, or
    /// its execution is closed; a refusal if result or error are larger than 1 MiB.
    pub fn complete_callback(
        &mut self,
        now: Timestamp,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.check_completion(&completion)?;
        self.executions
            .change_at(&arn, now, |execution, now| {
                execution.complete_callback(now, &operation, completion)
            })
            .ok_or_else(callback_over)?
    }

    fn check_completion(&self, completion: &CallbackCompletion) -> Result<(), ServiceError> {
        let limit = self.limits.callback_payload_bytes;
        match completion {
            // The value is sensitive, so the message leaves it out.
            CallbackCompletion::Success(Some(result)) if result.len() > limit => {
                Err(ServiceError::Validation(format!(
                    "1 validation error detected: Value at 'result' failed to satisfy constraint: \
                     Member must have length less than or equal to {limit}"
                )))
            }
            CallbackCompletion::Failure(error) if error.json_size() > limit => {
                Err(ServiceError::invalid(format!(
                    "Error object size must be less than or equal to {limit} bytes."
                )))
            }
            _ => Ok(()),
        }
    }

    /// Answers `SendDurableExecutionCallbackHeartbeat`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is completed or timed out, or
    /// its execution is closed.
    pub fn heartbeat_callback(
        &mut self,
        now: Timestamp,
        callback_id: &CallbackId,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.executions
            .change_at(&arn, now, |execution, now| {
                execution.heartbeat_callback(now, &operation)
            })
            .ok_or_else(callback_over)?
    }

    /// Answers `StopDurableExecution`: stops an execution, unless it is closed, and returns when it
    /// ended.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn stop(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        error: Option<ErrorObject>,
    ) -> Result<Timestamp, ServiceError> {
        let ended_at = self
            .executions
            .change_at(arn, now, |execution, now| execution.stop(now, error))
            .ok_or_else(not_found)?;
        self.report(arn);
        Ok(ended_at)
    }

    /// Answers `PauseDurableExecution`: nothing invokes the function until the execution is resumed.
    ///
    /// # Errors
    ///
    /// `ResourceConflictException` unless the execution is RUNNING; a refusal if there is no such
    /// execution or the reason is too long.
    pub fn pause(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request: PauseRequest,
    ) -> Result<(), ServiceError> {
        self.check_reason(&request)?;
        self.executions
            .change_at(arn, now, |execution, now| execution.pause(now, request))
            .ok_or_else(not_found)?
    }

    /// Answers `ResumeDurableExecution`.
    ///
    /// # Errors
    ///
    /// `ResourceConflictException` unless the execution is PAUSED or PAUSING; a refusal if there is no
    /// such execution or the reason is too long.
    pub fn resume(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request: PauseRequest,
    ) -> Result<(), ServiceError> {
        self.check_reason(&request)?;
        self.executions
            .change_at(arn, now, |execution, now| execution.resume(now, request))
            .ok_or_else(not_found)?
    }

    /// Answers `DeleteDurableExecution`: forgets a closed execution before its retention ends, and
    /// returns the time of the request. Its name is free again at once (docs/service.md, 8.4).
    ///
    /// # Errors
    ///
    /// `ResourceConflictException` unless the execution is closed; a refusal if there is none.
    pub fn delete(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
    ) -> Result<Timestamp, ServiceError> {
        let execution = self.execution(arn)?;
        execution.check_deletable()?;
        let requested_at = execution.local(now);
        self.executions.forget(arn);
        Ok(requested_at)
    }

    fn check_reason(&self, request: &PauseRequest) -> Result<(), ServiceError> {
        let mut constraints = Constraints::default();
        if let Some(reason) = &request.reason {
            constraints.max_length(reason, "reason", self.limits.reason_length);
        }
        constraints.finish()
    }
}

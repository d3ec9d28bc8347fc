//! What people outside do: complete callbacks, stop executions.

use super::{Service, not_found};
use crate::execution::callback_over;
use crate::model::{CallbackCompletion, CallbackId, ErrorObject, ExecutionArn, Timestamp};
use crate::validation::Constraints;
use crate::{PauseRequest, ServiceError, callback_id};

impl Service {
    /// Answers `SendDurableExecutionCallbackSuccess` and `SendDurableExecutionCallbackFailure`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is over, its time is up or
    /// its execution is over; a refusal if result or error are larger than 1 MiB.
    pub fn complete_callback(
        &mut self,
        now: Timestamp,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.check_completion(&completion)?;
        self.execution_mut(&arn)
            .ok_or_else(callback_over)?
            .complete_callback(now, &operation, completion)
    }

    fn check_completion(&self, completion: &CallbackCompletion) -> Result<(), ServiceError> {
        let most = self.limits.callback_payload_bytes;
        match completion {
            // The value is sensitive, so the message leaves it out.
            CallbackCompletion::Success(Some(result)) if result.len() > most => {
                Err(ServiceError::Validation(format!(
                    "1 validation error detected: Value at 'result' failed to satisfy constraint: \
                     Member must have length less than or equal to {most}"
                )))
            }
            CallbackCompletion::Failure(error) if error.json_size() > most => {
                Err(ServiceError::invalid(format!(
                    "Error object size must be less than or equal to {most} bytes."
                )))
            }
            _ => Ok(()),
        }
    }

    /// Answers `SendDurableExecutionCallbackHeartbeat`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is over, its time is up or
    /// its execution is over.
    pub fn heartbeat_callback(
        &mut self,
        now: Timestamp,
        callback_id: &CallbackId,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.execution_mut(&arn)
            .ok_or_else(callback_over)?
            .heartbeat_callback(now, &operation)
    }

    /// Answers `StopDurableExecution`: stops an execution, unless it is over, and tells when it
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
        let execution = self.execution_mut(arn).ok_or_else(not_found)?;
        let ended_at = execution.stop(now, error);
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
        let execution = self.execution_mut(arn).ok_or_else(not_found)?;
        execution.pause(now, request)
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
        let execution = self.execution_mut(arn).ok_or_else(not_found)?;
        execution.resume(now, request)
    }

    /// Answers `DeleteDurableExecution`: forgets an execution that is over, before its retention is, and
    /// tells when that was asked for. Its name is free again at once (docs/service.md, 8.4).
    ///
    /// # Errors
    ///
    /// `ResourceConflictException` unless the execution is over; a refusal if there is none.
    pub fn delete(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
    ) -> Result<Timestamp, ServiceError> {
        self.execution(arn)?.check_deletable()?;
        self.executions.retain(|execution| execution.arn() != arn);
        Ok(now)
    }

    fn check_reason(&self, request: &PauseRequest) -> Result<(), ServiceError> {
        let mut constraints = Constraints::default();
        if let Some(reason) = &request.reason {
            constraints.at_most(reason, "reason", self.limits.reason_length);
        }
        constraints.finish()
    }
}

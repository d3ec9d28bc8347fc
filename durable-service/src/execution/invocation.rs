//! Invocations: their input, their outcome, and when the next one starts.

use serde::Serialize;
use serde_json::Value;

use super::checkpoint::IssuedToken;
use super::{Execution, InlineTimers, StatePage};
use crate::ServiceError;
use crate::map::IndexSet;
use crate::model::{
    CheckpointToken, ErrorObject, EventDetails, ExecutionArn, InvocationContext, OperationId,
    RequestId, Timestamp,
};
use crate::transitions::Completion;
use crate::wire::event::FunctionResponse;

/// Up to how many operations an execution frees what it has reserved.
const MAX_SMALL: usize = 16;

/// The input of one invocation of the function.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvocationInput {
    /// The execution.
    pub arn: ExecutionArn,
    /// The Lambda request id of the invocation.
    pub request_id: RequestId,
    /// The token of its first checkpoint.
    pub checkpoint_token: CheckpointToken,
    /// What it runs with.
    pub context: InvocationContext,
    /// The first page of the state.
    pub state: StatePage,
    /// Operations that changed between this invocation and the one before.
    pub updated_operation_ids: Vec<OperationId>,
}

/// How an invocation ended.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq)]
pub enum InvocationOutcome {
    /// The function returned this JSON.
    Returned(Value),
    /// The function returned an error, crashed or ran out of time.
    Failed(ErrorObject),
}

/// One invocation of the function.
///
/// [`Execution::invocations`](crate::Execution::invocations) lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct InvocationRecord {
    /// Its Lambda request id.
    pub request_id: RequestId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; none while it runs.
    pub ended_at: Option<Timestamp>,
    /// What it failed with.
    pub error: Option<ErrorObject>,
}

impl InvocationRecord {
    /// Whether it is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// The invocation whose end an event records.
    pub(crate) fn of(event: &EventDetails) -> Option<Self> {
        let EventDetails::InvocationCompleted {
            started_at,
            ended_at,
            request_id,
            error,
        } = event
        else {
            return None;
        };
        Some(Self {
            request_id: request_id.clone(),
            started_at: *started_at,
            ended_at: Some(*ended_at),
            error: error.clone(),
        })
    }
}

impl Execution {
    /// Starts the next invocation, with a fresh token.
    pub(crate) fn start_invocation(
        &mut self,
        now: Timestamp,
    ) -> Result<InvocationInput, ServiceError> {
        if self.is_closed() {
            return Err(ServiceError::invalid(format!(
                "{} is over; it takes no further invocation",
                self.spec.arn
            )));
        }
        if self.in_flight {
            return Err(ServiceError::invalid(format!(
                "an invocation of {} is in flight already",
                self.spec.arn
            )));
        }
        let state = self.page(None, usize::MAX, self.policy.event_page_bytes)?;
        self.in_flight = true;
        self.wake_requested = false;
        self.wake_at = None;
        let request_id = request_id(self.number, self.invocations.len() + 1);
        if self.invocations.is_empty() {
            // Most executions have one or two.
            self.invocations.reserve_exact(1);
        }
        self.invocations.push(InvocationRecord {
            request_id: request_id.clone(),
            started_at: now,
            ended_at: None,
            error: None,
        });
        Ok(InvocationInput {
            arn: self.spec.arn.clone(),
            request_id,
            checkpoint_token: self.issue_token(),
            context: self.spec.context(),
            state,
            updated_operation_ids: std::mem::take(&mut self.dirty).into_iter().collect(),
        })
    }

    /// Ends the invocation in flight: records it, and closes, suspends or retries the execution.
    pub(crate) fn complete_invocation(
        &mut self,
        now: Timestamp,
        request_id: &RequestId,
        outcome: InvocationOutcome,
        timers: InlineTimers,
    ) -> Result<(), ServiceError> {
        let current = self.invocations.last().filter(|_| self.in_flight);
        if current.is_none_or(|record| record.request_id != *request_id) {
            return Err(ServiceError::invalid(format!(
                "no invocation with request id {request_id} is in flight"
            )));
        }
        let was_withheld = self.end_invocation();
        if let Some(completion) = self.held_completion.take() {
            let error = match outcome {
                InvocationOutcome::Failed(error) => Some(error),
                InvocationOutcome::Returned(_) => None,
            };
            self.close_held(now, *completion, error);
            return Ok(());
        }
        match outcome {
            InvocationOutcome::Failed(error) => {
                self.record_invocation(now, Some(error.clone()));
                self.back_off(now, error);
            }
            InvocationOutcome::Returned(value) => self.respond(now, &value, was_withheld, timers),
        }
        self.release_spare();
        Ok(())
    }

    /// Frees what a small execution has reserved for growth: it may rest for a year beside many others. For a large
    /// one it would be copied again and again.
    fn release_spare(&mut self) {
        if self.operations.len() > MAX_SMALL {
            return;
        }
        self.operations.shrink_to_fit();
        self.invocations.shrink_to_fit();
        self.history.shrink_to_fit();
        if self.dirty.is_empty() {
            self.dirty = IndexSet::default();
        }
    }

    /// Ends the invocation in flight, if there is one, because the server was restarted and its process is
    /// gone. The function is invoked again at once, and its retries do not count this invocation.
    pub(crate) fn interrupt(&mut self, now: Timestamp) {
        if !self.in_flight {
            return;
        }
        self.end_invocation();
        if let Some(completion) = self.held_completion.take() {
            self.close_held(now, *completion, Some(interrupted()));
            return;
        }
        self.record_invocation(now, Some(interrupted()));
        if !self.is_closed() {
            self.wake_at = Some(now);
        }
    }

    /// Has the function invoked now, although nothing asks for it; not while an invocation is in flight.
    pub(crate) fn invoke_idly(&mut self, now: Timestamp) {
        if !self.is_closed() && !self.in_flight {
            self.wake_at = Some(now);
        }
    }

    /// Records the end of the invocation that ended the execution by a checkpoint, and closes it.
    fn close_held(&mut self, now: Timestamp, completion: Completion, error: Option<ErrorObject>) {
        self.record_invocation(now, error);
        self.failures = 0;
        self.close(completion, now);
    }

    /// Clears the invocation in flight. Returns whether a pause withheld its token.
    fn end_invocation(&mut self) -> bool {
        self.in_flight = false;
        // The client that could repeat it is gone.
        self.last_checkpoint = None;
        self.issued = IssuedToken::default();
        self.settle_pause()
    }

    /// Acts on what the function returned (docs/service.md, 2.2).
    fn respond(&mut self, now: Timestamp, value: &Value, was_withheld: bool, timers: InlineTimers) {
        if self.is_closed() {
            self.record_invocation(now, None);
            return;
        }
        let response = FunctionResponse::parse(value);
        if response == Ok(FunctionResponse::Pending)
            && !was_withheld
            && self.nothing_is_pending()
            && self.failures < self.policy.tolerated_empty_pendings
        {
            self.failures += 1;
            self.record_invocation(now, None);
            self.wake_at = Some(now);
            return;
        }
        let response = response
            .and_then(|response| self.accept(response, was_withheld))
            .unwrap_or_else(|message| {
                FunctionResponse::Failed(Some(ErrorObject::new(
                    "InvalidParameterValueException",
                    message,
                )))
            });
        self.failures = 0;
        match response {
            FunctionResponse::Succeeded(result) => {
                self.record_invocation(now, None);
                self.close(Completion::succeeded(result), now);
            }
            FunctionResponse::Failed(error) => {
                self.record_invocation(now, error.clone());
                self.close(Completion::failed(error), now);
            }
            FunctionResponse::Pending => {
                self.record_invocation(now, None);
                self.fire_until(timers.limit(now), now);
                // An invocation that a pause cut off is followed by another one. A change that a checkpoint's
                // response showed wakes the function only if nothing else can.
                let only_wake_requested = self.wake_requested && self.pending().next().is_none();
                if !self.is_closed()
                    && (was_withheld || only_wake_requested || !self.dirty.is_empty())
                {
                    self.wake_at = Some(now);
                }
            }
        }
    }

    /// Refuses a response that the execution's state does not allow.
    fn accept(
        &self,
        response: FunctionResponse,
        was_withheld: bool,
    ) -> Result<FunctionResponse, String> {
        let limit = self.spec.result_bytes;
        match &response {
            FunctionResponse::Succeeded(Some(result)) if result.len() > limit => Err(format!(
                "Execution output payload size must be less than or equal to {limit} bytes."
            )),
            FunctionResponse::Pending if !was_withheld && self.nothing_is_pending() => {
                Err("Cannot return PENDING status with no pending operations.".to_owned())
            }
            _ => Ok(response),
        }
    }

    /// Whether neither a timer nor a call from outside can wake the function, and nothing did meanwhile.
    fn nothing_is_pending(&self) -> bool {
        self.dirty.is_empty() && !self.wake_requested && self.pending().next().is_none()
    }

    /// Schedules the next invocation after a failed one, or fails the execution (docs/service.md, 5.4).
    fn back_off(&mut self, now: Timestamp, error: ErrorObject) {
        if self.is_closed() {
            return;
        }
        self.failures += 1;
        let policy = &self.policy;
        if self.failures >= policy.invocation_attempts {
            self.close(Completion::failed(Some(error)), now);
        } else {
            let delay = policy.invocation_delay(self.failures, error.error_type.as_deref());
            self.wake_at = Some(now.after(delay));
        }
    }

    fn record_invocation(&mut self, now: Timestamp, error: Option<ErrorObject>) {
        let Some(record) = self.invocations.last_mut() else {
            return;
        };
        record.ended_at = Some(now);
        record.error.clone_from(&error);
        let details = EventDetails::InvocationCompleted {
            started_at: record.started_at,
            ended_at: now,
            request_id: record.request_id.clone(),
            error,
        };
        self.history.append(now, None, details);
    }
}

/// The Lambda request id of an execution's invocation of that number, from 1.
pub(super) fn request_id(execution: u64, invocation: usize) -> RequestId {
    format!("{invocation:08x}-0000-4000-8000-{execution:012x}").into()
}

/// The error of an invocation that a restart of the server cut off.
fn interrupted() -> ErrorObject {
    ErrorObject::new(
        "Server.Restarted",
        "The server was restarted while the invocation ran. The function is invoked again.",
    )
}

//! Pausing and resuming (docs/service.md, 8.3).
//!
//! While an execution is paused its timers, callbacks and chained invokes go on and are recorded;
//! what they would wake is invoked once it is resumed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Execution;
use crate::ServiceError;
use crate::model::{EventDetails, ExecutionStatus, Timestamp};

/// How long a call with the same client token counts as a repetition.
const REPETITION_WINDOW: Duration = Duration::from_mins(15);

/// A request to pause or to resume an execution.
///
/// The argument of [`Service::pause`](crate::Service::pause) and [`Service::resume`](crate::Service::resume).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PauseRequest {
    /// Marks a repetition of the same call.
    pub client_token: Option<String>,
    /// Why, for the history.
    pub reason: Option<String>,
    /// Whether the pause stops the execution timeout; true by default. A resumption ignores it.
    pub execution_timeout_paused: Option<bool>,
}

/// A pause in force.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pause {
    stage: Stage,
    /// The time that the execution timeout had left, if the pause stops it.
    timeout_left: Option<Duration>,
}

/// The stage of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// An invocation runs, and may write once more.
    Pausing,
    /// An invocation runs whose token is withheld.
    Withheld,
    /// No invocation runs.
    Paused,
}

/// The last call of a kind, kept to recognize its repetition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PauseCall {
    resumes: bool,
    request: PauseRequest,
    at: Timestamp,
}

impl Pause {
    pub(super) fn status(&self) -> ExecutionStatus {
        match self.stage {
            Stage::Pausing => ExecutionStatus::Pausing,
            Stage::Withheld | Stage::Paused => ExecutionStatus::Paused,
        }
    }

    /// Whether it stops the execution timeout.
    pub(super) fn stops_timeout(&self) -> bool {
        self.timeout_left.is_some()
    }

    fn withholds_token(&self) -> bool {
        self.stage == Stage::Withheld
    }
}

impl Execution {
    /// Pauses a running execution.
    pub(crate) fn pause(
        &mut self,
        now: Timestamp,
        request: PauseRequest,
    ) -> Result<(), ServiceError> {
        if self.repeats(now, false, &request) {
            return Ok(());
        }
        if self.is_closed() || self.pause.is_some() {
            return Err(self.conflict("paused", "RUNNING"));
        }
        let stops_timeout = request.execution_timeout_paused.unwrap_or(true);
        let timeout_left = stops_timeout.then(|| self.timers.timeout_at().since(now));
        if stops_timeout {
            self.timers.set_timeout(self.last_timeout());
        }
        let stage = if self.in_flight {
            Stage::Pausing
        } else {
            Stage::Paused
        };
        self.pause = Some(Pause {
            stage,
            timeout_left,
        });
        self.record(
            now,
            EventDetails::ExecutionPaused {
                requested_at: now,
                reason: request.reason.clone(),
                execution_timeout_paused: stops_timeout,
            },
        );
        self.record_call(now, false, request);
        Ok(())
    }

    /// Resumes a paused execution, or cancels a pause that is not in force yet.
    pub(crate) fn resume(
        &mut self,
        now: Timestamp,
        request: PauseRequest,
    ) -> Result<(), ServiceError> {
        if self.repeats(now, true, &request) {
            return Ok(());
        }
        let Some(pause) = self.pause.filter(|_| !self.is_closed()) else {
            return Err(self.conflict("resumed", "PAUSED"));
        };
        if let Some(left) = pause.timeout_left {
            let timeout_at = now.after(left).min(self.last_timeout());
            self.timers.set_timeout(timeout_at);
        }
        self.pause = None;
        // The invocation that held a withheld token cannot learn of a new one: it can only suspend.
        self.token_withheld |= pause.withholds_token();
        self.wake_at = self.wake_at.map(|at| at.max(now));
        self.record(
            now,
            EventDetails::ExecutionResumed {
                requested_at: now,
                reason: request.reason.clone(),
            },
        );
        self.record_call(now, true, request);
        Ok(())
    }

    /// Withholds the token of a checkpoint, if the execution is to be paused.
    pub(super) fn withhold_token(&mut self) -> bool {
        match &mut self.pause {
            Some(pause) if pause.stage == Stage::Pausing => {
                pause.stage = Stage::Withheld;
                true
            }
            _ => false,
        }
    }

    /// Whether a pause, in force or resumed since, withheld the token of the invocation in flight.
    pub(super) fn is_token_withheld(&self) -> bool {
        self.token_withheld || self.pause.as_ref().is_some_and(Pause::withholds_token)
    }

    /// Puts a pause in force at the end of an invocation. Returns whether the invocation's token was
    /// withheld.
    pub(super) fn settle_pause(&mut self) -> bool {
        let withheld = self.is_token_withheld();
        self.token_withheld = false;
        if let Some(pause) = &mut self.pause {
            pause.stage = Stage::Paused;
        }
        withheld
    }

    /// The time at which any execution ends at the latest, however long it was paused.
    fn last_timeout(&self) -> Timestamp {
        let longest = self.limits.execution_timeout;
        self.started_at.after_seconds(longest)
    }

    pub(super) fn conflict(&self, what: &str, wanted: &str) -> ServiceError {
        ServiceError::ResourceConflict(format!(
            "A durable execution in status {} cannot be {what}; it must be {wanted}.",
            self.status()
        ))
    }

    fn repeats(&self, now: Timestamp, resumes: bool, request: &PauseRequest) -> bool {
        request.client_token.is_some()
            && self.last_pause_call.as_ref().is_some_and(|last| {
                last.resumes == resumes
                    && last.request == *request
                    && now.since(last.at) < REPETITION_WINDOW
            })
    }

    fn record_call(&mut self, now: Timestamp, resumes: bool, request: PauseRequest) {
        self.last_pause_call = Some(Box::new(PauseCall {
            resumes,
            request,
            at: now,
        }));
    }
}

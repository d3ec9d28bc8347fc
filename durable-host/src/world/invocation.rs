//! The invocation in flight: whose it is, and how it ends when it is cut off.

use std::task::Waker;
use std::time::Duration;

use super::life::Life;
use durable_service::model::{CheckpointToken, ErrorObject, ExecutionArn, RequestId, Timestamp};
use durable_service::{InvocationInput, InvocationOutcome};

/// The invocation that a host makes, of which there is one at a time.
#[derive(Debug)]
pub(super) struct ActiveInvocation {
    arn: ExecutionArn,
    request_id: RequestId,
    /// The token that its next call presents.
    token: CheckpointToken,
    started_at: Timestamp,
    timeout: Duration,
    /// How it was cut off.
    termination: Option<Termination>,
    /// The life of its process.
    life: Life,
    /// Wakes the drive loop.
    waker: Option<Waker>,
}

/// What becomes of the function when its invocation is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// Its process is dead.
    Killed,
    /// It runs on with a dead token.
    Fenced,
}

/// An invocation that was cut off.
#[derive(Debug)]
pub(super) struct Terminated {
    pub(super) arn: ExecutionArn,
    pub(super) request_id: RequestId,
    /// The token that its next call would have presented.
    pub(super) token: CheckpointToken,
}

impl ActiveInvocation {
    pub(super) fn new(input: &InvocationInput, started_at: Timestamp, timeout: Duration) -> Self {
        Self {
            arn: input.arn.clone(),
            request_id: input.request_id.clone(),
            token: input.checkpoint_token.clone(),
            started_at,
            timeout,
            termination: None,
            life: Life::default(),
            waker: None,
        }
    }

    /// Whether a call with that token belongs to it.
    pub(super) fn makes(&self, arn: &ExecutionArn, token: &CheckpointToken) -> bool {
        self.termination.is_none() && self.arn == *arn && self.token == *token
    }

    /// Whether it is the invocation of that request id.
    pub(super) fn is(&self, arn: &ExecutionArn, request_id: &RequestId) -> bool {
        self.arn == *arn && self.request_id == *request_id
    }

    /// Its next call presents this token.
    pub(super) fn present(&mut self, token: &CheckpointToken) {
        self.token = token.clone();
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    pub(super) fn deadline(&self) -> Timestamp {
        self.started_at.after(self.timeout)
    }

    pub(super) fn termination(&self) -> Option<Termination> {
        self.termination
    }

    /// How it was cut off; if it was not, the waker is woken when it is.
    pub(super) fn poll_termination(&mut self, waker: &Waker) -> Option<Termination> {
        if self.termination.is_none() {
            self.waker = Some(waker.clone());
        }
        self.termination
    }

    /// Marks it as cut off; returns its execution, request id and last token, unless it was before.
    pub(super) fn terminate(&mut self, termination: Termination) -> Option<Terminated> {
        if self.termination.is_some() {
            return None;
        }
        self.termination = Some(termination);
        if termination == Termination::Killed {
            self.life.end();
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Some(Terminated {
            arn: self.arn.clone(),
            request_id: self.request_id.clone(),
            token: self.token.clone(),
        })
    }

    /// How Lambda reports that it ended the invocation for taking too long.
    pub(super) fn timed_out(&self) -> InvocationOutcome {
        InvocationOutcome::Failed(ErrorObject::new(
            "Sandbox.Timedout",
            format!(
                "{} {} Task timed out after {:.2} seconds",
                self.deadline(),
                self.request_id,
                self.timeout.as_secs_f64()
            ),
        ))
    }

    /// How Lambda reports that the function's process was killed.
    pub(super) fn killed(&self) -> InvocationOutcome {
        InvocationOutcome::Failed(ErrorObject::new(
            "Runtime.ExitError",
            format!(
                "RequestId: {} Error: Runtime exited with error: signal: killed",
                self.request_id
            ),
        ))
    }
}

//! The invocation in flight: whose it is, and how it is cut off.

use std::task::Waker;
use std::time::Duration;

use durable_service::model::{CheckpointToken, ErrorObject, ExecutionArn, RequestId, Timestamp};
use durable_service::{InvocationInput, InvocationOutcome};

use super::bodies::Body;
use super::invoke::Call;
use super::world::World;

/// The invocation that a host makes, of which there is one at a time.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) arn: ExecutionArn,
    pub(super) request_id: RequestId,
    /// The token that its next call presents.
    pub(super) token: CheckpointToken,
    began: Timestamp,
    timeout: Duration,
    /// How it was cut off, until the drive loop has noticed.
    cut: Option<Cut>,
    /// Wakes the drive loop.
    waker: Option<Waker>,
}

/// What becomes of the function when its invocation is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It is dead.
    Killed,
    /// It runs on, unheard.
    GivenUp,
}

impl Flight {
    pub(super) fn new(input: &InvocationInput, call: &Call) -> Self {
        Self {
            arn: input.arn.clone(),
            request_id: input.request_id.clone(),
            token: input.checkpoint_token.clone(),
            began: call.now,
            timeout: call.timeout,
            cut: None,
            waker: None,
        }
    }

    /// Whether a call belongs to it.
    pub(super) fn makes(&self, arn: &ExecutionArn, token: &CheckpointToken) -> bool {
        self.cut.is_none() && self.arn == *arn && self.token == *token
    }

    fn deadline(&self) -> Timestamp {
        self.began.after(self.timeout)
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

impl World {
    /// Ends the invocation in flight with that outcome, and tells the drive loop: whatever the function
    /// still does comes too late, for its token is dead.
    pub(super) fn cut_off(&mut self, cut: Cut, outcome: impl FnOnce(&Flight) -> InvocationOutcome) {
        let now = self.catch_up();
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.cut.is_none()) else {
            return;
        };
        flight.cut = Some(cut);
        let outcome = outcome(flight);
        let Flight {
            arn, request_id, ..
        } = flight;
        if let Err(error) = self
            .service
            .complete_invocation(now, arn, request_id, outcome)
        {
            self.problem = Some(error.into());
        }
        if let Some(waker) = flight.waker.take() {
            waker.wake();
        }
    }

    /// How the invocation in flight was cut off; if it was not, the drive loop is woken when it is.
    pub(super) fn poll_cut(&mut self, waker: &Waker) -> Option<Cut> {
        let flight = self.flight.as_mut()?;
        if flight.cut.is_none() {
            flight.waker = Some(waker.clone());
        }
        flight.cut
    }

    /// How the invocation of a body was cut off; none if it is still heard.
    pub(super) fn cut_of(&self, body: &Body) -> Option<Cut> {
        match &self.flight {
            Some(flight)
                if flight.arn == body.execution && flight.request_id == body.request_id =>
            {
                flight.cut
            }
            // A killed one would be gone.
            _ => Some(Cut::GivenUp),
        }
    }

    /// Lets virtual time pass while an invocation is in flight, with all that falls due; false if the
    /// invocation runs out of its own on the way, and is cut off.
    pub(super) fn spend(&mut self, time: Duration) -> bool {
        let until = self.clock.now().after(time);
        let deadline = self.flight.as_ref().map(Flight::deadline);
        let in_time = deadline.is_none_or(|deadline| until <= deadline);
        let now = deadline.map_or(until, |deadline| deadline.min(until));
        self.clock.advance_to(now);
        self.do_past(now);
        if !in_time {
            self.cut_off(Cut::Killed, Flight::timed_out);
        }
        in_time
    }

    /// Lets the rest of the invocation's own time pass.
    pub(super) fn spend_all(&mut self) {
        if let Some(deadline) = self.flight.as_ref().map(Flight::deadline) {
            self.clock.advance_to(deadline);
            self.do_past(deadline);
        }
    }
}

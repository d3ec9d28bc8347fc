//! Cutting off the invocation in flight, and the virtual time that it can take.

use std::task::Waker;
use std::time::Duration;

use durable_service::InvocationOutcome;
use durable_service::model::{ExecutionArn, RequestId};

use super::invocation::{ActiveInvocation, Terminated, Termination};
use super::life::Life;
use super::{Failure, World};
use crate::coverage::Seen;

impl World {
    /// Kills the invocation in flight: its process dies.
    pub(crate) fn kill(&mut self) {
        self.cut_off(Termination::Killed, ActiveInvocation::killed, Seen::CutOff);
    }

    /// Takes the environment of the invocation in flight away, which counts as no failure.
    pub(super) fn reclaim(&mut self) {
        let now = self.sync_clock();
        let Some(terminated) = self
            .active
            .as_mut()
            .and_then(|active| active.terminate(Termination::Killed))
        else {
            return;
        };
        self.saw_kill(&terminated.arn, &terminated.request_id, Seen::CutOff);
        self.service.interrupt(now);
        self.killed.tokens.insert(terminated.token);
        let invocation = (terminated.arn, terminated.request_id);
        self.killed.invocations.insert(invocation);
    }

    /// Ends the invocation in flight as timed out; the function is killed.
    pub(crate) fn time_out(&mut self) {
        self.cut_off(
            Termination::Killed,
            ActiveInvocation::timed_out,
            Seen::TimedOut,
        );
    }

    /// Ends the invocation in flight as timed out; the function runs on with a dead token.
    pub(super) fn fence(&mut self) {
        self.cut_off(
            Termination::Fenced,
            ActiveInvocation::timed_out,
            Seen::TimedOut,
        );
    }

    /// Ends the invocation in flight with that outcome, and wakes the drive loop: whatever the function
    /// still does comes too late, for its token is dead.
    fn cut_off(
        &mut self,
        termination: Termination,
        outcome: impl FnOnce(&ActiveInvocation) -> InvocationOutcome,
        seen: Seen,
    ) {
        let now = self.sync_clock();
        let timers = self.inline_timers();
        let Some(active) = &mut self.active else {
            return;
        };
        let Some(terminated) = active.terminate(termination) else {
            return;
        };
        let outcome = outcome(active);
        let Terminated {
            arn,
            request_id,
            token,
        } = terminated;
        self.saw_kill(&arn, &request_id, seen);
        if let Err(error) =
            self.service
                .complete_invocation(now, &arn, &request_id, outcome, timers)
        {
            self.failure = Some(Failure::Error(error.into()));
        }
        if termination == Termination::Killed {
            self.killed.tokens.insert(token);
            self.killed.invocations.insert((arn, request_id));
        }
    }

    /// The life of the process that an invocation runs in; none if it was killed. An invocation that has
    /// returned, or is fenced, leaves tasks behind that run on.
    pub(super) fn life_of(&self, arn: &ExecutionArn, request_id: &RequestId) -> Option<Life> {
        match &self.active {
            Some(active) if active.is(arn, request_id) => match active.termination() {
                Some(Termination::Killed) => None,
                _ => Some(active.life().clone()),
            },
            _ => {
                let invocation = (arn.clone(), request_id.clone());
                (!self.killed.invocations.contains(&invocation)).then(Life::default)
            }
        }
    }

    /// The life of the process of the invocation in flight.
    pub(crate) fn active_life(&self) -> Option<Life> {
        self.active.as_ref().map(|active| active.life().clone())
    }

    /// How the invocation in flight was cut off; if it was not, the drive loop is woken when it is.
    pub(crate) fn poll_termination(&mut self, waker: &Waker) -> Option<Termination> {
        self.active.as_mut()?.poll_termination(waker)
    }

    /// How an invocation was cut off; none while it is in flight.
    pub(crate) fn termination_of(
        &self,
        arn: &ExecutionArn,
        request_id: &RequestId,
    ) -> Option<Termination> {
        match &self.active {
            Some(active) if active.is(arn, request_id) => active.termination(),
            // A killed one would be gone.
            _ => Some(Termination::Fenced),
        }
    }

    /// Lets virtual time pass while an invocation is in flight, with all that falls due; false if the
    /// invocation reaches its own deadline on the way, and is cut off.
    pub(crate) fn advance_within_deadline(&mut self, time: Duration) -> bool {
        let until = self.clock.now().after(time);
        let deadline = self.active.as_ref().map(ActiveInvocation::deadline);
        let in_time = deadline.is_none_or(|deadline| until <= deadline);
        let now = deadline.map_or(until, |deadline| deadline.min(until));
        self.clock.advance_to(now);
        self.fire_overdue(now);
        if !in_time {
            self.time_out();
        }
        in_time
    }

    /// Lets the rest of the invocation's own time pass.
    pub(crate) fn advance_to_deadline(&mut self) {
        if let Some(deadline) = self.active.as_ref().map(ActiveInvocation::deadline) {
            self.clock.advance_to(deadline);
            self.fire_overdue(deadline);
        }
    }
}

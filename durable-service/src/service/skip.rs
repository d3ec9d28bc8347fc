//! Skipping time, for one family of executions at a time.
//!
//! A host whose clock runs on can move the time of a [`Family`] ahead of its own: to the next time at which
//! something is due in it. Others are not moved, so that one execution neither waits for another nor ages
//! with it.

use std::time::Duration;

use super::{Family, Service};
use crate::Execution;
use crate::model::{
    ExecutionArn, ExecutionStatus, OperationDetails, OperationStatus, OperationType, Timestamp,
};

/// What a client that answers a callback, or resumes an execution, has left at least after a skip, unless
/// it had less before.
const ANSWER_MARGIN: Duration = Duration::from_mins(1);

/// A skip that is possible.
///
/// [`Service::next_skip`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skip {
    /// How far the time of the family can be moved, to the next time at which something is due in it.
    pub by: Duration,
    /// Whether a client may be about to act: a callback is open, or an execution is paused.
    pub awaits_client: bool,
}

/// What is due in a family, by its own time.
#[derive(Debug, Default)]
struct Due {
    /// Waits, retries and invocations.
    own: Vec<Timestamp>,
    /// Timeouts of open callbacks, and of executions.
    timeouts: Vec<Timestamp>,
    /// Execution timeouts that are no reason to skip, but bound each skip.
    bounds: Vec<Timestamp>,
    awaits_client: bool,
}

impl Service {
    /// Starts to track the families that change, for [`take_changed_families`](Self::take_changed_families).
    pub fn track_families(&mut self) {
        self.executions.families_mut().track();
    }

    /// Takes the families whose executions started or changed since the last call, and all at the first
    /// call; none unless they are tracked. Whether a family can be skipped changes only if it does, or if
    /// time passes.
    pub fn take_changed_families(&mut self) -> impl Iterator<Item = Family> + use<> {
        self.executions.families_mut().take_changed().into_iter()
    }

    /// The open executions of a family, in the order of their starts.
    pub fn family(&self, family: Family) -> impl Iterator<Item = &Execution> {
        self.executions.of_family(family)
    }

    /// The family of an execution; none unless it is open.
    #[must_use]
    pub fn family_of(&self, arn: &ExecutionArn) -> Option<Family> {
        let number = self.executions.get(arn)?.number();
        self.executions.families().family_of(number)
    }

    /// Returns how far a family can be skipped; none while a function works for it or is about to, and
    /// while nothing is due in it.
    ///
    /// While a callback is open or an execution is paused, no timeout of that callback or of an execution of
    /// the family is skipped, nor the last minute before it, unless `over_callbacks`: a client would find
    /// its callback timed out that it could have answered.
    #[must_use]
    pub fn next_skip(&self, now: Timestamp, family: Family, over_callbacks: bool) -> Option<Skip> {
        let mut due = Due::default();
        let mut local = now;
        for execution in self.family(family) {
            local = execution.local(now);
            due.add(execution, local)?;
        }
        let next = due.next(over_callbacks)?;
        let by = next.since(local);
        (!by.is_zero()).then_some(Skip {
            by,
            awaits_client: due.awaits_client,
        })
    }

    /// Moves the time of a family ahead. [`handle_timeouts_in`](Self::handle_timeouts_in) then fires what is due.
    pub fn skip(&mut self, family: Family, by: Duration) {
        let ahead = self.family(family).map(Execution::ahead).max();
        if let Some(ahead) = ahead {
            self.executions.set_ahead(family, ahead.saturating_add(by));
        }
    }

    /// Fires what is due by now in a family, in due order. What is due in other families stays so, until
    /// [`handle_timeout`](Self::handle_timeout) has its turn.
    pub fn handle_timeouts_in(&mut self, now: Timestamp, family: Family) {
        loop {
            let due = self
                .family(family)
                .filter_map(|execution| Some((execution.due_times().timer?, execution.number())));
            let Some((due, number)) = due.min().filter(|(due, _)| *due <= now) else {
                return;
            };
            if !self.fire_until(now, due, number) {
                return;
            }
        }
    }

    /// Lets each family of a restored service go on where its time was, if that is ahead of the host's.
    pub fn continue_at(&mut self, now: Timestamp) {
        for family in self.executions.families().all() {
            let latest = self.family(family).filter_map(Execution::latest_time).max();
            let ahead = latest.map_or(Duration::ZERO, |latest| latest.since(now));
            self.executions.set_ahead(family, ahead);
        }
    }
}

impl Due {
    /// Adds what is due in an execution; none if a function works for it, or is about to.
    fn add(&mut self, execution: &Execution, now: Timestamp) -> Option<()> {
        let invocation = execution.invoke_at();
        if execution.is_in_flight() || invocation.is_some_and(|at| at <= now) {
            return None;
        }
        self.own.extend(invocation);
        self.awaits_client |= execution.status() == ExecutionStatus::Paused;
        for operation in execution.pending() {
            let is_open = operation.status == OperationStatus::Started;
            match &operation.details {
                OperationDetails::ChainedInvoke(details)
                    if is_open && details.execution.is_none() =>
                {
                    return None;
                }
                _ if is_open && operation.operation_type() == OperationType::Callback => {
                    self.awaits_client = true;
                    self.timeouts.extend(operation.due_at());
                }
                _ => self.own.extend(operation.due_at()),
            }
        }
        match execution.explicit_timeout_at() {
            Some(timeout) => self.timeouts.push(timeout),
            None => self.bounds.push(execution.timeout_at()),
        }
        Some(())
    }

    /// The time to skip to.
    fn next(&self, over_callbacks: bool) -> Option<Timestamp> {
        let own = self.own.iter().min().copied();
        let timeout = self.timeouts.iter().min().copied();
        let bound = self.bounds.iter().min().copied();
        let first = |a: Option<Timestamp>, b: Option<Timestamp>| a.into_iter().chain(b).min();
        if !self.awaits_client || over_callbacks {
            let next = first(own, timeout)?;
            return first(Some(next), bound);
        }
        let limit = first(timeout, bound).map(|timeout| timeout.before(ANSWER_MARGIN));
        own.filter(|own| limit.is_none_or(|limit| *own <= limit))
    }
}

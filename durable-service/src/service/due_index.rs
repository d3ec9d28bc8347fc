//! An index of due times over all executions.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::execution::DueTimes;
use crate::model::Timestamp;

/// The due times of all executions: a queue for each member of [`DueTimes`].
#[derive(Debug, Default)]
pub(super) struct DueIndex {
    pub(super) invocations: DueQueue,
    pub(super) operations: DueQueue,
    pub(super) timers: DueQueue,
    pub(super) explicit_timeouts: DueQueue,
    pub(super) expiries: DueQueue,
}

/// Due times of one kind, with the numbers of their executions: of equal times the execution that
/// started first leads.
#[derive(Debug, Default)]
pub(super) struct DueQueue(BTreeSet<(Timestamp, u64)>);

impl DueIndex {
    /// Follows an execution from its old due times to its new ones.
    pub(super) fn update(&mut self, execution: u64, old: DueTimes, new: DueTimes) {
        let queues = [
            (&mut self.invocations, old.invocation, new.invocation),
            (&mut self.operations, old.operation, new.operation),
            (&mut self.timers, old.timer, new.timer),
            (
                &mut self.explicit_timeouts,
                old.explicit_timeout,
                new.explicit_timeout,
            ),
            (&mut self.expiries, old.expiry, new.expiry),
        ];
        for (queue, old, new) in queues {
            queue.update(execution, old, new);
        }
    }
}

impl DueQueue {
    /// The earliest time, with the first execution that is due then.
    pub(super) fn first(&self) -> Option<(Timestamp, u64)> {
        self.0.first().copied()
    }

    /// The earliest time.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.first().map(|(due, _)| due)
    }

    /// The earliest time after another one.
    pub(super) fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let later = (Bound::Excluded((time, u64::MAX)), Bound::Unbounded);
        self.0.range(later).next().map(|(due, _)| *due)
    }

    /// The executions that are due by a time: the longest overdue first.
    pub(super) fn until(&self, time: Timestamp) -> impl Iterator<Item = u64> {
        self.0.range(..=(time, u64::MAX)).map(|(_, number)| *number)
    }

    /// The executions that are due at a time, in the order of their starts.
    pub(super) fn at(&self, time: Timestamp) -> impl Iterator<Item = u64> {
        let range = (time, 0)..=(time, u64::MAX);
        self.0.range(range).map(|(_, number)| *number)
    }

    /// Follows an execution from its old due time to its new one.
    pub(super) fn update(
        &mut self,
        execution: u64,
        old: Option<Timestamp>,
        new: Option<Timestamp>,
    ) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.0.remove(&(old, execution));
        }
        if let Some(new) = new {
            self.0.insert((new, execution));
        }
    }
}

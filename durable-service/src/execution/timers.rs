//! Timers of an execution: waits end, retries become due, callbacks and the execution time out.

use super::Execution;
use super::first_set::FirstSet;
use crate::model::{
    ErrorObject, EventSubject, ExecutionStatus, Operation, OperationId, Seconds, Timestamp,
};
use crate::transitions::{self, Change, Completion};

/// The due times of an execution's operations, and its own.
#[derive(Debug)]
pub(super) struct Timers {
    /// Due time and index of the operation, so that equal times fire in order of creation.
    operations: FirstSet<(Timestamp, usize)>,
    execution: Timestamp,
}

/// How a call of a running function handles timers of its execution that are due at the time of the call.
/// Timers that were due earlier fire in any case.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InlineTimers {
    /// They fire, and the response shows it.
    #[default]
    Fire,
    /// They are deferred to [`Service::handle_timeout`](crate::Service::handle_timeout), whose schedule
    /// orders them.
    Defer,
}

impl InlineTimers {
    /// The latest due time of the timers that fire in a call at the time `now`.
    pub(super) fn limit(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Fire => now,
            Self::Defer => Timestamp::from_millis(now.as_millis().saturating_sub(1)),
        }
    }
}

impl Timers {
    pub(super) fn new(execution: Timestamp) -> Self {
        Self {
            operations: FirstSet::default(),
            execution,
        }
    }

    pub(super) fn timeout_at(&self) -> Timestamp {
        self.execution
    }

    pub(super) fn next_operation(&self) -> Option<Timestamp> {
        self.operations.first().map(|(due, _)| *due)
    }

    pub(super) fn next_due(&self) -> Timestamp {
        self.next_operation()
            .map_or(self.execution, |due| self.execution.min(due))
    }

    /// Moves the execution timeout.
    pub(super) fn set_timeout(&mut self, at: Timestamp) {
        self.execution = at;
    }

    /// Updates the timer of an operation that changes from its old state to its new one.
    pub(super) fn follow(&mut self, index: usize, old: Option<&Operation>, new: &Operation) {
        if let Some(due) = old.and_then(Operation::due_at) {
            self.operations.remove(&(due, index));
        }
        if let Some(due) = new.due_at() {
            self.operations.insert((due, index));
        }
    }
}

impl Execution {
    /// Fires everything that was due by `limit`, seen at the time `now`, in the order of due times. Of
    /// equal times the execution timeout comes first, then operations in the order of their creation.
    pub(crate) fn fire_until(&mut self, limit: Timestamp, now: Timestamp) {
        while !self.is_closed() && self.timers.next_due() <= limit {
            // Its event has the time at which it was due, unless a later event is recorded already.
            let due = self.timers.next_due();
            let at = due.max(self.history.last_time().unwrap_or(due)).min(now);
            match self.timers.operations.first().copied() {
                Some((due, index)) if due < self.timers.execution => self.fire(index, at),
                _ => self.time_out(at),
            }
        }
    }

    /// Returns the operations that are due at a time, in the order of their creation; none if the execution
    /// itself times out by then.
    pub(crate) fn operations_due_at(&self, due: Timestamp) -> impl Iterator<Item = &OperationId> {
        let times_out = self.is_closed() || self.timers.execution <= due;
        self.timers
            .operations
            .within((due, 0)..=(due, usize::MAX))
            .filter(move |_| !times_out)
            .filter_map(|(_, index)| self.operations.get_index(*index))
            .map(|(id, _)| id)
    }

    /// Fires an operation. Returns false if it is not due by now.
    pub(crate) fn fire_operation(&mut self, id: &OperationId, now: Timestamp) -> bool {
        let Some((index, _, operation)) = self.operations.get_full(id) else {
            return false;
        };
        let Some(due) = operation.due_at().filter(|due| *due <= now) else {
            return false;
        };
        if self.is_closed() {
            return false;
        }
        let at = due.max(self.history.last_time().unwrap_or(due)).min(now);
        self.fire(index, at);
        true
    }

    fn fire(&mut self, index: usize, now: Timestamp) {
        let Some((_, operation)) = self.operations.get_index(index) else {
            return;
        };
        let Some(change) = transitions::fire(operation, now) else {
            return;
        };
        self.apply_external(change, now);
    }

    /// Records a change that the function did not make itself, and wakes it.
    pub(super) fn apply_external(&mut self, change: Change, now: Timestamp) {
        if let Some(event) = change.event {
            let subject = EventSubject::from(&change.operation);
            self.history.append(now, Some(subject), event);
        }
        self.store(change.operation);
        // During a back-off the change waits for the invocation that is scheduled already.
        if self.in_flight {
            self.wake_requested = true;
        } else if self.failures == 0 {
            self.wake_at = Some(self.wake_at.map_or(now, |planned| planned.min(now)));
        }
    }

    fn time_out(&mut self, now: Timestamp) {
        self.close(timed_out(self.spec.execution_timeout), now);
    }

    /// Stores an operation, updates its timer, and marks it as not seen by the function.
    pub(super) fn store(&mut self, operation: Operation) {
        let id = operation.id.clone();
        let index = if let Some((index, _, stored)) = self.operations.get_full_mut(&id) {
            self.timers.follow(index, Some(stored), &operation);
            *stored = operation;
            index
        } else {
            let index = self.operations.len();
            self.timers.follow(index, None, &operation);
            self.operations.insert(id.clone(), operation);
            index
        };
        self.dirty.insert(id);
        self.note_change(index);
    }

    /// Stores an operation whose change is invisible to the function.
    pub(super) fn store_quietly(&mut self, operation: Operation) {
        let Some((index, _, stored)) = self.operations.get_full_mut(&operation.id) else {
            return;
        };
        self.timers.follow(index, Some(stored), &operation);
        *stored = operation;
        self.note_change(index);
    }

    fn note_change(&mut self, index: usize) {
        if let Some(saved) = &mut self.saved {
            saved.change(index);
        }
    }
}

/// The end of an execution whose timeout was up.
pub(super) fn timed_out(timeout: Seconds) -> Completion {
    Completion {
        status: ExecutionStatus::TimedOut,
        result: None,
        error: Some(ErrorObject::from_message(format!(
            "Execution timed out after {} seconds.",
            timeout.get()
        ))),
    }
}

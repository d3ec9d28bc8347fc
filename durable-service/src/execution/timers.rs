//! What time alone does to an execution: waits end, retries fall due, the execution times out.

use std::collections::BTreeSet;

use super::Execution;
use crate::model::{
    ErrorObject, EventSubject, ExecutionStatus, Operation, OperationId, Seconds, Timestamp,
};
use crate::transitions::{self, Change, Closing};

/// The due times of an execution's operations, and its own.
#[derive(Debug)]
pub(super) struct Timers {
    /// Due time and place of the operation, so that equal times fire in order of creation.
    operations: BTreeSet<(Timestamp, usize)>,
    execution: Timestamp,
}

impl Timers {
    pub(super) fn new(execution: Timestamp) -> Self {
        Self {
            operations: BTreeSet::new(),
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

    /// Follows an operation from its old state to its new one.
    pub(super) fn follow(&mut self, place: usize, old: Option<&Operation>, new: &Operation) {
        if let Some(due) = old.and_then(transitions::due_at) {
            self.operations.remove(&(due, place));
        }
        if let Some(due) = transitions::due_at(new) {
            self.operations.insert((due, place));
        }
    }
}

impl Execution {
    /// Does what is due by now as a call of the function does: what is due at this very time is left to
    /// the host, if the policy says so.
    pub(super) fn fire_due_in_call(&mut self, now: Timestamp) {
        let limit = if self.origin.policy.calls_do_what_is_due {
            now
        } else {
            Timestamp::from_millis(now.as_millis().saturating_sub(1))
        };
        self.fire_until(limit, now);
    }

    /// Does everything that was due by `limit`, seen at the time `now`, in the order of due times. Of
    /// equal times the execution timeout comes first, then operations in the order of their creation.
    pub(crate) fn fire_until(&mut self, limit: Timestamp, now: Timestamp) {
        while !self.is_closed() && self.timers.next_due() <= limit {
            // It happened when it was due, unless history has gone on since.
            let due = self.timers.next_due();
            let at = due.max(self.history.last_time().unwrap_or(due)).min(now);
            match self.timers.operations.first().copied() {
                Some((due, place)) if due < self.timers.execution => self.fire(place, at),
                _ => self.time_out(at),
            }
        }
    }

    /// The operations that are due at a time, in the order of their creation; none if the execution
    /// itself times out by then.
    pub(crate) fn operations_due_at(&self, due: Timestamp) -> Vec<OperationId> {
        if self.is_closed() || self.timers.execution <= due {
            return Vec::new();
        }
        self.timers
            .operations
            .iter()
            .filter(|(time, _)| *time == due)
            .filter_map(|(_, place)| self.operations.get_index(*place))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Lets an operation's time be up, if it is due by now.
    pub(crate) fn fire_operation(&mut self, id: &OperationId, now: Timestamp) {
        let Some((place, _, operation)) = self.operations.get_full(id) else {
            return;
        };
        let Some(due) = transitions::due_at(operation).filter(|due| *due <= now) else {
            return;
        };
        if !self.is_closed() {
            let at = due.max(self.history.last_time().unwrap_or(due)).min(now);
            self.fire(place, at);
        }
    }

    fn fire(&mut self, place: usize, now: Timestamp) {
        let Some((_, operation)) = self.operations.get_index(place) else {
            return;
        };
        let Some(change) = transitions::fire(operation, now) else {
            return;
        };
        self.happen(change, now);
    }

    /// Records a change that the function did not make itself, and wakes it.
    pub(super) fn happen(&mut self, change: Change, now: Timestamp) {
        if let Some(event) = change.event {
            let subject = EventSubject::from(&change.operation);
            self.history.append(now, Some(subject), event);
        }
        self.store(change.operation);
        // During a back-off the change waits for the invocation that is planned already.
        if self.in_flight {
            self.woken = true;
        } else if self.failures == 0 {
            self.wake_at = Some(self.wake_at.map_or(now, |planned| planned.min(now)));
        }
    }

    fn time_out(&mut self, now: Timestamp) {
        self.close(timed_out(self.origin.execution_timeout), now);
    }

    /// Stores an operation, follows its due time, and marks it as not seen by the function.
    pub(super) fn store(&mut self, operation: Operation) {
        let id = operation.id.clone();
        let place = self
            .operations
            .get_index_of(&id)
            .unwrap_or(self.operations.len());
        self.timers
            .follow(place, self.operations.get(&id), &operation);
        self.operations.insert(id.clone(), operation);
        self.unseen.insert(id);
        self.note_change(place);
    }

    /// Stores an operation whose change the function has no part in and need not see.
    pub(super) fn store_quietly(&mut self, operation: Operation) {
        let Some((place, _, stored)) = self.operations.get_full_mut(&operation.id) else {
            return;
        };
        self.timers.follow(place, Some(stored), &operation);
        *stored = operation;
        self.note_change(place);
    }

    fn note_change(&mut self, place: usize) {
        if let Some(saved) = &mut self.saved {
            saved.change(place);
        }
    }
}

/// The end of an execution whose timeout was up.
pub(super) fn timed_out(timeout: Seconds) -> Closing {
    Closing {
        status: ExecutionStatus::TimedOut,
        result: None,
        error: Some(ErrorObject::from_message(format!(
            "Execution timed out after {} seconds.",
            timeout.get()
        ))),
    }
}

//! What waits for virtual time to pass while an invocation is in flight, where none passes by itself.

use std::collections::BTreeMap;

use durable_service::model::{ExecutionArn, RequestId, Timestamp};

/// The identity of what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WaiterId {
    /// The run of a body, by its number.
    Body(u64),
    /// The answer to a checkpoint call, by its number.
    Answer(u64),
}

/// What waits, and the invocation that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Waiter {
    pub(crate) id: WaiterId,
    pub(crate) execution: ExecutionArn,
    pub(crate) request_id: RequestId,
}

/// All that waits, with the time at which each is due.
#[derive(Debug, Default)]
pub(crate) struct Waiters(BTreeMap<WaiterId, Timestamp>);

impl Waiters {
    pub(crate) fn wait(&mut self, id: WaiterId, due: Timestamp) {
        self.0.insert(id, due);
    }

    /// Forgets one that waits no longer.
    pub(crate) fn forget(&mut self, id: WaiterId) {
        self.0.remove(&id);
    }

    pub(crate) fn due(&self, id: WaiterId) -> Option<Timestamp> {
        self.0.get(&id).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no other is due before this one.
    pub(crate) fn is_first(&self, id: WaiterId) -> bool {
        let first = self.0.iter().min_by_key(|(_, due)| **due);
        first.is_some_and(|(first, _)| *first == id)
    }
}

//! The bodies that wait for virtual time to pass, where none passes by itself.

use std::collections::BTreeMap;

use durable_service::model::Timestamp;

/// The bodies that wait for their time to pass.
#[derive(Debug, Default)]
pub(crate) struct SlowBodies {
    /// When each is due, by its number.
    waiting: BTreeMap<u64, Timestamp>,
}

impl SlowBodies {
    pub(crate) fn wait(&mut self, number: u64, due: Timestamp) {
        self.waiting.insert(number, due);
    }

    /// Forgets a body that waits no longer.
    pub(crate) fn forget(&mut self, number: u64) {
        self.waiting.remove(&number);
    }

    pub(crate) fn due(&self, number: u64) -> Option<Timestamp> {
        self.waiting.get(&number).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no other body is due before this one.
    pub(crate) fn is_first(&self, number: u64) -> bool {
        let first = self.waiting.iter().min_by_key(|(_, due)| **due);
        first.is_some_and(|(first, _)| *first == number)
    }
}

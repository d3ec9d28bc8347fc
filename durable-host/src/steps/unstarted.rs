//! Calls whose body never runs, because a replay takes the result from the record.

use std::cell::Cell;

use durable_runtime::OperationEntry;

use crate::coverage::{self, Seen};

/// A call until its body starts. Dropped before, in a replay, it was replayed.
pub(super) struct Unstarted {
    entry: &'static OperationEntry,
    /// Whether the handler is being replayed by an invocation; false unless coverage is kept.
    is_replay: bool,
    /// Whether the invocation is one of a replay of a recording.
    is_pass: bool,
    started: Cell<bool>,
}

impl Unstarted {
    pub(super) fn new(entry: &'static OperationEntry, is_replaying: bool, is_pass: bool) -> Self {
        Self {
            entry,
            is_replay: is_replaying && !is_pass,
            is_pass,
            started: Cell::new(false),
        }
    }

    /// Its body starts.
    pub(super) fn starts(&self) {
        self.started.set(true);
    }

    pub(super) fn is_replay(&self) -> bool {
        self.is_replay
    }

    pub(super) fn is_pass(&self) -> bool {
        self.is_pass
    }
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        if self.is_replay && !self.started.get() {
            coverage::saw(self.entry, Seen::Replayed);
        }
    }
}

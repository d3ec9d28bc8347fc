//! Calls whose body never runs, because a replay takes the result from the record.

use std::cell::Cell;

use durable_runtime::OperationEntry;

use super::Invocation;
use crate::coverage::{self, Seen};

/// A call until its body starts. Dropped before, in a replay, it was replayed, unless a kill dropped it.
pub(super) struct Unstarted {
    entry: &'static OperationEntry,
    /// The invocation that replays the handler, if one does; none unless coverage is kept.
    replay: Option<Invocation>,
    /// Whether the invocation is one of a replay of a recording.
    is_pass: bool,
    started: Cell<bool>,
}

impl Unstarted {
    pub(super) fn new(
        entry: &'static OperationEntry,
        invocation: &Invocation,
        is_replaying: bool,
    ) -> Self {
        let is_replay = is_replaying && !invocation.is_pass;
        Self {
            entry,
            replay: is_replay.then(|| invocation.clone()),
            is_pass: invocation.is_pass,
            started: Cell::new(false),
        }
    }

    /// Its body starts.
    pub(super) fn starts(&self) {
        self.started.set(true);
    }

    pub(super) fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    pub(super) fn is_pass(&self) -> bool {
        self.is_pass
    }
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        let Some(replay) = self.replay.take().filter(|_| !self.started.get()) else {
            return;
        };
        if !replay.was_cut_off() {
            coverage::saw(self.entry, Seen::Replayed);
        }
    }
}

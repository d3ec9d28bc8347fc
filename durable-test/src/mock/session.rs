//! Which runs a record is about: those of the runner, or those of one explored run.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    /// The session that a check of this thread looks at.
    static CURRENT: Cell<Option<Session>> = const { Cell::new(None) };
}

/// The runs that are recorded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    /// The runner's own session.
    runner: u64,
    number: u64,
}

impl Session {
    /// The session of a new runner.
    pub(crate) fn of_runner() -> Self {
        let number = next();
        Self {
            runner: number,
            number,
        }
    }

    /// A session of the same runner, without runs.
    pub(crate) fn afresh(self) -> Self {
        Self {
            number: next(),
            ..self
        }
    }

    /// Has `look`, on this thread, see the records of this session.
    pub(crate) fn within<R>(self, look: impl FnOnce() -> R) -> R {
        let _restored = Restored(CURRENT.replace(Some(self)));
        look()
    }

    /// The session of this runner that this thread looks at.
    pub(super) fn looked_at(self) -> Self {
        CURRENT
            .get()
            .filter(|current| current.runner == self.runner)
            .unwrap_or(self)
    }
}

/// Restores the session before, also after a panic.
struct Restored(Option<Session>);

impl Drop for Restored {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

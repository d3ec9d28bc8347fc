//! Whether the process of an invocation lives, for the bodies that run in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The life of the process that an invocation runs in. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_over: AtomicBool,
    /// Bodies that are being polled at this moment.
    polls: AtomicUsize,
}

impl Life {
    /// Ends it: no body is polled any more. One that another thread polls right now goes on to its next
    /// `.await`.
    pub(super) fn end(&self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }

    /// Lets a body run until it awaits something, unless the process is dead.
    pub(crate) fn run(&self, poll: &mut dyn FnMut()) {
        let _poll = Poll::start(&self.0);
        // Asked after the poll was counted: either the end of the life sees the poll, or the poll sees the end.
        if !self.0.is_over.load(Ordering::SeqCst) {
            poll();
        }
    }

    /// Whether no thread polls a body at this moment.
    pub(crate) fn is_still(&self) -> bool {
        self.0.polls.load(Ordering::SeqCst) == 0
    }
}

/// A poll under way; it is over when this is dropped, by a panic too.
struct Poll<'a>(&'a State);

impl<'a> Poll<'a> {
    fn start(state: &'a State) -> Self {
        state.polls.fetch_add(1, Ordering::SeqCst);
        Self(state)
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        self.0.polls.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_runs_only_while_its_process_lives() {
        let life = Life::default();
        let mut polls = 0;
        life.run(&mut || polls += 1);
        life.end();
        life.run(&mut || polls += 1);
        assert_eq!(polls, 1);
        assert!(life.is_still());
    }

    #[test]
    fn a_poll_under_way_is_seen_and_a_panic_ends_it() {
        let life = Life::default();
        life.run(&mut || assert!(!life.is_still()));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            life.run(&mut || std::panic::resume_unwind(Box::new(())));
        }));
        assert!(panicked.is_err());
        assert!(life.is_still());
    }
}

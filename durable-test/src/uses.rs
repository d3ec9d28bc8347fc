//! What a test did with its runner, for the verdict on a test in which nothing failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// What a runner was used for, and those that were made of it. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether an execution was run, started, explored or replayed.
    ran: AtomicBool,
    /// Whether the test asked for the mode, on which it can depend what it runs.
    asked_mode: AtomicBool,
    /// Messages about started executions that the test left as they were.
    left: Mutex<Vec<String>>,
}

impl Uses {
    pub(crate) fn run(&self) {
        self.0.ran.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_run(&self) -> bool {
        self.0.ran.load(Ordering::Relaxed)
    }

    pub(crate) fn ask_mode(&self) {
        self.0.asked_mode.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_asked_mode(&self) -> bool {
        self.0.asked_mode.load(Ordering::Relaxed)
    }

    /// Records an execution that was started and left.
    pub(crate) fn leave(&self, message: String) {
        self.0.left.lock().push(message);
    }

    /// The messages about executions that were started and left; each is returned once.
    pub(crate) fn take_left(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.left.lock())
    }
}

/// A runner that no `#[durable_test]` made reports what was left when it goes out of use. It cannot see whether the test
/// returns an error.
impl Drop for State {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let left = std::mem::take(self.left.get_mut());
        assert!(
            left.is_empty(),
            "{}\nIf the test returned an error, it is not shown, for this panic came in between; `#[durable_test]` would \
             show it instead",
            left.join("\n")
        );
    }
}

//! A line on the terminal that shows how far an exploration is.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

/// How long an exploration runs before its line appears, and the time between two changes of it.
const PAUSE: Duration = Duration::from_millis(200);

/// Shows the progress, if standard error is a terminal; the line vanishes when this is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    what: String,
    /// None if nothing is shown.
    next: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(what: String) -> Self {
        Self {
            what,
            next: stderr().is_terminal().then(|| Instant::now() + PAUSE),
            is_shown: false,
        }
    }

    /// Shows that so many runs are done, of so many if that is known.
    pub(super) fn show(&mut self, done: usize, of: Option<usize>) {
        if self.next.is_none_or(|next| Instant::now() < next) {
            return;
        }
        self.next = Some(Instant::now() + PAUSE);
        self.is_shown = true;
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        // Past libtest's capture, which would keep the line for the failure.
        let _ = write!(stderr(), "\r\x1b[K{}: {done}{of} runs", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

//! Limit on the callers that wait for synchronous invokes.
//!
//! Each holds a connection for up to 15 minutes, and the functions that they wait for need connections, too.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Refusal;

/// Slots for waiting callers.
#[derive(Debug)]
pub(super) struct Waiting {
    max_callers: usize,
    free: Semaphore,
}

impl Waiting {
    /// As many slots as `max_callers`.
    pub(super) fn new(max_callers: usize) -> Self {
        let free = Semaphore::new(max_callers);
        Self { max_callers, free }
    }

    /// Takes a slot until the permit is dropped, or returns a refusal if none is free (docs/service.md, 1.3).
    pub(super) fn slot(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let full = |_| Refusal::TooManyWaiting {
            max_callers: self.max_callers,
        };
        self.free.try_acquire().map_err(full)
    }
}

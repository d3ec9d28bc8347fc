//! Limit on the callers that wait for the end of an invoke.
//!
//! Each holds a connection meanwhile, for up to a quarter of an hour, and the functions that they wait for
//! need connections, too.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Refusal;

/// Slots of the callers that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    max_callers: usize,
    free: Semaphore,
}

impl Waiting {
    /// As many slots as callers may wait.
    pub(super) fn new(max_callers: usize) -> Self {
        let free = Semaphore::new(max_callers);
        Self { max_callers, free }
    }

    /// Takes a slot until the permit is dropped, or returns a refusal if none is free (docs/service.md, 1.3).
    pub(super) fn slot(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let full = |_| Refusal::TooManyWait {
            max_callers: self.max_callers,
        };
        self.free.try_acquire().map_err(full)
    }
}

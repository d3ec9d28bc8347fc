//! Places of the callers who wait for the end of an invoke.
//!
//! Each holds a connection meanwhile, for a quarter of an hour perhaps. Functions need connections, too, to
//! get to the end that is waited for.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Refusal;

/// Places of the callers who wait.
#[derive(Debug)]
pub(super) struct Waiting {
    most: usize,
    free: Semaphore,
}

impl Waiting {
    /// So many places.
    pub(super) fn new(most: usize) -> Self {
        let free = Semaphore::new(most);
        Self { most, free }
    }

    /// A place until what this gives is dropped, or a refusal if there is none (docs/service.md, 1.3).
    pub(super) fn place(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let full = |_| Refusal::TooManyWait { most: self.most };
        self.free.try_acquire().map_err(full)
    }
}

//! Limit on the callers that wait for synchronous invokes.
//!
//! Each holds a connection for up to 15 minutes, and the functions that they wait for need connections, too.
//! A caller that has closed its side may still read its answer, or be gone. It waits on as long as there is
//! room for others.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::answer::Refusal;
use crate::http::Client;

/// Slots for waiting callers.
#[derive(Debug)]
pub(super) struct Waiting {
    max_callers: usize,
    callers: Mutex<Callers>,
}

#[derive(Debug, Default)]
struct Callers {
    /// How many wait.
    waiting: usize,
    /// Those of them that may be gone, the longest one first. A message ends the wait.
    closed: VecDeque<oneshot::Sender<()>>,
}

/// A slot; it is free again once dropped.
#[derive(Debug)]
pub(super) struct WaitSlot<'a>(&'a Waiting);

impl Waiting {
    /// As many slots as `max_callers`.
    pub(super) fn new(max_callers: usize) -> Self {
        Self {
            max_callers,
            callers: Mutex::default(),
        }
    }

    /// Takes a slot, if need be that of a caller that may be gone, or returns a refusal if none is free
    /// (docs/service.md, 1.3).
    pub(super) fn slot(&self) -> Result<WaitSlot<'_>, Refusal> {
        let mut callers = self.callers.lock();
        while callers.waiting >= self.max_callers {
            let Some(closed) = callers.closed.pop_front() else {
                return Err(self.full());
            };
            // One whose answer has come meanwhile gives its slot back itself.
            if closed.send(()).is_ok() {
                break;
            }
        }
        callers.waiting += 1;
        Ok(WaitSlot(self))
    }

    fn full(&self) -> Refusal {
        Refusal::TooManyWaiting {
            max_callers: self.max_callers,
        }
    }
}

impl WaitSlot<'_> {
    /// Waits until the slot is needed for another caller, because this one may be gone.
    pub(super) async fn is_needed(&self, client: Option<&Client>) -> Refusal {
        let Some(client) = client else {
            return std::future::pending().await;
        };
        client.closed().await;
        let (needed, is_needed) = oneshot::channel();
        self.0.callers.lock().closed.push_back(needed);
        // The sender stays in the list until it sends.
        let _ = is_needed.await;
        self.0.full()
    }
}

impl Drop for WaitSlot<'_> {
    fn drop(&mut self) {
        let mut callers = self.0.callers.lock();
        callers.waiting = callers.waiting.saturating_sub(1);
        callers.closed.retain(|it| !it.is_closed());
    }
}

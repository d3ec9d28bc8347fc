//! Who wakes a handler that waits, where the runtime says when its thread has nothing to run.

use std::backtrace::Backtrace;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use parking_lot::Mutex;

use crate::quiescence::{AtPark, Method, watch_parks};
use crate::world::{SharedWorld, WeakWorld, WokenBy};

/// Watches who wakes the handler of an invocation.
#[derive(Debug)]
pub(crate) struct Vigil(Arc<State>);

#[derive(Debug)]
struct State {
    world: WeakWorld,
    /// The thread that polls the handler.
    thread: ThreadId,
    /// Whether the handler is pending on something outside.
    waits: AtomicBool,
    woken_by: Mutex<Option<WokenBy>>,
    /// Who polls.
    waker: Mutex<Waker>,
}

impl Vigil {
    /// None where it cannot be told when nothing is runnable. To be called on the thread that polls.
    pub(crate) fn start(world: &SharedWorld) -> Option<Self> {
        if Method::here() != Method::Asked {
            return None;
        }
        let state = Arc::new(State {
            world: world.downgrade(),
            thread: thread::current().id(),
            waits: AtomicBool::new(false),
            woken_by: Mutex::default(),
            waker: Mutex::new(Waker::noop().clone()),
        });
        let at_park: Arc<dyn AtPark> = state.clone();
        watch_parks(Arc::downgrade(&at_park));
        Some(Self(state))
    }

    /// Polls the handler.
    pub(crate) fn poll<T>(
        &self,
        world: &SharedWorld,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.0.waker.lock().clone_from(cx.waker());
        let (waited, woken_by) = {
            let mut woken_by = self.0.woken_by.lock();
            (self.0.waits.swap(false, Ordering::SeqCst), woken_by.take())
        };
        if let Some(by) = woken_by {
            world.lock().woken_from_outside(by);
        }
        let waker = Waker::from(Arc::clone(&self.0));
        let polled = poll(&mut Context::from_waker(&waker));
        // What is polled beside the handler was woken; the handler waits on.
        if waited && polled.is_pending() {
            self.0.waits.store(true, Ordering::SeqCst);
        }
        polled
    }
}

impl AtPark for State {
    fn parks(&self) {
        let Some(world) = self.world.upgrade() else {
            return;
        };
        // Another thread may look at the world; then it is not at rest.
        let waits = world
            .try_lock()
            .is_some_and(|mut world| world.comes_to_rest());
        self.waits.store(waits, Ordering::SeqCst);
    }
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        {
            let mut woken_by = self.woken_by.lock();
            if self.waits.swap(false, Ordering::SeqCst) {
                *woken_by = Some(self.who());
            }
        }
        let waker = self.waker.lock().clone();
        waker.wake();
    }
}

impl State {
    /// Who wakes it, by the names of the functions that do.
    fn who(&self) -> WokenBy {
        if thread::current().id() != self.thread {
            return WokenBy::Thread;
        }
        let callers = Backtrace::force_capture().to_string();
        if callers.contains("tokio::runtime::time") {
            WokenBy::Timer
        } else if callers.contains("tokio::runtime::io") {
            WokenBy::Io
        } else {
            WokenBy::Unseen
        }
    }
}

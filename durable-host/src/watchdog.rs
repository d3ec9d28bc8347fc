//! The watchdog against endless runs, in real time.
//!
//! tokio's timers cannot serve here: under a paused clock they fire as soon as the runtime idles.
//! A thread of our own waits instead, and wakes the run when its time is up.

use std::future::poll_fn;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

/// How long a run that is over its time may block its thread before the process is ended.
const GRACE: Duration = Duration::from_secs(5);

/// A limit of real time for a run; dropping it lifts the limit.
#[derive(Debug)]
pub(super) struct Watchdog {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    expired: bool,
    /// The run noticed that its time is up, or ended.
    settled: bool,
    waker: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Waits until the run has settled; false if the time was up first.
    fn wait(&self, time: Duration) -> bool {
        let mut state = self.lock();
        self.changed
            .wait_while_for(&mut state, |state| !state.settled, time);
        state.settled
    }

    fn settle(&self) {
        self.lock().settled = true;
        self.changed.notify_all();
    }
}

impl Watchdog {
    /// Starts the limit. `what` names the run in the message that ends a process whose thread is
    /// blocked for good.
    pub(super) fn start(timeout: Duration, what: String) -> Self {
        let shared = Arc::new(Shared::default());
        let watched = Arc::clone(&shared);
        let watch = move || {
            if watched.wait(timeout) {
                return;
            }
            let waker = {
                let mut state = watched.lock();
                state.expired = true;
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
            if !watched.wait(GRACE) {
                end_process(timeout, &what);
            }
        };
        // Without its thread the run is merely unguarded, which is no reason to fail it.
        drop(
            thread::Builder::new()
                .name("durable-watchdog".to_owned())
                .spawn(watch),
        );
        Self { shared }
    }

    /// Runs a future under the limit; none if the time was up first.
    pub(super) async fn limit<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if self.is_expired(cx) {
                Poll::Ready(None)
            } else {
                future.as_mut().poll(cx).map(Some)
            }
        })
        .await
    }

    /// Whether the time is up, for a loop that awaits nothing.
    pub(super) fn is_over(&self) -> bool {
        let expired = self.shared.lock().expired;
        if expired {
            self.shared.settle();
        }
        expired
    }

    /// Whether the time is up; if not, the task is woken when it is.
    fn is_expired(&self, cx: &Context<'_>) -> bool {
        let expired = {
            let mut state = self.shared.lock();
            if !state.expired {
                state.waker = Some(cx.waker().clone());
            }
            state.expired
        };
        if expired {
            self.shared.settle();
        }
        expired
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.settle();
    }
}

/// Ends a process in which a handler holds its thread: nothing else can interrupt it.
fn end_process(timeout: Duration, what: &str) {
    // libtest holds back what `eprintln!` prints, and loses it when the process ends.
    let _ = writeln!(
        std::io::stderr(),
        "\ndurable-runtime: {what} has blocked its thread since its timeout of {timeout:?} was up. \
         Look for a blocking call or an endless loop without `.await` in the handler. A blocked \
         thread cannot be interrupted, so the test process ends here."
    );
    std::process::exit(101);
}

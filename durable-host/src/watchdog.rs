//! The watchdog against endless runs, in real time.
//!
//! tokio's timers cannot serve here: under a paused clock they fire as soon as the runtime idles.
//! A thread of our own waits instead, one for all runs of the process, and wakes a run when its time is up.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// How long a run that is over its time may block its thread before the process is ended.
const GRACE: Duration = Duration::from_secs(5);

/// A limit of real time for a run; dropping it lifts the limit.
#[derive(Debug)]
pub(super) struct Watchdog {
    run: Arc<Run>,
    number: u64,
}

/// A run under a limit.
#[derive(Debug)]
struct Run {
    timeout: Duration,
    /// What it is, in the message that ends a process.
    what: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the watching thread looks at it; none if it need not any more.
    due: Option<Instant>,
    expired: bool,
    waker: Option<Waker>,
}

/// The runs under limits.
struct Watched {
    /// By the time at which to look at them.
    runs: BTreeMap<(Instant, u64), Arc<Run>>,
    /// Limits so far.
    count: u64,
    thread: Watching,
}

/// What the watching thread does.
#[derive(Clone, Copy)]
enum Watching {
    NotStarted,
    /// It waits, until that time if there is one.
    Until(Option<Instant>),
}

static WATCHED: Mutex<Watched> = Mutex::new(Watched {
    runs: BTreeMap::new(),
    count: 0,
    thread: Watching::NotStarted,
});

/// Notified when a run is to be looked at before the watching thread would.
static EARLIER: Condvar = Condvar::new();

impl Watchdog {
    /// Starts the limit. `what` names the run in the message that ends a process whose thread is
    /// blocked for good.
    pub(super) fn start(timeout: Duration, what: String) -> Self {
        // A time beyond what the clock can say is no limit.
        let due = Instant::now().checked_add(timeout);
        let state = Mutex::new(State {
            due,
            ..State::default()
        });
        let run = Arc::new(Run {
            timeout,
            what,
            state,
        });
        let mut watched = WATCHED.lock();
        watched.count += 1;
        let number = watched.count;
        if let Some(due) = due {
            watched.runs.insert((due, number), Arc::clone(&run));
            watched.look_by(due);
        }
        Self { run, number }
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
        let expired = self.run.state.lock().expired;
        if expired {
            self.settle();
        }
        expired
    }

    /// Whether the time is up; if not, the task is woken when it is.
    fn is_expired(&self, cx: &Context<'_>) -> bool {
        let expired = {
            let mut state = self.run.state.lock();
            if !state.expired {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
            }
            state.expired
        };
        if expired {
            self.settle();
        }
        expired
    }

    /// The run noticed that its time is up, or ended.
    fn settle(&self) {
        let mut watched = WATCHED.lock();
        let due = self.run.state.lock().due.take();
        if let Some(due) = due {
            watched.runs.remove(&(due, self.number));
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.settle();
    }
}

impl Watched {
    /// Has the watching thread look at the runs at that time at the latest.
    fn look_by(&mut self, due: Instant) {
        match self.thread {
            Watching::Until(Some(time)) if time <= due => {}
            Watching::Until(_) => {
                self.thread = Watching::Until(Some(due));
                EARLIER.notify_one();
            }
            Watching::NotStarted => {
                let named = thread::Builder::new().name("durable-watchdog".to_owned());
                // Without its thread the run is merely unguarded, which is no reason to fail it.
                if named.spawn(watch).is_ok() {
                    self.thread = Watching::Until(Some(due));
                }
            }
        }
    }

    /// Ends the time of the first run, if it is up, and returns what wakes that run; ends the process if the
    /// run did not notice.
    fn expire_first(&mut self, now: Instant) -> Option<Waker> {
        let first = self
            .runs
            .first_entry()
            .filter(|first| first.key().0 <= now)?;
        let ((_, number), run) = first.remove_entry();
        let mut state = run.state.lock();
        if state.expired {
            end_process(run.timeout, &run.what);
        }
        state.expired = true;
        let grace = now + GRACE;
        state.due = Some(grace);
        let waker = state.waker.take();
        drop(state);
        self.runs.insert((grace, number), run);
        // A run that was not polled yet waits for nothing.
        Some(waker.unwrap_or_else(|| Waker::noop().clone()))
    }
}

/// What the watching thread does, until the process ends.
fn watch() {
    let mut watched = WATCHED.lock();
    loop {
        while let Some(waker) = watched.expire_first(Instant::now()) {
            // Waking runs code of others.
            MutexGuard::unlocked(&mut watched, || waker.wake());
        }
        let next = watched.runs.first_key_value().map(|((due, _), _)| *due);
        watched.thread = Watching::Until(next);
        match next {
            Some(due) => {
                EARLIER.wait_until(&mut watched, due);
            }
            None => EARLIER.wait(&mut watched),
        }
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn each_run_has_its_own_limit() {
        let long = Watchdog::start(Duration::from_hours(1), "a long run".to_owned());
        let short = Watchdog::start(Duration::ZERO, "a short run".to_owned());
        let endless = Watchdog::start(Duration::MAX, "an endless run".to_owned());
        assert_eq!(block_on(short.limit(pending::<()>())), None);
        assert!(short.is_over());
        assert!(!long.is_over());
        assert!(!endless.is_over());
        assert_eq!(block_on(long.limit(async { 1 })), Some(1));
    }

    #[test]
    fn nothing_is_left_of_a_run_that_ended() {
        let run = Watchdog::start(Duration::from_hours(1), "a run".to_owned());
        let number = run.number;
        let is_watched = || WATCHED.lock().runs.keys().any(|(_, run)| *run == number);
        assert!(is_watched());
        drop(run);
        assert!(!is_watched());
    }
}

//! When nothing else goes on in an invocation.
//!
//! Where the harness owns a current-thread runtime, tokio is asked: the runtime calls
//! [`notify_idle`] just before it parks its thread, which is when nothing is runnable. A
//! foreign runtime cannot be asked, and on several threads nothing runnable here says
//! nothing about the other threads; there quiescence is guessed, by rounds in which nothing happened.
//!
//! ```
//! use std::time::Duration;
//!
//! use durable_host::quiescence::{OwnedRuntime, notify_idle};
//! use durable_host::{DriveLimits, HostSettings, LocalHost};
//! # use durable_runtime::IntoService as _;
//! # use durable_runtime::prelude::*;
//! # use durable_service::StartRequest;
//! use tokio::runtime::Builder;
//!
//! # async fn sleeper(_: (), ctx: DurableContext) -> Result<(), BoxError> {
//! #     ctx.wait(Duration::from_hours(24)).await?;
//! #     Ok(())
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = LocalHost::new(HostSettings::default());
//! host.register("sleeper", |options| sleeper.into_service(options))?;
//! let arn = host.start(StartRequest::new("sleeper", "null"))?;
//!
//! let runtime = Builder::new_current_thread().on_thread_park(notify_idle).enable_all().build()?;
//! let owned = OwnedRuntime::enter();
//! let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
//! runtime.block_on(host.run_until_closed(&arn, limits))?;
//! drop(owned);
//!
//! assert_eq!(host.invocations(), 2);
//! # Ok(())
//! # }
//! ```

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

/// How often each waiter must have been polled in vain, on one thread that cannot be asked: by then every
/// task that could run has run, up to where it waits for one of them.
const ROUNDS: usize = 12;

/// How many turns other tasks get, on a thread that cannot be asked.
const SETTLE_ROUNDS: usize = 32;

/// How long nothing must have happened, in real time, where several threads run tasks.
const QUIET_TIME: Duration = Duration::from_millis(10);

/// What this thread's runtime said about being idle.
#[derive(Debug, Default)]
struct Idleness {
    /// Guards under way: the runtime that this thread drives calls [`notify_idle`].
    owners: usize,
    /// Whether this thread is the only worker of a runtime, and that calls [`notify_idle`].
    is_sole_worker: bool,
    /// How often the thread was about to park.
    parks: u64,
    /// Whom to wake then.
    waiters: Vec<Waker>,
    /// Who is told then.
    watchers: Vec<Weak<dyn AtPark>>,
}

/// Is told when nothing is runnable on a thread that is asked.
pub(crate) trait AtPark: std::fmt::Debug + Send + Sync {
    /// The thread is about to park.
    fn parks(&self);
}

thread_local! {
    static IDLENESS: RefCell<Idleness> = RefCell::default();
}

/// Wakes those who wait until nothing is runnable. For
/// [`Builder::on_thread_park`](tokio::runtime::Builder::on_thread_park) of a current-thread runtime
/// that runs under an [`OwnedRuntime`].
///
/// The [module](self) has an example.
pub fn notify_idle() {
    let (watchers, waiters) = IDLENESS.with_borrow_mut(|idleness| {
        idleness.parks += 1;
        let watchers: Vec<_> = idleness.watchers.iter().filter_map(Weak::upgrade).collect();
        (watchers, std::mem::take(&mut idleness.waiters))
    });
    let tell = |watcher: Arc<dyn AtPark>| watcher.parks();
    watchers.into_iter().for_each(tell);
    waiters.into_iter().for_each(Waker::wake);
}

/// Has it told when this thread is about to park, as long as it lives.
pub(crate) fn watch_parks(watcher: Weak<dyn AtPark>) {
    IDLENESS.with_borrow_mut(|idleness| {
        // A thread that is never idle must not collect those that are gone.
        idleness.watchers.retain(|known| known.strong_count() > 0);
        idleness.watchers.push(watcher);
    });
}

/// As long as it lives, the current-thread runtime that this thread drives calls [`notify_idle`].
///
/// The [module](self) has an example.
#[derive(Debug)]
pub struct OwnedRuntime(std::marker::PhantomData<*const ()>);

impl OwnedRuntime {
    /// Says so, from now on.
    #[must_use]
    pub fn enter() -> Self {
        IDLENESS.with_borrow_mut(|idleness| idleness.owners += 1);
        Self(std::marker::PhantomData)
    }
}

impl Drop for OwnedRuntime {
    fn drop(&mut self) {
        IDLENESS.with_borrow_mut(|idleness| idleness.owners -= 1);
    }
}

/// Says that this thread is the only worker of a runtime that calls [`notify_idle`].
pub(crate) fn own_worker() {
    IDLENESS.with_borrow_mut(|idleness| idleness.is_sole_worker = true);
}

/// How quiescence is found out here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// The runtime says so.
    Asked,
    /// Rounds of this one thread are counted.
    Counted,
    /// Several threads run tasks; only time shows.
    Timed,
}

impl Method {
    /// The method of the runtime that the caller runs in.
    pub(crate) fn here() -> Self {
        let is_on_one_thread = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread);
        if IDLENESS.with_borrow(|idleness| idleness.is_sole_worker) {
            Self::Asked
        } else if !is_on_one_thread {
            Self::Timed
        } else if IDLENESS.with_borrow(|idleness| idleness.owners > 0) {
            Self::Asked
        } else {
            Self::Counted
        }
    }

    /// Waits for a sign of quiescence; returns whether it is a certain one, if nothing happened meanwhile.
    pub(crate) async fn wait(self) -> bool {
        match self {
            Self::Asked => idle().await,
            Self::Counted => tokio::task::yield_now().await,
            Self::Timed => tokio::time::sleep(QUIET_TIME).await,
        }
        self == Self::Asked
    }

    /// As [`wait`](Self::wait), but a change ends it early.
    pub(crate) async fn wait_or(self, change: impl Future<Output = ()>) -> bool {
        match self {
            Self::Timed => tokio::time::timeout(QUIET_TIME, change).await.is_err(),
            Self::Asked | Self::Counted => self.wait().await,
        }
    }
}

/// What happened, counted, and how often waiters have looked since in vain.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    events: u64,
    looks: usize,
}

/// A look at [`Activity`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Activity {
    /// Notes that something happened.
    pub(crate) fn note(&mut self) {
        self.events += 1;
        self.looks = 0;
    }

    /// The present moment.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.events)
    }

    /// Whether nothing goes on: nothing happened since a moment at which a certain sign was awaited, or
    /// each of so many waiters has looked often enough. Each call counts as a look.
    pub(crate) fn is_quiet(&mut self, quiet_since: Option<Moment>, waiters: usize) -> bool {
        self.looks += 1;
        quiet_since == Some(self.moment()) || self.looks > ROUNDS * waiters
    }
}

/// Waits for the other tasks of the runtime: until none can run or, where that cannot be asked, for some
/// rounds or a while.
pub(crate) async fn settle() {
    match Method::here() {
        Method::Asked => idle().await,
        Method::Counted => {
            for _ in 0..SETTLE_ROUNDS {
                tokio::task::yield_now().await;
            }
        }
        Method::Timed => tokio::time::sleep(QUIET_TIME).await,
    }
}

/// The tasks that an invocation may leave behind in its runtime.
#[derive(Debug)]
pub(crate) struct Leftovers {
    /// Tasks of the runtime before the invocation.
    before: usize,
}

impl Leftovers {
    /// Taken before the invocation.
    pub(crate) fn before() -> Self {
        Self {
            before: alive_tasks(),
        }
    }

    /// Waits until the tasks that were spawned since come to rest, as far as that shows (see [`Method`]),
    /// and until the condition holds.
    pub(crate) async fn rest(&self, is_still: impl Fn() -> bool) {
        if alive_tasks() > self.before {
            settle().await;
        }
        while !is_still() {
            tokio::task::yield_now().await;
        }
    }
}

/// Tasks of the runtime that have not ended.
pub(crate) fn alive_tasks() -> usize {
    Handle::try_current().map_or(0, |runtime| runtime.metrics().num_alive_tasks())
}

/// Waits until nothing is runnable in the runtime of this thread.
async fn idle() {
    let start = IDLENESS.with_borrow(|idleness| idleness.parks);
    poll_fn(|cx| {
        IDLENESS.with_borrow_mut(|idleness| {
            if idleness.parks > start {
                return Poll::Ready(());
            }
            idleness.waiters.push(cx.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn owned<T>(future: impl Future<Output = T>) -> T {
        let _owned = OwnedRuntime::enter();
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .on_thread_park(notify_idle)
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_runtime_that_is_owned_says_when_nothing_is_runnable() {
        static TURNS: AtomicUsize = AtomicUsize::new(0);
        let turns = owned(async {
            tokio::spawn(async {
                for _ in 0..1_000 {
                    tokio::task::yield_now().await;
                    TURNS.fetch_add(1, Ordering::Relaxed);
                }
            });
            assert!(Method::here().wait().await);
            TURNS.load(Ordering::Relaxed)
        });
        assert_eq!(turns, 1_000);
    }

    #[test]
    fn a_foreign_runtime_is_guessed_at() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let method = runtime.unwrap().block_on(async { Method::here() });
        assert_eq!(method, Method::Counted);
        assert_eq!(owned(async { Method::here() }), Method::Asked);
    }

    #[test]
    fn an_event_after_the_question_makes_the_sign_stale() {
        let mut activity = Activity::default();
        let before = activity.moment();
        activity.note();
        assert!(!activity.is_quiet(Some(before), 1));
        let now = activity.moment();
        assert!(activity.is_quiet(Some(now), 1));
    }
}

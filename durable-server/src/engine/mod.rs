//! The engine: the service behind a lock, its clock, and the processes that run its functions.
//!
//! Nothing is read or written under the lock. Every call fires what is due, acts, hands what changed to
//! the store, leaves the lock, and waits for the store before it reports what it did or saw.

mod clock;
mod drive;
mod plain;
mod world;

use std::sync::Arc;
use std::time::Duration;

use durable_service::model::{InvocationContext, Timestamp};
use durable_service::storage::{RestoreError, Stored};
use durable_service::{Service, ServiceSettings};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::task::JoinSet;

pub(crate) use plain::{PlainCall, PlainResult};
pub(crate) use world::{Ended, World};

use crate::process::Fleet;
use crate::settings::TimeMode;
use crate::store::{Store, StoreError};
use clock::Clock;

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    world: Mutex<World>,
    store: Store,
    fleet: Fleet,
    time: TimeMode,
    region: String,
    account: String,
    /// Wakes the driver: something changed.
    changed: Notify,
    /// Invocations in flight.
    tasks: Mutex<JoinSet<()>>,
}

/// Something that the engine does, until it is dropped. While there is any, time is not skipped.
#[derive(Debug)]
pub(crate) struct ActivityGuard {
    engine: Arc<Engine>,
    activity: Activity,
}

/// What the engine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Something that may change executions.
    Acting,
    /// Something that looks only: a client that polls an execution must not hold up its time for ever.
    Reading,
}

impl Drop for ActivityGuard {
    fn drop(&mut self) {
        self.engine.lock().end_work(self.activity);
        self.engine.changed.notify_one();
    }
}

impl Engine {
    /// An engine of a fleet's functions, which goes on where a stored service was. Invocations that were
    /// in flight then are lost, and their functions are invoked again.
    ///
    /// # Errors
    ///
    /// If what is stored is no service.
    pub(crate) fn new(
        mut settings: ServiceSettings,
        (store, stored): (Store, Option<Stored>),
        fleet: Fleet,
        time: TimeMode,
    ) -> Result<Arc<Self>, RestoreError> {
        let (region, account) = (settings.region.clone(), settings.account.clone());
        if matches!(time, TimeMode::Skip { .. }) {
            // The wait of one execution must not make the server forget another that just ended.
            settings.policy.retention = None;
        }
        let mut service = match stored {
            Some(stored) => Service::restore(settings, stored)?,
            None => Service::new(settings),
        };
        for function in fleet.functions() {
            let config = function.config();
            service.register_function(&config.name, config.settings());
        }
        let earliest = service.latest_time().unwrap_or(Timestamp::from_millis(0));
        let mut clock = match time {
            TimeMode::Real => Clock::real(earliest),
            TimeMode::Skip { .. } => Clock::frozen_at(earliest),
        };
        service.interrupt(clock.now());
        Ok(Arc::new(Self {
            world: Mutex::new(World::new(service, clock)),
            store,
            fleet,
            time,
            region,
            account,
            changed: Notify::new(),
            tasks: Mutex::default(),
        }))
    }

    /// The processes.
    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The AWS Region that it pretends to be in.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// ARN of a function, or of a version of it.
    pub(crate) fn arn(&self, function: &str, version: Option<&str>) -> String {
        let Self {
            region, account, ..
        } = self;
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{function}");
        match version {
            Some(version) => format!("{arn}:{version}"),
            None => arn,
        }
    }

    /// Starts an activity, which ends when the guard is dropped.
    pub(crate) fn start(self: &Arc<Self>, activity: Activity) -> ActivityGuard {
        self.lock().begin_work();
        self.guard(activity)
    }

    /// Guards an activity that was started under the lock.
    fn guard(self: &Arc<Self>, activity: Activity) -> ActivityGuard {
        ActivityGuard {
            engine: Arc::clone(self),
            activity,
        }
    }

    /// Acts on the service, and waits until all that it did or saw is stored.
    ///
    /// # Errors
    ///
    /// If the store fails; then nothing may be reported of what was done, and all waiters are dropped: the
    /// end of their executions could not be reported.
    pub(crate) async fn call<T>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> T,
    ) -> Result<T, StoreError> {
        let (answer, written) = {
            let mut world = self.lock();
            let now = world.catch_up();
            let answer = act(&mut world, now);
            world.notify_waiters();
            (answer, self.store.write(world.service.take_changes()))
        };
        self.changed.notify_one();
        let written = written.await;
        if written.is_err() {
            self.cancel_waiters();
        }
        written.map(|()| answer)
    }

    /// Waits until all that was done so far is stored.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(crate) async fn settled(&self) -> Result<(), StoreError> {
        self.call(|_, _| ()).await
    }

    /// Drops all waiters.
    pub(crate) fn cancel_waiters(&self) {
        self.lock().cancel_waiters();
    }

    /// Waits for what is in flight to end, and ends all processes. The fleet must have been told to
    /// stop, and no call may come any more.
    pub(crate) async fn finish(&self) {
        loop {
            let mut tasks = std::mem::take(&mut *self.tasks());
            if tasks.is_empty() {
                break;
            }
            while tasks.join_next().await.is_some() {}
        }
        self.fleet.end_idle().await;
        self.fleet.flush_log().await;
    }

    /// Runs a task apart from its caller.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // The service is changed by complete calls only, so a panic elsewhere leaves it whole.
        self.world.lock()
    }
}

/// The context of an invocation, which starts a new trace unless it belongs to one.
fn traced(mut context: InvocationContext) -> InvocationContext {
    context.trace_header.get_or_insert_with(trace_id);
    context
}

/// A trace id as Lambda makes them up.
fn trace_id() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    let (time, rest) = random.split_at(8);
    format!("Root=1-{time}-{rest};Sampled=0")
}

/// The longest that a synchronous call waits for an execution.
pub(crate) const MAX_WAIT: Duration = Duration::from_mins(15);

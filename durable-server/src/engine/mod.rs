//! The engine: the service behind a lock, its clock, and the processes that run its functions.
//!
//! No I/O happens under the lock. Every call fires what is due, acts, queues the changes in the store,
//! releases the lock, and waits for the store before it returns; a call that only reads one execution fires what is
//! due of that one, and waits for its changes. Of much that is due at once a call fires a part,
//! and the driver the rest, part by part, so that no call waits for all of it.

mod accepted;
mod by_hand;
mod changed_code;
mod clock;
mod drive;
#[cfg(test)]
mod fixture;
mod plain;
mod replay_check;
mod skipper;
mod time_control;
mod world;

use std::sync::Arc;
use std::time::Duration;

use durable_service::model::{ExecutionArn, InvocationContext, Timestamp};
use durable_service::storage::{RestoreError, Stored};
use durable_service::{Execution, Service, ServiceSettings};
use indexmap::IndexMap;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub(crate) use plain::{PlainCall, PlainResult};
pub(crate) use time_control::Move;
pub(crate) use world::{Ended, World};

use crate::process::Fleet;
use crate::settings::TimeMode;
use crate::store::{Store, StoreError, Written};
use clock::Clock;
use skipper::Skipper;

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    world: Mutex<World>,
    store: Store,
    fleet: Fleet,
    region: String,
    account: String,
    /// Wakes the driver: something changed.
    changed: Notify,
    /// The number of changes of executions so far, for those who watch them.
    changes: watch::Sender<u64>,
    /// Invocations in flight.
    tasks: Mutex<JoinSet<()>>,
    /// Held by a replay of executions.
    replays: tokio::sync::Mutex<()>,
}

impl Engine {
    /// An engine of a fleet's functions that resumes the stored service. Invocations that were in flight
    /// are lost, and their functions are invoked again.
    ///
    /// # Errors
    ///
    /// If the stored service cannot be restored.
    pub(crate) fn new(
        settings: ServiceSettings,
        (store, stored): (Store, Option<Stored>),
        fleet: Fleet,
        time: TimeMode,
    ) -> Result<Arc<Self>, RestoreError> {
        let (region, account) = (settings.region.clone(), settings.account.clone());
        let mut service = match stored {
            Some(stored) => Service::restore(settings, stored)?,
            None => Service::new(settings),
        };
        for function in fleet.functions() {
            let config = function.config();
            service.register_function(&config.name, config.settings());
            service.set_tenancy(&config.name, config.tenancy);
            service.set_published(&config.name, config.published());
            for other in &config.other_names {
                service.register_name(other, &config.name);
            }
        }
        let mut clock = match time {
            TimeMode::Real | TimeMode::Skip { .. } => Clock::real(),
            TimeMode::Virtual { .. } | TimeMode::Manual => Clock::frozen(),
        };
        let now = clock.now();
        service.continue_at(now);
        service.interrupt(now);
        service.track_ends();
        for line in orphans(&service) {
            fleet.note(&line);
        }
        let skipper = Skipper::of(time);
        if skipper.is_some() {
            service.track_families();
        }
        Ok(Arc::new(Self {
            world: Mutex::new(World::new(
                service,
                clock,
                skipper,
                time == TimeMode::Manual,
            )),
            store,
            fleet,
            region,
            account,
            changed: Notify::new(),
            changes: watch::Sender::default(),
            tasks: Mutex::default(),
            replays: tokio::sync::Mutex::default(),
        }))
    }

    /// Writes a line to the server's log.
    pub(crate) fn note(&self, line: &str) {
        self.fleet.note(line);
    }

    /// The processes.
    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The AWS Region that the server pretends to be in.
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

    /// Acts on the service, and waits until every change up to now is stored.
    ///
    /// # Errors
    ///
    /// If the store fails. The caller must not report the result then, and all waiters are dropped. While the store is
    /// known to fail, nothing is done: a client that calls again and again would have it done as often.
    pub(crate) async fn call<T>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> T,
    ) -> Result<T, StoreError> {
        if let Some(failure) = self.store.failure() {
            self.cancel_waiters();
            return Err(failure);
        }
        self.call_anyway(act).await
    }

    /// Like [`call`](Self::call), for what has happened and is reported only once: it is done even while the store
    /// is known to fail.
    async fn call_anyway<T>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> T,
    ) -> Result<T, StoreError> {
        let (answer, written) = self.act(act);
        self.stored(written).await.map(|()| answer)
    }

    /// Fires what is due, acts on the service, and queues every change up to now.
    fn act<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> (T, Written) {
        self.change(|world| {
            let now = world.catch_up();
            act(world, now)
        })
    }

    /// Changes the service, queues every change up to now, and notifies the driver.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> (T, Written) {
        let (answer, ends, written) = {
            let mut world = self.lock();
            let answer = change(&mut world);
            let ends = world.take_ends();
            self.announce(&world);
            (answer, ends, self.store.write(world.service.take_changes()))
        };
        self.changed.notify_one();
        for end in ends {
            self.fleet.note(&end);
        }
        (answer, written)
    }

    /// Waits until changes are stored, and drops all waiters if the store fails.
    async fn stored(&self, written: Written) -> Result<(), StoreError> {
        let written = written.await;
        if written.is_err() {
            self.cancel_waiters();
        }
        written
    }

    /// Like [`call`](Self::call), for an act about one execution: it comes after all that is due of that one, even
    /// if a burst of timers has not fired as a whole yet.
    pub(crate) async fn call_about<T>(
        &self,
        arn: &ExecutionArn,
        act: impl FnOnce(&mut World, Timestamp) -> T,
    ) -> Result<T, StoreError> {
        let caught_up = |world: &mut World, now| {
            world.catch_up_with(now, arn);
            act(world, now)
        };
        self.call(caught_up).await
    }

    /// Looks at one execution, after all that is due of it, and waits until its changes are stored, but not for those
    /// of others. What is due of others is left to the driver, which fires no more than the store takes. What one shows of
    /// another was stored before it or together with it.
    ///
    /// # Errors
    ///
    /// If the store fails and the execution has changed since.
    pub(crate) async fn read<T>(
        &self,
        arn: &ExecutionArn,
        look: impl FnOnce(&World) -> T,
    ) -> Result<T, StoreError> {
        let (answer, _) = self.change(|world| {
            let now = world.clock.now();
            world.catch_up_with(now, arn);
            look(world)
        });
        self.stored(self.changes_of(arn)).await.map(|()| answer)
    }

    /// The changes of an execution so far; those of all if it is gone, for that is a change, too.
    fn changes_of(&self, arn: &ExecutionArn) -> Written {
        match self.look(|world, _| world.service.execution(arn).map(Execution::number)) {
            Ok(number) => self.store.last_of(number),
            Err(_) => self.store.write(Vec::new()),
        }
    }

    /// Waits until what an invocation is about to show is stored, even if the store fails meanwhile: who else would
    /// start that invocation? Returns false if the server stops first.
    async fn stored_at_last(&self, written: Written) -> bool {
        tokio::select! {
            written = written.at_last() => written.is_ok(),
            () = self.fleet.stopped() => false,
        }
    }

    /// Whether an execution has not ended. An invocation that waited for the store is not needed if its execution has.
    fn is_open(&self, arn: &ExecutionArn) -> bool {
        self.look(|world, _| {
            let execution = world.service.execution(arn);
            execution.is_ok_and(|execution| !execution.status().is_terminal())
        })
    }

    /// Looks at the service at the present time, without firing what is due.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&World, Timestamp) -> T) -> T {
        let mut world = self.lock();
        let now = world.clock.now();
        look(&world, now)
    }

    /// Follows the number of changes of executions.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Announces the number of changes to those who follow it.
    fn announce(&self, world: &World) {
        let changes = world.changes();
        self.changes.send_if_modified(|known| {
            let is_new = *known != changes;
            *known = changes;
            is_new
        });
    }

    /// Waits until every change so far is stored.
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

    /// Waits for the invocations in flight, and ends all processes. Call it after the stop signal, when no
    /// more calls can arrive.
    pub(crate) async fn finish(&self) {
        loop {
            let mut tasks = std::mem::take(&mut *self.tasks());
            if tasks.is_empty() {
                break;
            }
            while tasks.join_next().await.is_some() {}
        }
        self.fleet.end_idle().await;
        self.fleet.end_strays().await;
        self.fleet.flush_log().await;
    }

    /// Runs a task in the background.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // The service changes by complete calls only, so a panic elsewhere leaves it consistent.
        self.world.lock()
    }
}

/// What is said about open executions whose functions are not configured, one line for each function.
fn orphans(service: &Service) -> Vec<String> {
    let mut held: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for execution in service.orphans() {
        let arns = held.entry(execution.function()).or_default();
        arns.push(execution.arn().as_str());
    }
    let lines = held.into_iter().map(|(function, arns)| {
        let first = arns.first().copied().unwrap_or_default();
        format!(
            "{} open executions of {function} are held, because that function is not configured; they go on \
             once it is. The first is {first}, and `durable executions --orphans` lists them",
            arns.len()
        )
    });
    lines.collect()
}

/// Returns the context of an invocation, with a new trace if it has none.
fn traced(mut context: InvocationContext) -> InvocationContext {
    context.trace_header.get_or_insert_with(trace_id);
    context
}

/// A new trace id in Lambda's format.
fn trace_id() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    let (time, rest) = random.split_at(8);
    format!("Root=1-{time}-{rest};Sampled=0")
}

/// Limit on the wait of a synchronous invoke for an execution.
pub(crate) const MAX_WAIT: Duration = Duration::from_mins(15);

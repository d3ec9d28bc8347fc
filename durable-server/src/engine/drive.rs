//! The driver: launches due invocations and skips time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use durable_service::Work::{Call, Invoke};
use durable_service::model::{ErrorObject, ExecutionArn, RequestId, Timestamp};
use durable_service::wire::event::invocation_event;
use durable_service::{Idle, InlineTimers, InvocationInput, InvocationOutcome, PlainInvocation};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use super::skipper::Skipper;
use super::{Engine, World, traced};
use crate::http::stopped;
use crate::logs::LogTail;
use crate::process::{Ending, Function, Slot, Work};
use crate::store::Written;

/// Limit on the driver's sleep, after which it notices that the real clock was set.
const MAX_SLEEP: Duration = Duration::from_mins(1);

/// An invocation that was started.
struct Launch {
    input: InvocationInput,
    tails: Vec<LogTail>,
    /// The function that runs it, with a slot.
    target: (Arc<Function>, Slot),
}

/// What the driver waits for besides a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// Nothing: there may be more to do.
    None,
    /// The end of this real time.
    For(Duration),
    /// Nothing but a change.
    Open,
}

impl Pause {
    /// Until something is due in this time, or at this instant.
    fn until(due: Option<Duration>, instant: Option<Instant>) -> Self {
        let left = instant.map(|instant| instant.saturating_duration_since(Instant::now()));
        due.into_iter()
            .chain(left)
            .min()
            .map_or(Self::Open, Self::For)
    }

    async fn elapsed(self) {
        match self {
            Self::None => tokio::task::yield_now().await,
            Self::For(time) => tokio::time::sleep(time.min(MAX_SLEEP)).await,
            Self::Open => std::future::pending().await,
        }
    }
}

impl Engine {
    /// Drives executions until the stop signal.
    pub(crate) async fn drive(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut unused = std::pin::pin!(self.fleet.end_unused());
        let mut troubles = self.store.troubles();
        loop {
            let (pause, written) = self.turn();
            if let Some(written) = written {
                // Of much that is due no more is fired than the store can take: all of it in one transaction would
                // hold up every call that comes meanwhile.
                tokio::select! {
                    // Its failure is in the log, and what is due stays due.
                    _ = written.into_future() => {}
                    () = stopped(&mut stop) => return,
                }
            }
            tokio::select! {
                () = unused.as_mut() => {}
                trouble = troubles.next() => self.fleet.note(&match trouble {
                    Some(failure) => failure.to_string(),
                    None => "the store can be written again".to_owned(),
                }),
                () = self.changed.notified() => {}
                () = pause.elapsed() => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    /// Fires what is due, launches what can be launched, and skips time where that is possible. Returns what
    /// the driver waits for, and the changes if more is due than was fired.
    fn turn(self: &Arc<Self>) -> (Pause, Option<Written>) {
        let (launches, plain, lines, pause, written) = {
            let mut world = self.lock();
            let now = world.catch_up();
            let (launches, plain) = self.start_due(&mut world, now);
            let skips = world.skip(now);
            let ends = world.take_ends();
            self.announce(&world);
            let pause = world.pause(now, !skips.is_empty());
            // Calls that report these changes wait until the store has them.
            let written = self.store.write(world.service.take_changes());
            (
                launches,
                plain,
                skips.into_iter().chain(ends),
                pause,
                world.is_behind.then_some(written),
            )
        };
        for line in lines {
            self.fleet.note(&line);
        }
        for launch in launches {
            let engine = Arc::clone(self);
            self.spawn(engine.run(launch));
        }
        for invocation in plain {
            let engine = Arc::clone(self);
            self.spawn(engine.run_plain(invocation));
        }
        (pause, written)
    }

    /// Starts the due invocations for which a slot is free, and takes the due calls of plain functions,
    /// which wait for a slot themselves.
    fn start_due(&self, world: &mut World, now: Timestamp) -> (Vec<Launch>, Vec<PlainInvocation>) {
        let (mut launches, mut plain) = (Vec::new(), Vec::new());
        loop {
            let mut target = None;
            let due = world.service.poll_where(now, |function| {
                // Without its function an execution is held.
                let Some(function) = self.fleet.function(function) else {
                    return false;
                };
                target = function.try_slot().map(|slot| (Arc::clone(function), slot));
                target.is_some()
            });
            match due {
                Some(Call(invocation)) if self.fleet.function(&invocation.function).is_some() => {
                    plain.push(invocation);
                }
                // A later server that has the function makes the call.
                Some(Call(_)) => {}
                Some(Invoke(arn)) => {
                    world.catch_up_with(now, &arn);
                    let execution = world.service.execution(&arn);
                    if execution.is_ok_and(|execution| execution.status().is_terminal()) {
                        // It timed out before its turn came.
                        continue;
                    }
                    // A due execution can be invoked; if it cannot, stop rather than poll it for ever.
                    let launch = target.and_then(|target| launch(world, now, &arn, target));
                    let Some(launch) = launch else {
                        return (launches, plain);
                    };
                    launches.push(launch);
                }
                None => return (launches, plain),
            }
        }
    }

    /// Whether an execution is open and this invocation of it is in flight.
    fn is_awaited(&self, arn: &ExecutionArn, request_id: &RequestId) -> bool {
        self.look(|world, _| {
            let execution = world.service.execution(arn).ok();
            let open = execution.filter(|it| it.is_in_flight() && !it.status().is_terminal());
            let last = open.and_then(|execution| execution.invocations().last());
            last.is_some_and(|last| last.request_id == *request_id)
        })
    }

    /// Runs an invocation of a durable function to its end.
    async fn run(self: Arc<Self>, launch: Launch) {
        let arn = launch.input.arn.clone();
        // The function must not see state that is not stored.
        if !self.stored_at_last(self.changes_of(&arn)).await {
            return;
        }
        let request_id = launch.input.request_id.clone();
        let ending = if self.is_awaited(&arn, &request_id) {
            let (work, (function, slot)) = work(launch);
            Some(self.fleet.invoke(&function, &work, slot).await)
        } else {
            None
        };
        let complete = |world: &mut World, now: Timestamp| {
            world.catch_up_with(now, &arn);
            let outcome = match ending {
                Some(Ending::Interrupted) => return Ok(()),
                Some(Ending::Returned(body)) => InvocationOutcome::Returned(read(&body)),
                Some(Ending::Failed(failure)) => {
                    InvocationOutcome::Failed(failure.into_error(&request_id, now))
                }
                None => InvocationOutcome::Failed(ErrorObject::from_message(
                    "The execution ended before its function was invoked.",
                )),
            };
            let service = &mut world.service;
            service.complete_invocation(now, &arn, &request_id, outcome, InlineTimers::Fire)
        };
        // If the execution was deleted or the store fails, nothing receives the outcome.
        let _ = self.call_anyway(complete).await;
    }
}

/// Starts an invocation.
fn launch(
    world: &mut World,
    now: Timestamp,
    arn: &ExecutionArn,
    target: (Arc<Function>, Slot),
) -> Option<Launch> {
    let tails = world.tails(arn);
    let input = world.service.start_invocation(now, arn).ok()?;
    Some(Launch {
        input,
        tails,
        target,
    })
}

impl World {
    /// Skips the time of executions, and returns what that ended.
    fn skip(&mut self, now: Timestamp) -> Vec<String> {
        let is_held = self.is_held() || self.is_behind;
        let skipper = self.skipper.as_mut().filter(|_| !is_held);
        skipper.map_or_else(Vec::new, |skipper| {
            skipper.skip(&mut self.service, now, Instant::now())
        })
    }

    /// What the driver waits for; nothing if time was skipped, or not all that is due was fired.
    pub(super) fn pause(&self, now: Timestamp, skipped: bool) -> Pause {
        if skipped || self.is_behind {
            return Pause::None;
        }
        let due = self.service.poll_timeout(Idle::Sleep { now });
        let due = due.filter(|_| self.clock.runs());
        let running = self.skipper.as_ref().filter(|_| !self.is_held());
        let grace_ends = running.and_then(Skipper::next_end);
        Pause::until(due.map(|due| due.since(now)), grace_ends)
    }
}

/// The work of an invocation, and what it takes.
fn work(launch: Launch) -> (Work, (Arc<Function>, Slot)) {
    let input = launch.input;
    let event = invocation_event(&input).to_string();
    let work = Work {
        request_id: input.request_id,
        event: Bytes::from(event),
        context: traced(input.context),
        execution: Some(input.arn),
        tails: launch.tails,
    };
    (work, launch.target)
}

/// The response of a function. One that is not JSON becomes null, which the service refuses.
fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use durable_service::StartRequest;
    use durable_service::model::{ExecutionStatus, InvocationContext, Seconds};

    use super::super::fixture::{engine, function_elsewhere, until};
    use super::*;
    use crate::store::Store;
    use crate::store::commits::Commits;

    /// Starts executions that timed out a second after they started, an hour ago.
    fn start_overdue(engine: &Engine, count: usize) -> Vec<ExecutionArn> {
        let start = engine.look(|_, now| now.before(Duration::from_hours(1)));
        let overdue = |_| {
            let request = StartRequest {
                execution_timeout: Some(Seconds(1)),
                ..StartRequest::new("f", "{}")
            };
            engine.lock().service.start(start, request).unwrap().arn
        };
        (0..count).map(overdue).collect()
    }

    fn open(engine: &Engine) -> usize {
        engine.look(|world, _| world.service.open_executions().count())
    }

    /// Asserts that at the first commit most of 1,000 executions are still to be fired.
    fn assert_most_are_left(engine: &Engine, commits: &Commits) {
        commits.reach();
        let left = open(engine);
        assert!((800..1_000).contains(&left), "{left}");
    }

    #[tokio::test]
    async fn of_much_that_is_due_no_more_is_fired_than_the_store_takes() {
        let folder = tempfile::tempdir().unwrap();
        let (store, commits) = Commits::of_store(&folder.path().join("durable.db"));
        let (stop, stopping) = watch::channel(false);
        let engine = engine(Vec::new(), store, stopping.clone());
        start_overdue(&engine, 1_000);
        let driving = tokio::spawn(Arc::clone(&engine).drive(stopping));

        // The driver has many turns, and stays at the first commit.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_most_are_left(&engine, &commits);

        // From now on commits succeed.
        drop(commits);
        until(|| open(&engine) == 0).await;
        stop.send(true).unwrap();
        driving.await.unwrap();
    }

    #[tokio::test]
    async fn a_read_fires_what_is_due_of_its_execution_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (store, commits) = Commits::of_store(&folder.path().join("durable.db"));
        let (stop, stopping) = watch::channel(false);
        let engine = engine(Vec::new(), store, stopping.clone());
        let arns = start_overdue(&engine, 1_000);
        let driving = tokio::spawn(Arc::clone(&engine).drive(stopping));
        let last = arns.last().unwrap();
        let reads: Vec<_> = (0..100)
            .map(|_| {
                let (engine, arn) = (Arc::clone(&engine), last.clone());
                let status = |world: &World, arn: &ExecutionArn| {
                    world.service.execution(arn).unwrap().status()
                };
                tokio::spawn(async move { engine.read(&arn, |world| status(world, &arn)).await })
            })
            .collect();

        // Each read has its turn, and waits for the commit.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_most_are_left(&engine, &commits);

        drop(commits);
        for read in reads {
            assert_eq!(read.await.unwrap().unwrap(), ExecutionStatus::TimedOut);
        }
        until(|| open(&engine) == 0).await;
        stop.send(true).unwrap();
        driving.await.unwrap();
    }

    #[tokio::test]
    async fn a_read_of_which_nothing_is_due_changes_nothing() {
        let (_stop, stopping) = watch::channel(false);
        let engine = engine(Vec::new(), Store::memory(), stopping);
        let now = engine.look(|_, now| now);
        let start = engine
            .lock()
            .service
            .start(now, StartRequest::new("f", "{}"));
        let arn = start.unwrap().arn;
        let changes = || engine.look(|world, _| world.changes());
        let before = changes();
        engine.read(&arn, |_| ()).await.unwrap();
        assert_eq!(changes(), before);
    }

    #[tokio::test]
    async fn a_function_is_not_invoked_for_an_execution_that_ended_while_the_store_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let (store, commits) = Commits::of_store(&folder.path().join("durable.db"));
        let (stop, stopping) = watch::channel(false);
        let (function, elsewhere) = function_elsewhere();
        let engine = engine(vec![function], store, stopping.clone());
        let now = engine.look(|_, now| now);
        let start = engine
            .lock()
            .service
            .start(now, StartRequest::new("f", "{}"));
        let arn = start.unwrap().arn;
        let driving = tokio::spawn(Arc::clone(&engine).drive(stopping));
        let record = || {
            engine.look(|world, _| {
                let execution = world.service.execution(&arn).unwrap();
                execution.invocations().last().cloned()
            })
        };
        until(|| record().is_some()).await;
        commits.reach();
        engine.lock().service.stop(now, &arn, None).unwrap();
        let invocation = PlainInvocation {
            execution: arn.clone(),
            operation: "call".into(),
            function: "f".to_owned(),
            input: "{}".to_owned(),
            context: InvocationContext::new("f", "1"),
        };
        let call = tokio::spawn(Arc::clone(&engine).run_plain(invocation));

        drop(commits);
        until(|| record().unwrap().has_ended() && call.is_finished()).await;
        let error = record().unwrap().error.unwrap().to_string();
        assert!(error.contains("ended before"), "{error}");
        let called = elsewhere.accept().unwrap_err();
        assert_eq!(called.kind(), ErrorKind::WouldBlock);
        stop.send(true).unwrap();
        driving.await.unwrap();
    }
}

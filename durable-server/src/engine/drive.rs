//! The driver: launches invocations that are due, and sees to it that time moves.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use durable_service::Work::{Call, Invoke};
use durable_service::model::{ErrorObject, ExecutionArn, Timestamp};
use durable_service::wire::event::invocation_event;
use durable_service::{Idle, InlineTimers, InvocationInput, InvocationOutcome, PlainInvocation};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Activity, ActivityGuard, Engine, World, traced};
use crate::http::stopped;
use crate::process::{Ending, Function, LogTail, Slot, Work};
use crate::settings::TimeMode;

/// The longest that the driver sleeps: a real clock that is set meanwhile is noticed by then.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// An invocation that was started.
struct Launch {
    input: InvocationInput,
    tails: Vec<LogTail>,
    /// Where it runs; nowhere if its function is not configured any more.
    place: Option<(Arc<Function>, Slot)>,
}

/// What the driver waits for, beside a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// Nothing else.
    Open,
    /// Until so much real time has passed.
    For(Duration),
}

impl Pause {
    async fn over(self) {
        match self {
            Self::Open => std::future::pending().await,
            Self::For(time) => tokio::time::sleep(time.min(LONGEST_SLEEP)).await,
        }
    }
}

impl Engine {
    /// Drives executions until told to stop.
    pub(crate) async fn drive(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let pause = self.turn();
            tokio::select! {
                () = self.changed.notified() => {}
                () = pause.over() => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    /// Does what is due, launches what can be launched, and moves skipped time as far as it may go.
    fn turn(self: &Arc<Self>) -> Pause {
        let (launches, plain, pause) = {
            let mut world = self.lock();
            loop {
                let now = world.catch_up();
                world.notify_waiters();
                let (launches, plain) = self.start_due(&mut world, now);
                for _ in 0..launches.len() + plain.len() {
                    world.begin_work();
                }
                match self.pause(&world, now) {
                    Ok(later) => world.clock.move_to(later),
                    Err(pause) => {
                        // Calls that report these changes wait until they are stored.
                        drop(self.store.write(world.service.take_changes()));
                        break (launches, plain, pause);
                    }
                }
            }
        };
        for launch in launches {
            let engine = Arc::clone(self);
            self.spawn(engine.run(launch, self.guard(Activity::Acting)));
        }
        for invocation in plain {
            let engine = Arc::clone(self);
            self.spawn(engine.run_plain(invocation, self.guard(Activity::Acting)));
        }
        pause
    }

    /// Where skipped time goes at once, or what to wait for.
    fn pause(&self, world: &World, now: Timestamp) -> Result<Timestamp, Pause> {
        match self.time {
            TimeMode::Real => Err(world
                .service
                .poll_timeout(Idle::Sleep { now })
                .map_or(Pause::Open, |due| Pause::For(due.since(now)))),
            TimeMode::Skip { .. } if world.is_busy() => Err(Pause::Open),
            TimeMode::Skip { grace } => skip(world, now, grace),
        }
    }

    /// Starts the invocations that are due and for which a process may run, and takes the calls of plain
    /// functions, which wait for a process by themselves.
    fn start_due(&self, world: &mut World, now: Timestamp) -> (Vec<Launch>, Vec<PlainInvocation>) {
        let (mut launches, mut plain) = (Vec::new(), Vec::new());
        loop {
            let mut place = None;
            let due = world.service.poll_where(now, |execution| {
                let Some(function) = self.fleet.function(execution.function()) else {
                    return true;
                };
                place = function.try_slot().map(|slot| (Arc::clone(function), slot));
                place.is_some()
            });
            match due {
                Some(Call(invocation)) => plain.push(invocation),
                Some(Invoke(arn)) => {
                    // An execution that is due can be invoked; if not, it must not be asked about for ever.
                    let Some(launch) = launch(world, now, &arn, place) else {
                        return (launches, plain);
                    };
                    launches.push(launch);
                }
                None => return (launches, plain),
            }
        }
    }

    /// Runs an invocation of a durable function to its end.
    async fn run(self: Arc<Self>, mut launch: Launch, guard: ActivityGuard) {
        // The function must not see a state that is not stored.
        if self.settled().await.is_err() {
            return;
        }
        let arn = launch.input.arn.clone();
        let request_id = launch.input.request_id.clone();
        let ending = match launch.place.take() {
            None => None,
            Some((function, slot)) => {
                let work = work(launch);
                Some(self.fleet.invoke(&function, &work, slot).await)
            }
        };
        let complete = |world: &mut World, now: Timestamp| {
            let outcome = match ending {
                Some(Ending::Interrupted) => return Ok(()),
                Some(Ending::Returned(body)) => InvocationOutcome::Returned(read(&body)),
                Some(Ending::Failed(failure)) => {
                    InvocationOutcome::Failed(failure.into_error(&request_id, now))
                }
                None => InvocationOutcome::Returned(function_is_gone(&arn)),
            };
            let service = &mut world.service;
            service.complete_invocation(now, &arn, &request_id, outcome, InlineTimers::Fire)
        };
        // If the execution was deleted meanwhile, or the store fails, there is nothing to report to.
        let _ = self.call(complete).await;
        drop(guard);
    }
}

/// Starts an invocation.
fn launch(
    world: &mut World,
    now: Timestamp,
    arn: &ExecutionArn,
    place: Option<(Arc<Function>, Slot)>,
) -> Option<Launch> {
    let tails = world.tails(arn);
    let input = world.service.start_invocation(now, arn).ok()?;
    Some(Launch {
        input,
        tails,
        place,
    })
}

/// Where skipped time may go now, or what to wait for.
///
/// While a callback is open or an execution is paused, a call from outside may be about to come. Time then
/// waits until the server has been idle, looks aside, for the grace: otherwise a callback's timeout of an
/// hour would be over before anyone could have read its id.
fn skip(world: &World, now: Timestamp, grace: Duration) -> Result<Timestamp, Pause> {
    let later = world
        .service
        .poll_timeout(Idle::Skip { planned: None })
        .filter(|later| *later > now)
        .ok_or(Pause::Open)?;
    let left = grace.saturating_sub(world.idle_for());
    if !left.is_zero() && world.waits_for_a_call() {
        return Err(Pause::For(left));
    }
    Ok(later)
}

fn work(launch: Launch) -> Work {
    let input = launch.input;
    let event = invocation_event(&input).to_string();
    Work {
        request_id: input.request_id,
        event: Bytes::from(event),
        context: traced(input.context),
        execution: Some(input.arn),
        tails: launch.tails,
    }
}

/// What a function returned. What is no JSON is no valid response either, and the service says so.
fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

/// An execution of a function that is not configured any more fails at once (docs/service.md, 5.4).
fn function_is_gone(arn: &ExecutionArn) -> Value {
    let message = format!("Function not found: {}", arn.function_arn());
    let error = ErrorObject::new("ResourceNotFoundException", message);
    json!({"Status": "FAILED", "Error": error})
}

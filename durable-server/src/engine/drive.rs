//! The driver: launches invocations that are due, and sees to it that time moves.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use durable_service::model::{ErrorObject, ExecutionArn, Timestamp};
use durable_service::wire::event::invocation_event;
use durable_service::{Execution, InvocationInput, InvocationOutcome, PlainInvocation};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Busy, Doing, Engine, World, trace_id};
use crate::http::stopped;
use crate::process::{Ending, Function, LogTail, Slot, Work};
use crate::settings::TimeMode;

/// The longest that the driver sleeps: a real clock that is set meanwhile is noticed by then.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// An invocation that was begun.
struct Launch {
    input: InvocationInput,
    tenant_id: Option<String>,
    trace_header: Option<String>,
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
                world.tell_ended();
                let launches = self.begin_due(&mut world, now);
                let plain: Vec<PlainInvocation> =
                    std::iter::from_fn(|| world.service.take_plain_invocation()).collect();
                for _ in 0..launches.len() + plain.len() {
                    world.begin_work();
                }
                match self.pause(&world, now) {
                    Ok(later) => world.clock.move_to(later),
                    Err(pause) => {
                        // Whoever tells of these changes waits for the store to have them.
                        drop(self.store.write(world.service.take_changes()));
                        break (launches, plain, pause);
                    }
                }
            }
        };
        for launch in launches {
            let engine = Arc::clone(self);
            self.spawn(engine.run(launch, self.begun(Doing::Acting)));
        }
        for invocation in plain {
            let engine = Arc::clone(self);
            self.spawn(engine.run_plain(invocation, self.begun(Doing::Acting)));
        }
        pause
    }

    /// Where skipped time goes at once, or what to wait for.
    fn pause(&self, world: &World, now: Timestamp) -> Result<Timestamp, Pause> {
        match self.time {
            TimeMode::Real => Err(world
                .next_due(now)
                .map_or(Pause::Open, |due| Pause::For(due.since(now)))),
            TimeMode::Skip { .. } if world.is_busy() => Err(Pause::Open),
            TimeMode::Skip { grace } => skip(world, now, grace),
        }
    }

    /// Begins the invocations that are due and for which a process may run.
    fn begin_due(&self, world: &mut World, now: Timestamp) -> Vec<Launch> {
        let mut launches = Vec::new();
        for (arn, function) in world.due_invocations(now) {
            let place = match self.fleet.function(&function) {
                None => None,
                Some(function) => match function.try_slot() {
                    Some(slot) => Some((Arc::clone(function), slot)),
                    None => continue,
                },
            };
            let tails = world.tails(&arn);
            // An execution that is due can be invoked; if not, it is not this driver's to say so.
            let Ok(input) = world.service.begin_invocation(now, &arn) else {
                continue;
            };
            let execution = world.service.execution(&arn).ok();
            let tenant_id = execution.and_then(Execution::tenant_id);
            let trace_header = execution.and_then(Execution::trace_header);
            launches.push(Launch {
                input,
                tenant_id: tenant_id.map(str::to_owned),
                trace_header: trace_header.map(str::to_owned),
                tails,
                place,
            });
        }
        launches
    }

    /// Runs an invocation of a durable function to its end.
    async fn run(self: Arc<Self>, mut launch: Launch, busy: Busy) {
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
            world
                .service
                .complete_invocation(now, &arn, &request_id, outcome)
        };
        // An execution that was deleted meanwhile, or a store that fails, leaves nobody to tell.
        let _ = self.call(complete).await;
        drop(busy);
    }
}

/// Where skipped time may go now, or what to wait for.
///
/// While a callback is open or an execution is paused, somebody outside may be about to act. Time then
/// waits until the server has been left alone, looks aside, for the grace: otherwise a callback's timeout
/// of an hour would be over before anybody could have read its id.
fn skip(world: &World, now: Timestamp, grace: Duration) -> Result<Timestamp, Pause> {
    let later = world
        .next_skip()
        .filter(|later| *later > now)
        .ok_or(Pause::Open)?;
    let left = grace.saturating_sub(world.alone_for());
    if !left.is_zero() && world.waits_for_somebody() {
        return Err(Pause::For(left));
    }
    Ok(later)
}

fn work(launch: Launch) -> Work {
    let input = launch.input;
    let event = invocation_event(&input).to_string();
    Work {
        version: input.arn.version().unwrap_or_default().to_owned(),
        function_arn: input.arn.function_arn().to_owned(),
        request_id: input.request_id,
        event: Bytes::from(event),
        trace_id: launch.trace_header.unwrap_or_else(trace_id),
        tenant_id: launch.tenant_id,
        client_context: None,
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

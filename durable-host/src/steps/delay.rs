//! Bodies that take virtual time: they wait side by side, and the clock moves to the first that is due
//! once nothing else goes on.

use std::future::pending;
use std::time::Duration;

use crate::quiescence::{Method, Moment};
use crate::world::{Body, SharedWorld, Termination, World};

/// What a waiting body does next.
enum Turn {
    /// Its time has passed.
    Go,
    /// Look again later; with the moment of this look.
    Wait(Moment),
    /// The invocation was cut off, and the body is dropped.
    Stop,
}

/// Lets virtual time pass before a body runs.
pub(super) async fn pass(world: &SharedWorld, body: &Body, time: Duration) {
    let follows_tokio = world.lock().follows_tokio();
    if follows_tokio {
        tokio::time::sleep(time).await;
    } else {
        take(world, body, time).await;
    }
}

/// Waits until a body has taken that much virtual time. A fenced body does not wait.
async fn take(world: &SharedWorld, body: &Body, time: Duration) {
    {
        let mut world = world.lock();
        let due = world.now().after(time);
        world.slow_bodies().wait(body.number, due);
    }
    let method = Method::here();
    let mut quiet_since = None;
    loop {
        let turn = turn(&mut world.lock(), body, quiet_since);
        match turn {
            Turn::Go => return,
            Turn::Stop => pending().await,
            Turn::Wait(moment) => quiet_since = method.wait().await.then_some(moment),
        }
    }
}

/// Whether a body's time has passed. If nothing else goes on, the first that waits moves the clock.
fn turn(world: &mut World, body: &Body, quiet_since: Option<Moment>) -> Turn {
    let termination = world.termination_of(body);
    let now = world.now();
    let Some(due) = world.slow_bodies().due(body.number) else {
        return Turn::Go;
    };
    if termination == Some(Termination::Killed) {
        return Turn::Stop;
    }
    if due <= now || termination.is_some() {
        world.slow_bodies().forget(body.number);
        world.activity().note();
        return Turn::Go;
    }
    let waiters = world.slow_bodies().len();
    let is_quiet = world.activity().is_quiet(quiet_since, waiters);
    if !(is_quiet && world.slow_bodies().is_first(body.number)) {
        return Turn::Wait(world.activity().moment());
    }
    world.slow_bodies().forget(body.number);
    world.activity().note();
    if world.advance_within_deadline(due.since(now)) {
        Turn::Go
    } else {
        Turn::Stop
    }
}

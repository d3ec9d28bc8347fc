//! What takes virtual time while an invocation is in flight: bodies and answers wait side by side, and the
//! clock moves to the first that is due once nothing else goes on.

use std::future::pending;
use std::time::Duration;

use crate::quiescence::{Method, Moment};
use crate::world::{SharedWorld, Termination, Waiter, World};

/// What a waiter does next.
enum Turn {
    /// Its time has passed.
    Go,
    /// Look again later; with the moment of this look.
    Wait(Moment),
    /// The invocation was cut off, and the waiter is dropped.
    Stop,
}

/// Waits until that much virtual time has passed, and until nothing else goes on if that is none. What
/// belongs to a fenced invocation does not wait.
pub(crate) async fn take(world: &SharedWorld, waiter: &Waiter, time: Duration) {
    let waiting = Waiting::start(world, waiter, time);
    let method = Method::here();
    let mut quiet_since = None;
    loop {
        let turn = waiting.turn(&mut world.lock(), quiet_since);
        match turn {
            Turn::Go => return,
            Turn::Stop => pending().await,
            Turn::Wait(moment) => quiet_since = method.wait().await.then_some(moment),
        }
    }
}

/// A waiter, forgotten when this is dropped.
struct Waiting<'a> {
    world: &'a SharedWorld,
    waiter: &'a Waiter,
    takes_none: bool,
}

impl<'a> Waiting<'a> {
    fn start(world: &'a SharedWorld, waiter: &'a Waiter, time: Duration) -> Self {
        let mut locked = world.lock();
        let due = locked.now().after(time);
        locked.waiters().wait(waiter.id, due);
        drop(locked);
        Self {
            world,
            waiter,
            takes_none: time.is_zero(),
        }
    }

    /// Whether the time has passed. If nothing else goes on, the first that waits moves the clock.
    fn turn(&self, world: &mut World, quiet_since: Option<Moment>) -> Turn {
        let id = self.waiter.id;
        let termination = world.termination_of(&self.waiter.execution, &self.waiter.request_id);
        let now = world.now();
        let Some(due) = world.waiters().due(id) else {
            return Turn::Go;
        };
        if termination == Some(Termination::Killed) {
            return Turn::Stop;
        }
        let has_passed = due < now || (due == now && !self.takes_none);
        if has_passed || termination.is_some() {
            world.waiters().forget(id);
            world.activity().note();
            return Turn::Go;
        }
        let waiters = world.waiters().len();
        let is_quiet = world.activity().is_quiet(quiet_since, waiters);
        if !(is_quiet && world.waiters().is_first(id)) {
            return Turn::Wait(world.activity().moment());
        }
        world.waiters().forget(id);
        world.activity().note();
        if world.advance_within_deadline(due.since(now)) {
            Turn::Go
        } else {
            Turn::Stop
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.world.lock().waiters().forget(self.waiter.id);
    }
}

//! Bodies that take virtual time, where none passes by itself: they wait side by side, and the clock moves
//! to the first that is due once nothing else goes on.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use durable_service::model::Timestamp;

use super::bodies::Body;
use super::flight::Cut;
use super::quiet::{QUIET_ROUNDS, QUIET_TIME, on_one_thread};
use super::world::{SharedWorld, World};

/// The bodies that wait for their time to pass.
#[derive(Debug, Default)]
pub(super) struct SlowBodies {
    /// When each is due, by its number.
    waiting: BTreeMap<u64, Timestamp>,
    /// Questions of waiting bodies since a body began or ended, or a checkpoint call was made.
    quiet: usize,
}

/// What a waiting body does next.
enum Turn {
    /// Its time has passed.
    Go,
    /// Ask again when every other task had a chance to run.
    Ask,
    /// The invocation was cut off, and the body is dropped.
    Stop,
}

impl SlowBodies {
    /// Notes that the functions are not idle.
    pub(super) fn something_happened(&mut self) {
        self.quiet = 0;
    }

    /// Forgets a body that is over.
    pub(super) fn forget(&mut self, number: u64) {
        self.waiting.remove(&number);
    }

    fn is_first(&self, number: u64) -> bool {
        let first = self.waiting.iter().min_by_key(|(_, due)| **due);
        first.is_some_and(|(first, _)| *first == number)
    }
}

impl World {
    /// Whether a body's time has passed. If nothing else goes on, the first that waits moves the clock.
    fn turn_of_slow(&mut self, body: &Body) -> Turn {
        let cut = self.cut_of(body);
        let now = self.clock.now();
        let slow = &mut self.bodies.slow;
        let Some(due) = slow.waiting.get(&body.number).copied() else {
            return Turn::Go;
        };
        if cut == Some(Cut::Killed) {
            return Turn::Stop;
        }
        if due <= now || cut.is_some() {
            slow.forget(body.number);
            slow.something_happened();
            return Turn::Go;
        }
        slow.quiet += 1;
        let is_quiet = slow.quiet > QUIET_ROUNDS * slow.waiting.len();
        if !(is_quiet && slow.is_first(body.number)) {
            return Turn::Ask;
        }
        slow.forget(body.number);
        slow.something_happened();
        if self.spend(due.since(now)) {
            Turn::Go
        } else {
            Turn::Stop
        }
    }
}

/// Waits until a body has taken that much virtual time. Of a body that nobody hears it takes none.
pub(super) async fn take(world: &SharedWorld, body: &Body, time: Duration) {
    {
        let mut world = world.lock();
        let due = world.clock.now().after(time);
        world.bodies.slow.waiting.insert(body.number, due);
    }
    let is_alone = on_one_thread();
    loop {
        let turn = world.lock().turn_of_slow(body);
        match turn {
            Turn::Go => return,
            Turn::Stop => pending().await,
            Turn::Ask if is_alone => tokio::task::yield_now().await,
            // Rounds of one thread say nothing about the others, so each takes a while.
            Turn::Ask => tokio::time::sleep(QUIET_TIME).await,
        }
    }
}

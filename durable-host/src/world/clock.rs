//! The virtual clock of a host, and what happens as it moves.

use durable_service::model::Timestamp;
use durable_service::{DueOrder, Idle, InlineTimers};
use tokio::time::Instant;

use super::World;
use crate::schedule;

/// A clock that moves when it is told to, and, if asked, with tokio's paused clock.
#[derive(Debug)]
pub(super) struct VirtualClock {
    base: Timestamp,
    /// Where tokio's clock stood at `base`; none while its time does not count.
    anchor: Option<Instant>,
}

impl VirtualClock {
    /// A clock that stands at `start`. With `follow_tokio`, time that passes on tokio's clock
    /// passes here too: that clock must be paused, else real time would leak in.
    pub(super) fn new(start: Timestamp, follow_tokio: bool) -> Self {
        Self {
            base: start,
            anchor: follow_tokio.then(Instant::now),
        }
    }

    /// Whether time passes here by itself, with tokio's.
    pub(super) fn follows_tokio(&self) -> bool {
        self.anchor.is_some()
    }

    pub(super) fn now(&self) -> Timestamp {
        match self.anchor {
            Some(anchor) => self.base.after(anchor.elapsed()),
            None => self.base,
        }
    }

    /// Moves the clock forward to a time; a time in the past leaves it where it is.
    pub(super) fn advance_to(&mut self, time: Timestamp) {
        let now = self.now();
        self.base = now.max(time);
        self.anchor = self.anchor.map(|_| Instant::now());
    }
}

impl World {
    /// The time on the virtual clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether tokio's time passes here too.
    pub(crate) fn follows_tokio(&self) -> bool {
        self.clock.follows_tokio()
    }

    pub(crate) fn advance_to(&mut self, time: Timestamp) {
        self.clock.advance_to(time);
    }

    /// Lets everything happen that is due by now: the service's timers first, then what is planned for
    /// callbacks; in the scheduler's order, if there is one.
    pub(crate) fn fire_due(&mut self, now: Timestamp) {
        self.late.fire_due(now, &mut self.service);
        if let Some(scheduler) = self.scheduler.as_ref().filter(|one| !one.is_finished()) {
            schedule::fire_due(&mut self.service, &mut self.timeline, now, scheduler);
            return;
        }
        self.service.handle_timeout(now, &mut DueOrder);
        self.timeline.perform_due(now, &mut self.service);
    }

    /// Lets what fell due happen while an invocation runs, and returns the time. Only where tokio's time
    /// counts can any have passed; what is planned for this very moment waits until the invocation
    /// suspends.
    pub(super) fn sync_clock(&mut self) -> Timestamp {
        let now = self.clock.now();
        if self.clock.follows_tokio() {
            self.fire_overdue(now);
        }
        now
    }

    /// Lets happen what fell due before now, while an invocation runs.
    pub(super) fn fire_overdue(&mut self, now: Timestamp) {
        self.service.handle_timeout(now, &mut DueOrder);
        self.timeline.perform_past(now, &mut self.service);
    }

    /// When time alone will change something.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let planned = self.timeline.next_due();
        let late = self.late.next_due();
        self.service.poll_timeout(Idle::Skip {
            planned: planned.into_iter().chain(late).min(),
        })
    }

    /// What a call of a function does about timers that are due at its very time: where a scheduler orders
    /// them, they wait for it.
    pub(super) fn inline_timers(&self) -> InlineTimers {
        match self.scheduler {
            Some(_) => InlineTimers::Defer,
            None => InlineTimers::Fire,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_only_moves_forward() {
        let mut clock = VirtualClock::new(Timestamp::from_millis(1_000), false);
        clock.advance_to(Timestamp::from_millis(5_000));
        clock.advance_to(Timestamp::from_millis(2_000));
        assert_eq!(clock.now(), Timestamp::from_millis(5_000));
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_tokio_when_asked() {
        let mut clock = VirtualClock::new(Timestamp::from_millis(0), true);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(clock.now(), Timestamp::from_millis(3_000));
        clock.advance_to(Timestamp::from_millis(10_000));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now(), Timestamp::from_millis(11_000));
    }
}

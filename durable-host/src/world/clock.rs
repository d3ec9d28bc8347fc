//! The virtual clock of a host.

use durable_service::model::Timestamp;
use tokio::time::Instant;

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

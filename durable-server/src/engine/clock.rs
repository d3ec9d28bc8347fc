//! The time that executions see.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use durable_service::model::Timestamp;

/// The time that executions see. It never runs backwards.
#[derive(Debug)]
pub(super) enum Clock {
    /// The real time, or ahead of it by as much as stored executions were when the server started.
    Real {
        /// How far it is ahead of the real time.
        ahead: Duration,
        /// The latest time returned.
        last: Timestamp,
    },
    /// Stands still until moved.
    Virtual(Timestamp),
}

impl Clock {
    /// A clock that advances with real time and starts no earlier than `earliest`.
    pub(super) fn real(earliest: Timestamp) -> Self {
        let now = real_now();
        Self::Real {
            ahead: earliest.since(now),
            last: now.max(earliest),
        }
    }

    /// A clock that stands still at the current real time, or at `earliest` if that is later.
    pub(super) fn frozen_at(earliest: Timestamp) -> Self {
        Self::Virtual(real_now().max(earliest))
    }

    pub(super) fn now(&mut self) -> Timestamp {
        match self {
            Self::Real { ahead, last } => {
                *last = real_now().after(*ahead).max(*last);
                *last
            }
            Self::Virtual(now) => *now,
        }
    }

    /// Moves a virtual clock to a later time; a real clock is left alone.
    pub(super) fn move_to(&mut self, later: Timestamp) {
        if let Self::Virtual(now) = self {
            *now = later.max(*now);
        }
    }
}

fn real_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_millis(0).after(since_epoch.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_does_not_go_back_behind_what_is_stored() {
        let later = real_now().after_seconds(3_600);
        assert!(Clock::real(later).now() >= later);
        let mut frozen = Clock::frozen_at(later);
        assert_eq!(frozen.now(), later);
        frozen.move_to(later.after_seconds(1));
        frozen.move_to(later);
        assert_eq!(frozen.now(), later.after_seconds(1));
    }
}

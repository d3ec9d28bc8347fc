//! How often to look at an execution.

use std::time::Duration;

/// Intervals that grow by half each time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    next: Duration,
    max: Duration,
}

impl Pace {
    /// For an endpoint on this machine, which may skip time: the answer to a callback must arrive before the
    /// server treats the callback as unanswered, after half a second by default.
    pub(super) const LOOPBACK: Self = Self {
        next: Duration::from_millis(50),
        max: Duration::from_millis(200),
    };

    /// For AWS, whose quotas count.
    pub(super) const AWS: Self = Self {
        next: Duration::from_millis(250),
        max: Duration::from_secs(5),
    };

    /// The time until the next look.
    pub(super) fn next(&mut self) -> Duration {
        let interval = self.next;
        self.next = (interval * 3 / 2).min(self.max);
        interval
    }

    /// Lengthens the intervals, for a service that throttles.
    pub(super) fn slow_down(&mut self) {
        self.next = (self.next * 2).min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_up_to_their_maximum() {
        let mut pace = Pace::AWS;
        let intervals: Vec<Duration> = std::iter::repeat_with(|| pace.next()).take(12).collect();
        assert_eq!(intervals[0], Duration::from_millis(250));
        assert!(intervals.is_sorted());
        assert_eq!(intervals[11], Duration::from_secs(5));
    }

    #[test]
    fn a_service_that_throttles_is_polled_less_often() {
        let mut pace = Pace::LOOPBACK;
        pace.slow_down();
        assert_eq!(pace.next(), Duration::from_millis(100));
    }
}

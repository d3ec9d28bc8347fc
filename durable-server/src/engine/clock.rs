//! The time of the server. That of a family of executions may be ahead of it.

use std::time::{SystemTime, UNIX_EPOCH};

use durable_service::model::Timestamp;

/// The time of the server. It never runs backwards.
#[derive(Debug)]
pub(super) enum Clock {
    /// The real time; holds the latest time returned.
    Real(Timestamp),
    /// Stands still.
    Frozen(Timestamp),
}

impl Clock {
    /// A clock that runs on with the real time.
    pub(super) fn real() -> Self {
        Self::Real(real_now())
    }

    /// A clock that stands still at the present real time.
    pub(super) fn frozen() -> Self {
        Self::Frozen(real_now())
    }

    pub(super) fn now(&mut self) -> Timestamp {
        match self {
            Self::Real(last) => {
                *last = real_now().max(*last);
                *last
            }
            Self::Frozen(now) => *now,
        }
    }

    /// Whether time passes by itself.
    pub(super) fn runs(&self) -> bool {
        matches!(self, Self::Real(_))
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
    fn a_clock_does_not_go_back() {
        let later = real_now().after_seconds(3_600);
        assert_eq!(Clock::Real(later).now(), later);
        let mut frozen = Clock::frozen();
        assert_eq!(frozen.now(), frozen.now());
    }
}

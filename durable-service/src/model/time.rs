//! Points and spans of time, as the service records them.

use std::fmt;
use std::time::Duration;

/// A point in time with the service's resolution of one millisecond, counted from the Unix epoch.
///
/// The [crate](crate#example) has an example.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time of so many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch: the unit of the invocation event.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch, with the milliseconds as a fraction: the unit of the API.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any real date are far below 2^53"
    )]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The time of so many seconds after the Unix epoch, to the nearest millisecond; none if it is no
    /// date that a calendar has.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "times beyond the calendar are refused"
    )]
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let millis = (seconds * 1000.0).round();
        (millis.abs() < 1e15).then_some(Self(millis as i64))
    }

    /// Reads a time in ISO 8601 with an offset, as the AWS CLI prints it; parts of a millisecond are
    /// dropped.
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(Self(time.as_millisecond()))
    }

    /// The time so much later. Parts of a millisecond are dropped.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// The time so much earlier. Parts of a millisecond are dropped.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// The time so many seconds later.
    #[must_use]
    pub fn after_seconds(self, seconds: impl Into<Seconds>) -> Self {
        self.after(seconds.into().into())
    }

    /// How long ago `earlier` was; zero if it was not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The time in ISO 8601, in UTC, to the millisecond.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms since the Unix epoch", self.0),
        }
    }
}

/// As `Display`.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A span of time with the API's resolution of one second.
///
/// ```
/// use durable_service::model::{Seconds, Timestamp};
///
/// let hour = Seconds(3600);
/// assert_eq!(hour.to_string(), "3600s");
/// assert_eq!(Timestamp::from_millis(0).after_seconds(hour).as_millis(), 3_600_000);
/// ```
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl Seconds {
    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// None for a span of zero, by which the API says that something is not limited.
    #[must_use]
    pub fn limit(self) -> Option<Self> {
        (self.0 > 0).then_some(self)
    }
}

impl From<Seconds> for Duration {
    fn from(Seconds(seconds): Seconds) -> Self {
        Self::from_secs(seconds)
    }
}

impl From<u64> for Seconds {
    fn from(seconds: u64) -> Self {
        Self(seconds)
    }
}

impl PartialEq<u64> for Seconds {
    fn eq(&self, seconds: &u64) -> bool {
        self.0 == *seconds
    }
}

/// The span with its unit, as `60s`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_iso_8601_and_counts_in_both_units() {
        let time = Timestamp::from_millis(1_767_225_600_250);
        assert_eq!(time.to_string(), "2026-01-01T00:00:00.250Z");
        assert_eq!(format!("{time:?}"), "2026-01-01T00:00:00.250Z");
        assert!((time.as_seconds() - 1_767_225_600.25).abs() < 1e-6);
        assert_eq!(time.after_seconds(2).since(time), Duration::from_secs(2));
        assert_eq!(time.since(time.after_seconds(2)), Duration::ZERO);
    }

    #[test]
    fn is_read_from_both_units() {
        let time = Timestamp::from_millis(1_767_225_600_250);
        assert_eq!(Timestamp::from_seconds(time.as_seconds()), Some(time));
        assert_eq!(Timestamp::from_seconds(f64::INFINITY), None);
        assert_eq!(Timestamp::from_iso(&time.to_string()), Some(time));
        assert_eq!(
            Timestamp::from_iso("2026-01-01T01:00:00.250000+01:00"),
            Some(time)
        );
        assert_eq!(Timestamp::from_iso("yesterday"), None);
    }
}

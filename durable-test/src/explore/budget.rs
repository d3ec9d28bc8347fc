//! How much an exploration may take, and what it left out for that.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};

/// A limit of an exploration: a number of runs, or an amount of real time.
///
/// Made of what [`budget`](super::Explore::budget) takes: `.budget(200)`, `.budget(Duration::from_secs(10))`.
///
/// [`Run::explore`](crate::Run::explore) has an example of an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Budget {
    /// So many runs.
    Runs(usize),
    /// So much **real** time; a run that has started is finished.
    Time(Duration),
}

impl From<usize> for Budget {
    fn from(runs: usize) -> Self {
        Self::Runs(runs)
    }
}

impl From<Duration> for Budget {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

/// Why an exploration left runs out.
///
/// A report has it: [`CrashReport::cut`](super::CrashReport::cut), [`OrderReport::cut`](super::OrderReport::cut),
/// [`ExplorationReport::cut`](super::ExplorationReport::cut).
///
/// [`Run::explore`](crate::Run::explore) has an example of an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// The test asked for a sample.
    Sample(usize),
    /// The budget of runs was used up.
    Runs(usize),
    /// The budget of real time was used up.
    Time(Duration),
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(number) => write!(f, "a sample of {number}"),
            Self::Runs(runs) => write!(f, "the budget of {runs} runs was used up"),
            Self::Time(time) => write!(f, "the budget of {time:?} was used up"),
        }
    }
}

impl Serialize for Cut {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The limits that a test set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) runs: Option<usize>,
    pub(super) time: Option<Duration>,
    pub(super) sample: Option<usize>,
}

impl Limits {
    pub(super) fn set(&mut self, budget: Budget) {
        match budget {
            Budget::Runs(runs) => self.runs = Some(runs),
            Budget::Time(time) => self.time = Some(time),
        }
    }

    /// How many runs they still allow after so many, of which the first is undisturbed.
    pub(super) fn left(&self, runs: usize) -> usize {
        let of_runs = self.runs.unwrap_or(usize::MAX);
        let of_sample = self
            .sample
            .map_or(usize::MAX, |sample| sample.saturating_add(1));
        of_runs.min(of_sample).saturating_sub(runs)
    }

    /// Starts the clock.
    pub(super) fn start(self) -> Meter {
        Meter {
            limits: self,
            // Real time is what the test asks about here; nothing else depends on it.
            started: Instant::now(),
        }
    }
}

/// Limits under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    limits: Limits,
    started: Instant,
}

impl Meter {
    /// How many runs the limits still allow after so many.
    pub(super) fn left(&self, runs: usize) -> usize {
        let of_runs = self.limits.runs.unwrap_or(usize::MAX);
        of_runs.saturating_sub(runs)
    }

    /// The limit that forbids another run after so many, if one does.
    pub(super) fn used_up(&self, runs: usize) -> Option<Cut> {
        let of_runs = self.limits.runs.filter(|limit| runs >= *limit);
        let of_time = self
            .limits
            .time
            .filter(|limit| self.started.elapsed() >= *limit);
        of_runs.map(Cut::Runs).or(of_time.map(Cut::Time))
    }
}

//! The latest results of a runner, for the report of a failing test.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::ExecutionResult;
use crate::report::request;

/// Keeps the latest results. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentResults(Arc<Mutex<Recorded>>);

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    /// The oldest first.
    pub(crate) latest: VecDeque<ExecutionResult>,
    /// Number of results before them.
    pub(crate) left_out: usize,
}

/// Number of results that are kept.
const MAX: usize = 5;

/// Number of results that are kept for a report.
const MAX_REPORTED: usize = 50;

impl RecentResults {
    pub(crate) fn record(&self, result: &ExecutionResult) {
        let max = if request::is_requested() {
            MAX_REPORTED
        } else {
            MAX
        };
        let mut recorded = self.0.lock();
        if recorded.latest.len() == max {
            recorded.latest.pop_front();
            recorded.left_out += 1;
        }
        recorded.latest.push_back(result.clone());
    }

    /// What a failing test shows.
    pub(crate) fn shown(&self) -> Recorded {
        let mut recorded = self.recorded();
        while recorded.latest.len() > MAX {
            recorded.latest.pop_front();
            recorded.left_out += 1;
        }
        recorded
    }

    pub(crate) fn recorded(&self) -> Recorded {
        let recorded = self.0.lock();
        recorded.clone()
    }
}

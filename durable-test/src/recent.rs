//! The latest results of a runner, for the report of a failing test.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::ExecutionResult;

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

impl RecentResults {
    const MAX: usize = 5;

    pub(crate) fn record(&self, result: &ExecutionResult) {
        let mut recorded = self.0.lock();
        if recorded.latest.len() == Self::MAX {
            recorded.latest.pop_front();
            recorded.left_out += 1;
        }
        recorded.latest.push_back(result.clone());
    }

    pub(crate) fn recorded(&self) -> Recorded {
        let recorded = self.0.lock();
        recorded.clone()
    }
}

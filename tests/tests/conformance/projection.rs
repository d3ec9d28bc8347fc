use durable_runtime::sdk::builders::map_parallel::BatchResult;
use serde::{Deserialize, Serialize};

/// What the requirements look at in a batch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Projection {
    pub(crate) completion_reason: String,
    pub(crate) status: String,
    success_count: usize,
    failure_count: usize,
    total_count: usize,
}

impl Projection {
    pub(crate) fn of<T>(batch: &BatchResult<T>) -> Self {
        Self {
            completion_reason: batch.reason.as_str().to_owned(),
            status: batch.status().as_str().to_owned(),
            success_count: batch.success_count(),
            failure_count: batch.failure_count(),
            total_count: batch.total_count(),
        }
    }

    /// Items that succeeded, that failed, and that were started.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.success_count, self.failure_count, self.total_count)
    }
}

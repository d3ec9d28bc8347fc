//! The executions that are being replayed, whose handlers log what they logged in their runs.

use durable_service::model::ExecutionArn;
use parking_lot::Mutex;

static REPLAYED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A replay of an execution, until it is dropped.
pub(super) struct UnderWay(String);

impl UnderWay {
    pub(super) fn new(arn: &ExecutionArn) -> Self {
        let arn = arn.to_string();
        REPLAYED.lock().push(arn.clone());
        Self(arn)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut replayed = REPLAYED.lock();
        if let Some(position) = replayed.iter().position(|arn| *arn == self.0) {
            replayed.swap_remove(position);
        }
    }
}

/// Whether an invocation of that execution replays it from its record: what it logs was logged before, or is about
/// how the replay ends.
///
/// [`LocalHost::replay`](crate::LocalHost::replay) makes such invocations.
#[must_use]
pub fn is_replayed(arn: &str) -> bool {
    REPLAYED.lock().iter().any(|replayed| replayed == arn)
}

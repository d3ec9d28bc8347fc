//! The passes under way, by their checkpoint token: calls with another token are none of theirs, such as
//! those of a task that an earlier invocation left behind.

use std::sync::Arc;

use durable_replay::Pass;
use durable_service::model::CheckpointToken;
use parking_lot::{Mutex, MutexGuard};

/// The passes of a host. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    tokens: u64,
    passes: Vec<(CheckpointToken, Arc<Mutex<Pass>>)>,
}

impl Passes {
    /// A token for the next pass.
    pub(super) fn next_token(&self) -> CheckpointToken {
        let mut known = self.lock();
        known.tokens += 1;
        CheckpointToken::from(format!("replay{}", known.tokens))
    }

    pub(super) fn start(&self, token: CheckpointToken, pass: Arc<Mutex<Pass>>) {
        self.lock().passes.push((token, pass));
    }

    pub(super) fn end(&self, token: &CheckpointToken) {
        self.lock().passes.retain(|(known, _)| known != token);
    }

    /// The pass of a token.
    pub(crate) fn find(&self, token: &CheckpointToken) -> Option<Arc<Mutex<Pass>>> {
        self.lock()
            .passes
            .iter()
            .find(|(known, _)| known == token)
            .map(|(_, pass)| Arc::clone(pass))
    }

    /// Whether none is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().passes.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock()
    }
}

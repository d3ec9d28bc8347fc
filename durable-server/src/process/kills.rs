//! Invocations that run, and how a person kills one.

use std::collections::HashMap;
use std::sync::Arc;

use durable_service::model::RequestId;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The invocations that run, by request id; only looked up.
#[derive(Debug, Default)]
pub(super) struct Kills(Mutex<HashMap<RequestId, Arc<Notify>>>);

/// An invocation that can be killed, until this is dropped.
#[derive(Debug)]
pub(super) struct Killable<'a> {
    kills: &'a Kills,
    request_id: &'a RequestId,
    killed: Arc<Notify>,
}

impl Kills {
    /// Adds an invocation.
    pub(super) fn add<'a>(&'a self, request_id: &'a RequestId) -> Killable<'a> {
        let killed = Arc::new(Notify::new());
        self.0
            .lock()
            .insert(request_id.clone(), Arc::clone(&killed));
        Killable {
            kills: self,
            request_id,
            killed,
        }
    }

    /// Kills an invocation. Returns false if it does not run.
    pub(super) fn kill(&self, request_id: &RequestId) -> bool {
        let running = self.0.lock();
        let killed = running.get(request_id);
        killed.inspect(|killed| killed.notify_one()).is_some()
    }
}

impl Killable<'_> {
    /// Waits until the invocation is killed.
    pub(super) async fn killed(&self) {
        self.killed.notified().await;
    }
}

impl Drop for Killable<'_> {
    fn drop(&mut self) {
        self.kills.0.lock().remove(self.request_id);
    }
}

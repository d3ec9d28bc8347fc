//! Bodies and blocks that take virtual time.

use std::time::Duration;

use crate::waiting;
use crate::world::{Body, SharedWorld, Waiter, WaiterId};

/// Lets virtual time pass before a body runs.
pub(super) async fn pass(world: &SharedWorld, body: &Body, time: Duration) {
    let follows_tokio = world.lock().follows_tokio();
    if follows_tokio {
        tokio::time::sleep(time).await;
        return;
    }
    let waiter = Waiter {
        id: WaiterId::Body(body.number),
        execution: body.execution.clone(),
        request_id: body.request_id.clone(),
    };
    waiting::take(world, &waiter, time).await;
}

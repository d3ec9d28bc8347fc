//! Invocations that the host of an engine takes, instead of its driver.

use durable_service::Work::Invoke;
use durable_service::wire::event::invocation_event;

use super::Engine;

impl Engine {
    /// Starts the invocation that is due next, and returns its event; none if none is due.
    pub(crate) async fn take_invocation(&self) -> Option<String> {
        let taken = self.call(|world, now| {
            let Invoke(arn) = world.service.poll(now)? else {
                return None;
            };
            let input = world.service.start_invocation(now, &arn).ok()?;
            Some(invocation_event(&input).to_string())
        });
        taken.await.ok().flatten()
    }
}

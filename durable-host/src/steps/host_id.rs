//! Which host made an invocation.
//!
//! Each host makes its Lambda contexts with an environment configuration of its own, and that
//! allocation is the host's identity. It survives threads and tasks; ARNs would not do, for they
//! repeat between the hosts of a process.

use std::sync::{Arc, Weak};

use durable_runtime::sdk::lambda_runtime::Config;
use parking_lot::{Mutex, MutexGuard};

use crate::world::{SharedWorld, WeakWorld};

/// The identity of a host, on the Lambda contexts that it makes.
#[derive(Debug, Clone)]
pub(crate) struct HostId(Arc<Config>);

/// The hosts of this process.
static HOSTS: Mutex<Vec<(Weak<Config>, WeakWorld)>> = Mutex::new(Vec::new());

fn hosts() -> MutexGuard<'static, Vec<(Weak<Config>, WeakWorld)>> {
    HOSTS.lock()
}

impl HostId {
    /// An identity for the host of that world, which is found by it while it lives.
    pub(crate) fn new(world: &SharedWorld) -> Self {
        let id = Arc::new(Config::default());
        let mut hosts = hosts();
        hosts.retain(|(id, _)| id.strong_count() > 0);
        hosts.push((Arc::downgrade(&id), world.downgrade()));
        Self(id)
    }

    /// The configuration for a Lambda context of the host.
    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.0)
    }
}

/// The world of the host that made a Lambda context of that configuration.
pub(super) fn world_of(config: &Arc<Config>) -> Option<SharedWorld> {
    let hosts = hosts();
    // Those that run now are mostly the latest.
    let (_, world) = hosts
        .iter()
        .rev()
        .find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(config)))?;
    world.upgrade()
}

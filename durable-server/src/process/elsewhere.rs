//! Where a function runs that another program runs. The program may move: a container has another port each
//! time.

use std::collections::HashMap;

use durable_service::model::ExecutionArn;
use parking_lot::Mutex;

use crate::config::Endpoint;

/// The URLs of a function.
#[derive(Debug)]
pub(super) struct Elsewhere(Mutex<Urls>);

#[derive(Debug)]
struct Urls {
    latest: Endpoint,
    /// Those of executions that were started with one of their own; only looked up.
    own: HashMap<ExecutionArn, Endpoint>,
}

impl Elsewhere {
    /// A function at a URL.
    pub(super) fn at(endpoint: Endpoint) -> Self {
        Self(Mutex::new(Urls {
            latest: endpoint,
            own: HashMap::new(),
        }))
    }

    /// The URL for an invocation of an execution.
    pub(super) fn of(&self, execution: Option<&ExecutionArn>) -> Endpoint {
        let urls = self.0.lock();
        let own = execution.and_then(|execution| urls.own.get(execution));
        own.unwrap_or(&urls.latest).clone()
    }

    /// Moves an execution to a URL; without one, the function with all its executions.
    pub(super) fn move_to(&self, execution: Option<ExecutionArn>, endpoint: Endpoint) {
        let mut urls = self.0.lock();
        if let Some(execution) = execution {
            urls.own.insert(execution, endpoint);
        } else {
            urls.own.clear();
            urls.latest = endpoint;
        }
    }
}

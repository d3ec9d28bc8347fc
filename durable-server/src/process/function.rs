//! A function with its processes.

use std::sync::Arc;

use durable_service::model::{ExecutionArn, InvocationContext};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::elsewhere::Elsewhere;
use super::sandbox::{Sandbox, tenant};
use crate::config::{Endpoint, FunctionConfig};

/// The right to run one process of a function.
pub(crate) type Slot = OwnedSemaphorePermit;

/// A function with its processes.
#[derive(Debug)]
pub(crate) struct Function {
    pub(super) config: FunctionConfig,
    slots: Arc<Semaphore>,
    /// Processes that wait for an invocation.
    idle: Mutex<Idle>,
    /// What its last failed invocation failed with.
    pub(super) last_failure: Mutex<Option<String>>,
    /// Where it runs, if another program runs it.
    pub(super) elsewhere: Option<Elsewhere>,
}

/// The processes of a function that wait for an invocation.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// The last used one at the end.
    pub(super) sandboxes: Vec<Sandbox>,
    /// How often the function's program changed. A process of an earlier program is not used again.
    program: u64,
}

/// How the processes of a function are.
#[derive(Debug, Clone)]
pub(crate) struct FunctionState {
    /// How often its program changed since the server started.
    pub(crate) changes: u64,
    /// Those that run an invocation.
    pub(crate) running: usize,
    /// Those that wait for one.
    pub(crate) idle: usize,
    /// What its last failed invocation failed with.
    pub(crate) last_failure: Option<String>,
}

impl Function {
    /// A function without processes.
    pub(super) fn new(config: FunctionConfig) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(config.concurrency)),
            elsewhere: config.endpoint.clone().map(Elsewhere::at),
            config,
            idle: Mutex::default(),
            last_failure: Mutex::default(),
        }
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> &FunctionConfig {
        &self.config
    }

    /// Whether another program runs it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// Moves an execution of a function that another program runs to a URL; without an execution, all of them.
    pub(crate) fn move_to(&self, execution: Option<ExecutionArn>, endpoint: Endpoint) {
        if let Some(elsewhere) = &self.elsewhere {
            elsewhere.move_to(execution, endpoint);
        }
    }

    /// How its processes are.
    pub(crate) fn state(&self) -> FunctionState {
        let free = self.slots.available_permits();
        let (idle, changes) = {
            let mut idle = self.idle();
            idle.sandboxes.retain_mut(Sandbox::is_alive);
            (idle.sandboxes.len(), idle.program)
        };
        FunctionState {
            changes,
            running: self.config.concurrency.saturating_sub(free),
            idle,
            last_failure: self.last_failure.lock().clone(),
        }
    }

    /// Takes a slot for one more process, if one is free now.
    pub(crate) fn try_slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Waits for a slot for one more process.
    pub(crate) async fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    pub(super) fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock()
    }

    /// Which of its programs a process that starts now runs.
    pub(super) fn program(&self) -> u64 {
        self.idle().program
    }

    /// Keeps a process for the next invocation; returns it if it runs an earlier program.
    pub(super) fn keep(&self, sandbox: Sandbox) -> Option<Sandbox> {
        let mut idle = self.idle();
        if sandbox.program() != idle.program {
            return Some(sandbox);
        }
        idle.sandboxes.push(sandbox);
        None
    }

    /// Takes the idle processes of its program, which has changed.
    pub(super) fn take_outdated(&self) -> Vec<Sandbox> {
        let mut idle = self.idle();
        idle.program += 1;
        std::mem::take(&mut idle.sandboxes)
    }

    /// Takes an idle process of the version and tenant. If there is none, the caller starts one, and an
    /// idle process of another one may end to make room for it.
    pub(super) fn take_idle(&self, context: &InvocationContext) -> Option<Sandbox> {
        let mut idle = self.idle();
        let idle = &mut idle.sandboxes;
        idle.retain_mut(Sandbox::is_alive);
        let tenant = tenant(&self.config, context);
        let fits = |it: &Sandbox| it.version() == context.version && it.tenant() == tenant;
        if let Some(index) = idle.iter().rposition(fits) {
            return Some(idle.remove(index));
        }
        let running = self
            .config
            .concurrency
            .saturating_sub(self.slots.available_permits());
        if !idle.is_empty() && idle.len() + running > self.config.concurrency {
            idle.remove(0);
        }
        None
    }
}

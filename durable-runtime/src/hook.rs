//! The one seam between a durable step and the host that runs it.
//!
//! A deployed function and a tested one run the same [`step`](crate::__private::step). A test host installs a
//! [`StepHook`], once for the process; the hook recognises the invocations that its own hosts make and leaves
//! all others alone. In a deployed function none is installed, and a call of a step costs one atomic load
//! more than the SDK's own call.

use std::pin::Pin;
use std::sync::OnceLock;

use crate::sdk::DurableContext;
use crate::sdk::builders::JitterStrategy;
use crate::spec::StepSpec;

/// A future that a hook returns.
pub type HookFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Stands between the calls of durable steps and their bodies.
pub trait StepHook: Send + Sync {
    /// Called for each call of a durable step, before it is started. Returns `None` for an invocation
    /// that no host of this hook made; its step then runs as if there were no hook.
    fn enter(&self, ctx: &DurableContext, spec: &StepSpec) -> Option<Box<dyn StepSite>>;
}

/// One call of a durable step in an invocation of the hook's host.
pub trait StepSite: Send {
    /// The jitter of the step's retry delays, which overrides the declared one; `None` keeps the declared
    /// one.
    fn jitter(&self) -> Option<JitterStrategy>;

    /// Called when the body is about to run. It runs once the future is ready; `attempt` counts
    /// from 1.
    fn start(self: Box<Self>, attempt: u32) -> HookFuture<Box<dyn RunningStep>>;
}

/// A running body of a durable step. Dropped without [`end`](Self::end) if the body was dropped or panicked.
pub trait RunningStep: Send + Sync {
    /// Called for each poll of the body; `body` polls it once. A hook that does not call it leaves the
    /// body pending, as in a process that was killed.
    fn poll(&self, body: &mut dyn FnMut());

    /// Called when the body has returned. The SDK gets the result once the future is ready.
    fn end(self: Box<Self>, succeeded: bool) -> HookFuture<()>;
}

static HOOK: OnceLock<&'static dyn StepHook> = OnceLock::new();

/// Installs the hook of this process. The first one stays; the same hook may be installed again.
pub fn install(hook: &'static dyn StepHook) {
    let _ = HOOK.set(hook);
}

/// The site of a call, if a host of the installed hook made its invocation.
pub(crate) fn enter(ctx: &DurableContext, spec: &StepSpec) -> Option<Box<dyn StepSite>> {
    HOOK.get()?.enter(ctx, spec)
}

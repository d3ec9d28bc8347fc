//! The one seam between a durable function and the host that runs it.
//!
//! A deployed function and a tested one run the same [`step`](crate::__private::step). A test host installs a
//! [`StepHook`], once for the process; the hook recognises the invocations that its own hosts make and leaves
//! all others alone. In a deployed function none is installed, and a call of a step costs one atomic load
//! more than the SDK's own call.

use std::any::{Any, TypeId};
use std::fmt;
use std::pin::Pin;
use std::sync::OnceLock;

use crate::operation::OperationEntry;
use crate::sdk::builders::JitterStrategy;
use crate::sdk::{BoxError, DurableContext};
use crate::spec::StepSpec;

/// A future that a hook returns.
///
/// [`RunningStep::end`] returns one.
pub type HookFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Which durable function is called.
///
/// A [`StepHook`] is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee {
    /// Its entry in the registry.
    pub entry: &'static OperationEntry,
    /// The type of the function item: of the instance, if the function is generic.
    pub function: TypeId,
}

/// Which handler of the registry is invoked.
///
/// [`StepHook::enter_handler`] gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandlerKey {
    /// Its name in the registry.
    pub name: &'static str,
    /// Path of the module that holds it.
    pub module: &'static str,
    /// Line in the source file.
    pub line: u32,
}

/// Stands between the calls of durable functions and their bodies.
///
/// [`install`] installs one. This one counts the calls of each step, and changes none:
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use durable_runtime::StepSpec;
/// use durable_runtime::hook::{self, Callee, HandlerKey, StepHook, StepSite};
/// use durable_runtime::sdk::DurableContext;
///
/// struct Calls(Mutex<BTreeMap<&'static str, u32>>);
///
/// impl StepHook for Calls {
///     fn enter(&self, _: &DurableContext, spec: &StepSpec, _: Callee) -> Option<Box<dyn StepSite>> {
///         *self.0.lock().ok()?.entry(spec.name).or_default() += 1;
///         None
///     }
///
///     fn enter_block(&self, _: &DurableContext, _: Callee) -> Option<Box<dyn StepSite>> {
///         None
///     }
///
///     fn enter_handler(&self, _: &DurableContext, _: HandlerKey) {}
/// }
///
/// static CALLS: Calls = Calls(Mutex::new(BTreeMap::new()));
///
/// hook::install(&CALLS);
/// assert!(CALLS.0.lock().is_ok_and(|calls| calls.is_empty()));
/// ```
pub trait StepHook: Send + Sync {
    /// Called for each call of a durable step, before it is started. Returns `None` for an invocation
    /// that no host of this hook made; its step then runs as if there were no hook.
    fn enter(
        &self,
        ctx: &DurableContext,
        spec: &StepSpec,
        callee: Callee,
    ) -> Option<Box<dyn StepSite>>;

    /// Called for each call of a child-context block, as [`enter`](Self::enter) for a step.
    fn enter_block(&self, ctx: &DurableContext, callee: Callee) -> Option<Box<dyn StepSite>>;

    /// Called when a handler with `#[durable_execution]` is invoked.
    fn enter_handler(&self, ctx: &DurableContext, handler: HandlerKey);
}

/// One call of a durable step or block in an invocation of the hook's host.
///
/// A [`StepHook`] returns one for each call.
pub trait StepSite: Send {
    /// The jitter of the step's retry delays, which overrides the declared one; `None` keeps the declared
    /// one.
    fn jitter(&self) -> Option<JitterStrategy>;

    /// Called when the body is about to run. It runs once the future is ready; `attempt` counts
    /// from 1.
    fn start(self: Box<Self>, attempt: u32) -> HookFuture<Started>;
}

/// A body that may run now.
///
/// A [`StepSite`] returns it; [`RunningStep`] has an example.
pub struct Started {
    /// Is told how the body runs.
    pub running: Box<dyn RunningStep>,
    /// A [`Substitute`] for the body, of the types of the function's arguments and value. One of other types
    /// is left out.
    pub substitute: Option<Box<dyn Any + Send>>,
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started")
            .field("is_substituted", &self.substitute.is_some())
            .finish_non_exhaustive()
    }
}

/// A running body of a durable step or block. Dropped without [`end`](Self::end) if the body was dropped or
/// panicked.
///
/// This one stands for a process that is killed after two polls of the body:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use durable_runtime::hook::{HookFuture, RunningStep};
///
/// struct KilledAfterTwo(AtomicU32);
///
/// impl RunningStep for KilledAfterTwo {
///     fn poll(&self, body: &mut dyn FnMut()) {
///         if self.0.fetch_add(1, Ordering::Relaxed) < 2 {
///             body();
///         }
///     }
///
///     fn end(self: Box<Self>, _succeeded: bool) -> HookFuture<()> {
///         Box::pin(async {})
///     }
/// }
///
/// let running = KilledAfterTwo(AtomicU32::new(0));
/// let mut polls = 0;
/// for _ in 0..5 {
///     running.poll(&mut || polls += 1);
/// }
/// assert_eq!(polls, 2);
/// ```
pub trait RunningStep: Send + Sync {
    /// Called for each poll of the body; `body` polls it once. A hook that does not call it leaves the
    /// body pending, as in a process that was killed.
    fn poll(&self, body: &mut dyn FnMut());

    /// Called when the body has returned. The SDK gets the result once the future is ready.
    fn end(self: Box<Self>, succeeded: bool) -> HookFuture<()>;
}

/// Takes the place of one run of a body; `A` is the tuple of the function's arguments.
///
/// A [`Started`] body may be replaced by one. This one takes the place of the step
/// `async fn charge(cents: u64) -> Result<String, BoxError>` where there is nothing to charge:
///
/// ```
/// use std::any::Any;
///
/// use durable_runtime::hook::{Instead, Substitute};
///
/// let free = Substitute::<(u64,), String>::new(|(cents,)| match cents {
///     0 => Instead::Future(Box::pin(async { Ok("free".to_owned()) })),
///     _ => Instead::Body((cents,)),
/// });
/// let substitute: Box<dyn Any + Send> = Box::new(free);
/// assert!(substitute.is::<Substitute<(u64,), String>>());
/// ```
pub struct Substitute<A, T>(Box<dyn FnOnce(A) -> Instead<A, T> + Send>);

/// What a [`Substitute`] does with the arguments of a run.
pub enum Instead<A, T> {
    /// The body runs after all.
    Body(A),
    /// This runs instead.
    Future(HookFuture<Result<T, BoxError>>),
}

impl<A, T> Substitute<A, T> {
    /// A substitute that does that with the arguments.
    pub fn new(run: impl FnOnce(A) -> Instead<A, T> + Send + 'static) -> Self {
        Self(Box::new(run))
    }
}

impl<A, T> fmt::Debug for Substitute<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Substitute")
    }
}

impl<A, T> fmt::Debug for Instead<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body(_) => "Body",
            Self::Future(_) => "Future",
        })
    }
}

/// What runs: the body, or what the substitute says.
pub(crate) fn instead<A: 'static, T: 'static>(
    substitute: Option<Box<dyn Any + Send>>,
    arguments: A,
) -> Instead<A, T> {
    match substitute.map(<Box<dyn Any + Send>>::downcast::<Substitute<A, T>>) {
        Some(Ok(substitute)) => (substitute.0)(arguments),
        _ => Instead::Body(arguments),
    }
}

static HOOK: OnceLock<&'static dyn StepHook> = OnceLock::new();

/// Installs the hook of this process. The first one stays; the same hook may be installed again.
///
/// See [`StepHook`] for what it does.
pub fn install(hook: &'static dyn StepHook) {
    let _ = HOOK.set(hook);
}

/// The hook, if one is installed.
pub(crate) fn installed() -> Option<&'static dyn StepHook> {
    HOOK.get().copied()
}

/// Notes that a handler is invoked; called by `#[durable_execution]`.
///
/// It calls [`StepHook::enter_handler`].
pub fn enter_handler(ctx: &DurableContext, handler: HandlerKey) {
    if let Some(hook) = installed() {
        hook.enter_handler(ctx, handler);
    }
}

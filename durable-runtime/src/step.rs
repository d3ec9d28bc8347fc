//! Durable steps as functions: the call that `#[durable_step]` expands to.

use std::any::TypeId;
use std::future::poll_fn;
use std::task::Poll;

use crate::hook::{self, Callee, Instead, RunningStep, Started, StepSite};
use crate::operation::{BoxedBody, DurableFn, StepFuture};
use crate::sdk::builders::StepBuilder;
use crate::sdk::{DurableContext, StepContext};
use crate::spec::{Retry, StepSpec};

/// The body of a step, with its arguments inside.
///
/// A [`StepCall`] holds it; [`durable_step`](durable_macros::durable_step) has an example.
pub type StepFn<T, E, M> = Box<dyn FnOnce(StepContext) -> StepFuture<T, E, M> + Send>;

/// What a call of a durable step returns: the SDK's own builder, already named. `T` is the step's value, `E`
/// the error that it declares, `M` its marker.
///
/// `.name(..)`, `.retry_strategy(..)`, `.semantics(..)`, `.spawn()`, `.future()` and `.await` all
/// work on it.
///
/// [`durable_step`](durable_macros::durable_step) has an example.
pub type StepCall<T, E, M> = StepBuilder<T, StepFn<T, E, M>, StepFuture<T, E, M>>;

/// Builds the call of a durable step: a step of the SDK, named and configured as declared. `F` is the
/// function item of the step.
pub fn step<T, E, M, F, A, B>(
    ctx: &DurableContext,
    spec: StepSpec,
    _: F,
    arguments: A,
    body: B,
) -> StepCall<T, E, M>
where
    T: Send + 'static,
    E: 'static,
    M: DurableFn,
    F: 'static,
    A: Send + 'static,
    B: FnOnce(StepContext, A) -> BoxedBody<T> + Send + 'static,
{
    let callee = || callee::<M, F>();
    let site = hook::installed().and_then(|hook| hook.enter(ctx, &spec, callee()));
    let jitter = site.as_ref().and_then(|site| site.jitter());
    let body: StepFn<T, E, M> = match site {
        Some(site) => Box::new(move |step| {
            let attempt = step.attempt();
            let body = move |arguments| body(step, arguments);
            StepFuture::new(Box::pin(hooked(site, attempt, arguments, body)))
        }),
        None => Box::new(move |step| StepFuture::new(body(step, arguments))),
    };
    let call = ctx.step(body).name(spec.name).semantics(spec.semantics);
    match spec.retry {
        Retry::Config(options) => call.retry_strategy_config(options.config(jitter)),
        Retry::Strategy(strategy) => call.retry_strategy(strategy),
    }
}

/// The function of marker `M` and item `F`.
pub(crate) fn callee<M: DurableFn, F: 'static>() -> Callee {
    Callee {
        entry: M::ENTRY,
        function: TypeId::of::<F>(),
    }
}

/// Runs a body, or what takes its place, and reports its start and its end to its host.
pub(crate) async fn hooked<T, A>(
    site: Box<dyn StepSite>,
    attempt: u32,
    arguments: A,
    body: impl FnOnce(A) -> BoxedBody<T> + Send,
) -> Result<T, crate::sdk::BoxError>
where
    T: Send + 'static,
    A: Send + 'static,
{
    let Started {
        running,
        substitute,
    } = site.start(attempt).await;
    let body = match hook::instead(substitute, arguments) {
        Instead::Body(arguments) => body(arguments),
        Instead::Future(future) => future,
    };
    watched(running, body).await
}

/// Polls a body through its host.
async fn watched<T: Send>(
    running: Box<dyn RunningStep>,
    mut body: BoxedBody<T>,
) -> Result<T, crate::sdk::BoxError> {
    let result = poll_fn(|cx| {
        let mut polled = Poll::Pending;
        running.poll(&mut || polled = body.as_mut().poll(cx));
        polled
    })
    .await;
    running.end(result.is_ok()).await;
    result
}

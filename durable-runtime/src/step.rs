//! Durable steps as functions: the call that `#[durable_step]` expands to.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::hook::{self, StepSite};
use crate::sdk::builders::StepBuilder;
use crate::sdk::{BoxError, DurableContext, StepContext};
use crate::spec::{Retry, StepSpec};

/// The future of a step's body.
pub type StepFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The body of a step, with its arguments inside.
pub type StepFn<T> = Box<dyn FnOnce(StepContext) -> StepFuture<T> + Send>;

/// What a call of a durable step returns: the SDK's own builder, already named.
///
/// `.name(..)`, `.retry_strategy(..)`, `.semantics(..)`, `.spawn()`, `.future()` and `.await` all
/// work on it.
pub type StepCall<T> = StepBuilder<T, StepFn<T>, StepFuture<T>>;

/// Builds the call of a durable step: a step of the SDK, named and configured as declared.
pub fn step<T, F>(ctx: &DurableContext, spec: StepSpec, body: F) -> StepCall<T>
where
    T: Send + 'static,
    F: FnOnce(StepContext) -> StepFuture<T> + Send + 'static,
{
    let site = hook::enter(ctx, &spec);
    let jitter = site.as_ref().and_then(|site| site.jitter());
    let body: StepFn<T> = match site {
        Some(site) => hooked(site, body),
        None => Box::new(body),
    };
    let call = ctx.step(body).name(spec.name).semantics(spec.semantics);
    match spec.retry {
        Retry::Config(options) => call.retry_strategy_config(options.config(jitter)),
        Retry::Strategy(strategy) => call.retry_strategy(strategy),
    }
}

/// A body that reports its start and its end to its host.
fn hooked<T, F>(site: Box<dyn StepSite>, body: F) -> StepFn<T>
where
    T: Send + 'static,
    F: FnOnce(StepContext) -> StepFuture<T> + Send + 'static,
{
    Box::new(move |step| {
        Box::pin(async move {
            let running = site.start(step.attempt()).await;
            let mut body = body(step);
            let result = poll_fn(|cx| {
                let mut polled = Poll::Pending;
                running.poll(&mut || polled = body.as_mut().poll(cx));
                polled
            })
            .await;
            running.end(result.is_ok()).await;
            result
        })
    })
}

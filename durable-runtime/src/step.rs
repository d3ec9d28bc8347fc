//! Durable steps as functions: the call that `#[durable_step]` expands to.

use std::pin::Pin;
use std::time::Duration;

use crate::hook::{self, StepSite};
use crate::sdk::builders::{JitterStrategy, RetryStrategyConfig, StepBuilder};
use crate::sdk::{BoxError, DurableContext, RetryDecision, StepContext, StepError, StepSemantics};

/// The future of a step's body.
pub type StepFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The body of a step, with its arguments inside.
pub type StepFn<T> = Box<dyn FnOnce(StepContext) -> StepFuture<T> + Send>;

/// What a call of a durable step returns: the SDK's own builder, already named.
///
/// `.name(..)`, `.retry_strategy(..)`, `.semantics(..)`, `.spawn()`, `.future()` and `.await` all
/// work on it.
pub type StepCall<T> = StepBuilder<T, StepFn<T>, StepFuture<T>>;

/// The options of a `#[durable_step]` attribute.
#[derive(Debug, Clone, Copy)]
pub struct StepSpec {
    /// Name of the operation.
    pub name: &'static str,
    /// What happens after a failed attempt.
    pub retry: Retry,
    /// What happens to an attempt that was interrupted.
    pub semantics: StepSemantics,
}

/// The retry policy of a `#[durable_step]` attribute.
#[derive(Debug, Clone, Copy)]
pub enum Retry {
    /// A policy by numbers. Fields that are not set take the SDK's defaults.
    Config(RetryOptions),
    /// A function, as the SDK's `retry_strategy` takes it.
    Strategy(fn(&StepError, u32) -> RetryDecision),
}

/// The numbers of a retry policy; `None` stands for the SDK's default.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetryOptions {
    /// Attempts in total, the first one included.
    pub max_attempts: Option<u32>,
    /// Delay before the second attempt.
    pub initial_delay: Option<Duration>,
    /// Longest delay between two attempts.
    pub max_delay: Option<Duration>,
    /// Factor by which each delay exceeds the one before it.
    pub backoff_rate: Option<f64>,
    /// How much of a delay is random.
    pub jitter: Option<JitterStrategy>,
}

impl RetryOptions {
    /// The SDK's policy; `jitter` takes the place of the declared one.
    fn config(self, jitter: Option<JitterStrategy>) -> RetryStrategyConfig {
        let mut config = RetryStrategyConfig::builder();
        if let Some(attempts) = self.max_attempts {
            config = config.max_attempts(attempts);
        }
        if let Some(delay) = self.initial_delay {
            config = config.initial_delay(delay);
        }
        if let Some(delay) = self.max_delay {
            config = config.max_delay(delay);
        }
        if let Some(rate) = self.backoff_rate {
            config = config.backoff_rate(rate);
        }
        if let Some(jitter) = jitter.or(self.jitter) {
            config = config.jitter(jitter);
        }
        config.build()
    }
}

/// Makes the call of a durable step: a step of the SDK, named and configured as declared.
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

/// A body that its host hears of, before and after.
fn hooked<T, F>(site: Box<dyn StepSite>, body: F) -> StepFn<T>
where
    T: Send + 'static,
    F: FnOnce(StepContext) -> StepFuture<T> + Send + 'static,
{
    Box::new(move |step| {
        Box::pin(async move {
            let running = site.begin(step.attempt()).await;
            let result = body(step).await;
            running.end(result.is_ok()).await;
            result
        })
    })
}

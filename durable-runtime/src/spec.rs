//! What a `#[durable_step]` attribute declares.

use std::time::Duration;

use crate::sdk::builders::{JitterStrategy, RetryStrategyConfig};
use crate::sdk::{RetryDecision, StepError, StepSemantics};

/// The options of a `#[durable_step]` attribute.
///
/// [`durable_step`](durable_macros::durable_step) writes it.
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
    /// The SDK's policy; `jitter` overrides the declared one.
    pub(crate) fn config(self, jitter: Option<JitterStrategy>) -> RetryStrategyConfig {
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

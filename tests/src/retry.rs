//! A step that fails at first and is tried again.

use durable_runtime::prelude::*;
use serde_json::Value;

/// Something that is expected to pass.
#[derive(Debug, thiserror::Error)]
#[error("Transient error")]
pub struct TransientError;

#[durable_step(retry(max_attempts = 5, initial_delay = "1s", backoff_rate = 2.0))]
async fn unreliable_operation(step: StepContext) -> Result<String, TransientError> {
    if step.attempt() < 3 {
        return Err(TransientError);
    }
    Ok("Operation succeeded".to_owned())
}

/// Runs an operation whose first two attempts fail.
///
/// # Errors
///
/// The error of the last attempt.
#[durable_execution]
pub async fn retry_workflow(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let result = unreliable_operation(&ctx).name("unreliable").await?;
    Ok(result)
}

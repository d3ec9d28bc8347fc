//! A workflow whose last step fails after the others succeeded.

use durable_runtime::prelude::*;
use serde_json::Value;

#[durable_step]
fn complete(step: u32) -> String {
    format!("Step {step} complete")
}

#[durable_step(retry(max_attempts = 1))]
async fn fail() -> Result<String, BoxError> {
    Err("Step 3 failed".into())
}

/// Completes two steps and fails in the third.
///
/// # Errors
///
/// Always: the error of the third step.
#[durable_execution]
pub async fn partial_failure(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    complete(&ctx, 1).name("step1").await?;
    complete(&ctx, 2).name("step2").await?;
    fail(&ctx).name("step3").await?;
    Ok("Should not reach here".to_owned())
}

//! A workflow that refuses wrong input.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Measurement {
    /// The value; zero if left out.
    #[serde(default)]
    pub value: i64,
}

/// Why a value is refused.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    /// It is below zero.
    #[error("Value must be non-negative")]
    Negative,
}

/// A wrong value stays wrong, so there is one attempt only.
#[durable_step(retry(max_attempts = 1))]
fn validate_input(value: i64) -> Result<i64, ValueError> {
    if value < 0 {
        return Err(ValueError::Negative);
    }
    Ok(value)
}

/// Returns the value if it is valid.
///
/// # Errors
///
/// If the value is below zero.
#[durable_execution]
pub async fn validation_workflow(event: Measurement, ctx: DurableContext) -> Result<i64, BoxError> {
    let validated = validate_input(&ctx, event.value).name("validate").await?;
    Ok(validated)
}

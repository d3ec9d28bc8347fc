//! A path through the workflow that depends on its input.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Purchase {
    /// Its price; zero if left out.
    #[serde(default)]
    pub amount: u64,
}

/// Above this amount an approval is required.
const APPROVAL_LIMIT: u64 = 1_000;

#[durable_step]
fn approval() -> String {
    "Manager approval required".to_owned()
}

#[durable_step]
fn process_high() -> String {
    "High-value order processed".to_owned()
}

#[durable_step]
fn process_standard() -> String {
    "Standard order processed".to_owned()
}

/// Processes a purchase; a large one needs an approval and some patience.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn conditional_workflow(
    event: Purchase,
    ctx: DurableContext,
) -> Result<String, BoxError> {
    let amount = ctx
        .step(move |_| async move { Ok(event.amount) })
        .name("validate_amount")
        .await?;
    if amount > APPROVAL_LIMIT {
        approval(&ctx).await?;
        ctx.wait(Duration::from_secs(10))
            .name("approval_wait")
            .await?;
        Ok(process_high(&ctx).await?)
    } else {
        Ok(process_standard(&ctx).await?)
    }
}

//! Workflows whose point is how long they take.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[durable_step]
fn remind(month: u32) -> String {
    format!("reminder {month}")
}

/// A subscription: a reminder every thirty days, and the rest of the year in one wait.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn year_of_reminders(_event: Value, ctx: DurableContext) -> Result<u32, BoxError> {
    let mut reminders = 0;
    for month in 1..=12 {
        ctx.wait(Duration::from_hours(30 * 24))
            .name(format!("month-{month}"))
            .await?;
        remind(&ctx, month).await?;
        reminders += 1;
    }
    ctx.wait(Duration::from_hours(5 * 24)).name("rest").await?;
    Ok(reminders)
}

/// How often the payment provider is unavailable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outage {
    /// Attempts that fail.
    pub attempts: u32,
}

/// The payment provider does not answer.
#[derive(Debug, thiserror::Error)]
#[error("attempt {0}: provider unavailable")]
pub struct Unavailable(u32);

#[durable_step(retry(max_attempts = 4, initial_delay = "1s", backoff_rate = 2.0))]
async fn pay(step: StepContext, outage: Outage) -> Result<String, Unavailable> {
    if step.attempt() <= outage.attempts {
        return Err(Unavailable(step.attempt()));
    }
    Ok(format!("paid in attempt {}", step.attempt()))
}

/// A payment that is tried four times, one, two and four seconds apart.
///
/// # Errors
///
/// If the fourth attempt fails.
#[durable_execution]
pub async fn patient_payment(event: Outage, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(pay(&ctx, event).await?)
}

/// A wait in a child context, and one in a child context of that.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn wait_in_child_contexts(
    _event: Value,
    ctx: DurableContext,
) -> Result<String, BoxError> {
    let outer = ctx
        .run_in_child_context(|ctx| async move {
            ctx.wait(Duration::from_mins(1)).name("minute").await?;
            let inner = ctx
                .run_in_child_context(|ctx| async move {
                    ctx.wait(Duration::from_hours(1)).name("hour").await?;
                    Ok("done".to_owned())
                })
                .name("inner")
                .await?;
            Ok(inner)
        })
        .name("outer")
        .await?;
    Ok(outer)
}

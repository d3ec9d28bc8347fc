//! Workflows that wait for answers from outside.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The decision of an approver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it may go on.
    pub approved: bool,
    /// The approver.
    pub by: String,
}

/// An approval within three days, with a heartbeat every hour.
///
/// # Errors
///
/// If it is refused, or not answered in time.
#[durable_execution]
pub async fn approval(_event: Value, ctx: DurableContext) -> Result<Decision, BoxError> {
    let callback = ctx
        .create_callback::<Decision>()
        .name("approval")
        .timeout(Duration::from_hours(72))
        .heartbeat(Duration::from_hours(1))
        .await?;
    Ok(callback.result().await?)
}

#[durable_step]
fn escalate(reason: String) -> String {
    format!("escalated: {reason}")
}

/// An approval within three days, which goes to the manager if it does not come.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn approval_or_manager(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx
        .create_callback::<Decision>()
        .name("approval")
        .timeout(Duration::from_hours(72))
        .heartbeat(Duration::from_hours(1))
        .await?;
    let error = match callback.result().await {
        Ok(decision) => return Ok(format!("decided by {}", decision.by)),
        Err(error) => error,
    };
    // The kind of the error does not distinguish the two timeouts, but its record does.
    let wire = error
        .wire()
        .ok_or("a failed callback has a recorded error")?;
    let reason = match wire.error_type() {
        Some("Callback.Timeout") => "no answer",
        Some("Callback.Heartbeat") => "no sign of life",
        _ => wire.error_message().unwrap_or("no reason"),
    };
    let reason = reason.to_owned();
    Ok(escalate(&ctx, reason).await?)
}

/// Sends a letter with the callback's id.
async fn send_letter(_step: StepContext, callback_id: String) -> Result<(), BoxError> {
    if callback_id.is_empty() {
        return Err("a letter without an id cannot be answered".into());
    }
    Ok(())
}

/// Sends a letter, and waits for the signature.
///
/// # Errors
///
/// If the signature is refused.
#[durable_execution]
pub async fn signature(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let signed = ctx
        .wait_for_callback::<String, _, _>(send_letter)
        .name("signature")
        .await?;
    Ok(signed)
}

/// Asks for a review, which may take two hours, while a timer of a day runs beside it.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn review_beside_timer(
    _event: Value,
    ctx: DurableContext,
) -> Result<Vec<String>, BoxError> {
    let review = Branch::new("review", |ctx: DurableContext| async move {
        let callback = ctx
            .create_callback::<String>()
            .name("review")
            .timeout(Duration::from_hours(2))
            .await?;
        let review = callback.result().await;
        Ok(review.unwrap_or_else(|_| "no review".to_owned()))
    });
    let timer = Branch::new("timer", |ctx: DurableContext| async move {
        ctx.wait(Duration::from_hours(24)).name("day").await?;
        Ok("a day later".to_owned())
    });
    let results = ctx.parallel([review, timer]).name("both").await?;
    Ok(results)
}

/// Asks for an opinion, without any limit of time.
///
/// # Errors
///
/// If the opinion is refused.
#[durable_execution]
pub async fn opinion(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx.create_callback::<String>().name("opinion").await?;
    Ok(callback.result().await?)
}

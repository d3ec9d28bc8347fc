//! A wait that is too long for real time.

use durable_runtime::prelude::*;
use serde_json::Value;

#[durable_step]
fn start() -> String {
    "Starting".to_owned()
}

#[durable_step(name = "continue")]
fn go_on() -> String {
    "Continuing".to_owned()
}

/// Waits for an hour between two steps.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn long_wait(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    start(&ctx).await?;
    ctx.wait(Duration::from_hours(1)).name("long_wait").await?;
    go_on(&ctx).await?;
    Ok("Complete".to_owned())
}

//! `race`: the first operation to settle wins.

use durable_runtime::prelude::*;
use serde_json::Value;

/// A wait of a day against one of a second.
///
/// # Errors
///
/// The error of the race.
#[durable_execution]
pub async fn race_of_waits(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let day = ctx.wait(Duration::from_hours(24)).name("day").future();
    let second = ctx.wait(Duration::from_secs(1)).name("second").future();
    ctx.race([day, second]).name("first").await?;
    Ok("over".to_owned())
}

#[durable_with_child_context]
async fn answer_after(ctx: DurableContext, who: String, delay: u64) -> Result<String, BoxError> {
    ctx.wait(Duration::from_secs(delay)).name("think").await?;
    Ok(who)
}

/// Two contexts that answer after different delays; the earlier answer is the result.
///
/// # Errors
///
/// The error of the race.
#[durable_execution]
pub async fn race_of_contexts(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let tortoise = answer_after(&ctx, "tortoise".to_owned(), 3_600)
        .name("tortoise")
        .future();
    let hare = answer_after(&ctx, "hare".to_owned(), 2)
        .name("hare")
        .future();
    Ok(ctx.race([tortoise, hare]).name("finish").await?)
}

#[durable_step(retry(max_attempts = 1))]
async fn stumble() -> Result<(), BoxError> {
    Err("stumbled at the start".into())
}

/// A step that fails at once against a wait: the failure is the first to settle.
///
/// # Errors
///
/// Always: the failure of the step.
#[durable_execution]
pub async fn race_to_failure(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let failing = stumble(&ctx).future();
    let wait = ctx.wait(Duration::from_hours(1)).name("rest").future();
    ctx.race([failing, wait]).name("first").await?;
    Ok(())
}

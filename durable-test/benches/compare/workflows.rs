//! The workflows of both sides.

use durable_runtime::prelude::*;

#[durable_step]
async fn add_one(n: u64) -> u64 {
    n + 1
}

#[durable_step(retry(max_attempts = 3, initial_delay = "1s"))]
async fn third_time(step: StepContext) -> Result<u32, BoxError> {
    match step.attempt() {
        3 => Ok(3),
        attempt => Err(format!("attempt {attempt} fails").into()),
    }
}

#[durable_step(retry(max_attempts = 1))]
async fn refuse(n: u64) -> Result<u64, BoxError> {
    Err(format!("{n} is refused").into())
}

/// Steps, one after the other.
pub(crate) async fn steps(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut n = 0;
    for _ in 0..count {
        n = add_one(&ctx, n).await?;
    }
    Ok(n)
}

/// Waits of an hour, one after the other.
pub(crate) async fn waits(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    for _ in 0..count {
        ctx.wait(Duration::from_hours(1)).await?;
    }
    Ok(count)
}

/// A map with a step for each item.
pub(crate) async fn map(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let items: Vec<u64> = (0..count).collect();
    let made = ctx
        .map(items, |ctx: DurableContext, n: u64, _| async move {
            Ok(add_one(&ctx, n).await?)
        })
        .await?;
    Ok(made.len() as u64)
}

/// Steps that succeed at the third attempt.
pub(crate) async fn retries(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    for _ in 0..count {
        third_time(&ctx).await?;
    }
    Ok(count)
}

/// Steps that fail for good, which the handler catches.
pub(crate) async fn failures(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut failed = 0;
    for n in 0..count {
        failed += u64::from(refuse(&ctx, n).await.is_err());
    }
    Ok(failed)
}

/// Callbacks, one after the other.
pub(crate) async fn callbacks(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut sum = 0;
    for _ in 0..count {
        sum += ctx
            .create_callback::<u64>()
            .name("approval")
            .await?
            .result()
            .await?;
    }
    Ok(sum)
}

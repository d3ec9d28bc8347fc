//! The ways in that people know from other test crates: cases, `rstest`, `proptest`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "ways_in/cases.rs"]
mod cases;
#[path = "ways_in/generated.rs"]
mod generated;
#[path = "ways_in/with_rstest.rs"]
mod with_rstest;

use durable_runtime::prelude::*;

#[durable_step]
async fn double(n: u64) -> Result<u64, BoxError> {
    n.checked_mul(2).ok_or_else(|| "too large".into())
}

#[durable_execution]
async fn doubles(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let doubled = double(&ctx, n).await?;
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(doubled)
}

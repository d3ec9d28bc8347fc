//! A loop of checks and waits until a condition holds.

use durable_runtime::prelude::*;
use serde_json::Value;

const MAX_ATTEMPTS: u32 = 5;
const WANTED: u32 = 3;

#[durable_step]
fn increment(state: u32) -> u32 {
    state + 1
}

/// Increments a state, once a second, until it is three.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn polling(_event: Value, ctx: DurableContext) -> Result<u32, BoxError> {
    let mut state = 0;
    for attempt in 1..=MAX_ATTEMPTS {
        state = increment(&ctx, state)
            .name(format!("increment_{attempt}"))
            .await?;
        if state >= WANTED {
            break;
        }
        ctx.wait(Duration::from_secs(1))
            .name(format!("wait_{attempt}"))
            .await?;
    }
    Ok(state)
}

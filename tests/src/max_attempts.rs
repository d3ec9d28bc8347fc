//! A polling loop that gives up after a number of attempts.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Goal {
    /// The state to reach; ten if left out.
    #[serde(default = "ten")]
    pub target: u32,
}

fn ten() -> u32 {
    10
}

/// The outcome of the loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The last state.
    pub state: u32,
    /// Attempts that were made.
    pub attempts: u32,
    /// Whether the target was reached.
    pub reached_target: bool,
}

const MAX_ATTEMPTS: u32 = 5;

#[durable_step]
fn advance(state: u32) -> u32 {
    state + 1
}

/// Advances a state towards a target, five times at most.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn max_attempts(event: Goal, ctx: DurableContext) -> Result<Reached, BoxError> {
    let mut state = 0;
    let mut attempts = 0;
    while attempts < MAX_ATTEMPTS && state < event.target {
        attempts += 1;
        state = advance(&ctx, state)
            .name(format!("attempt_{attempts}"))
            .await?;
        if state < event.target {
            ctx.wait(Duration::from_secs(1))
                .name(format!("wait_{attempts}"))
                .await?;
        }
    }
    Ok(Reached {
        state,
        attempts,
        reached_target: state >= event.target,
    })
}

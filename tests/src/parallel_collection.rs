//! One step for each element of a collection.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Numbers {
    /// The numbers; one to five if left out.
    #[serde(default = "one_to_five")]
    pub numbers: Vec<i64>,
}

fn one_to_five() -> Vec<i64> {
    (1..=5).collect()
}

#[durable_step]
fn double(number: i64) -> i64 {
    number * 2
}

/// Doubles each number in a step of its own.
///
/// # Errors
///
/// The error of the step that failed.
#[durable_execution]
pub async fn parallel_collection(
    event: Numbers,
    ctx: DurableContext,
) -> Result<Vec<i64>, BoxError> {
    let mut results = Vec::new();
    for (index, number) in event.numbers.into_iter().enumerate() {
        let doubled = double(&ctx, number).name(format!("square_{index}")).await?;
        results.push(doubled);
    }
    Ok(results)
}

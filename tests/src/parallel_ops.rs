//! Independent steps that run at the same time.

use durable_runtime::prelude::*;
use serde_json::Value;

#[durable_step]
async fn complete(task: u32) -> Result<String, BoxError> {
    Ok(format!("Task {task} complete"))
}

/// Runs three tasks side by side and returns their results in order.
///
/// # Errors
///
/// The error of the first task that failed.
#[durable_execution]
pub async fn parallel_ops(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let task1 = complete(&ctx, 1).name("task1").spawn();
    let task2 = complete(&ctx, 2).name("task2").spawn();
    let task3 = complete(&ctx, 3).name("task3").spawn();
    Ok(vec![task1.await?, task2.await?, task3.await?])
}

use durable_runtime::sdk::{BoxError, DurableContext, RetryDecision};
use durable_service::model::OperationType;

use super::{SECOND, decline, run, stop};
use crate::sdk::OperationSketch;
use crate::sdk::retry_delays::is_retry_delay;

/// A block that is tried twice, and a wait with the name of its pause.
async fn tries_twice((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let block =
        |ctx: DurableContext| async move { Ok(ctx.step(decline).retry_strategy(stop).await?) };
    let twice = |_: &_, attempt| match attempt {
        1 => RetryDecision::Retry { delay: SECOND },
        _ => RetryDecision::Stop,
    };
    ctx.with_retry(block).retry_strategy(twice).await.err();
    ctx.wait(SECOND).name("retry-delay-1").await?;
    Ok(())
}

#[test]
fn the_pause_between_attempts_is_told_from_a_wait_of_its_name() {
    let operations = run(tries_twice).operations();
    let sketches: Vec<_> = operations.iter().map(OperationSketch::from).collect();
    let waits = sketches
        .iter()
        .filter(|one| one.operation_type == OperationType::Wait);
    let found: Vec<bool> = waits
        .map(|wait| is_retry_delay(wait, sketches.iter()))
        .collect();
    assert_eq!(found, [true, false]);
}

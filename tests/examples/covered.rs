//! A test binary whose workflows come to each end that coverage counts, each by a handler, a block and a step of
//! its own. `tests/coverage.rs` runs it.

use durable_runtime::prelude::*;
use durable_test::faults::{Calls, OperationAction};
use durable_test::prelude::*;

#[durable_step]
async fn step_that_succeeds() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_succeeds(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_succeeds(&ctx).await?)
}

#[durable_execution]
async fn succeeds(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(block_that_succeeds(&ctx).await?)
}

#[durable_test(handler = succeeds)]
async fn all_succeed(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_step]
async fn step_that_fails() -> Result<u32, BoxError> {
    Err("no".into())
}

#[durable_with_child_context]
async fn block_that_fails(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_fails(&ctx).await?)
}

#[durable_execution]
async fn fails(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(block_that_fails(&ctx).await?)
}

#[durable_test(handler = fails)]
async fn all_fail(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;
    assert_eq!(result.status(), ExecutionStatus::Failed);
    Ok(())
}

#[durable_step(retry(max_attempts = 3, initial_delay = "1s"))]
async fn step_that_retries(step: StepContext) -> Result<u32, BoxError> {
    if step.attempt() == 1 {
        return Err("busy".into());
    }
    Ok(step.attempt())
}

#[durable_execution]
async fn retries(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_retries(&ctx).await?)
}

#[durable_test(handler = retries)]
async fn a_step_is_retried(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_step]
async fn step_that_is_replayed() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_is_replayed(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_is_replayed(&ctx).await?)
}

#[durable_execution]
async fn is_replayed(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    let one = step_that_is_replayed(&ctx).await?;
    let two = block_that_is_replayed(&ctx).await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(one + two)
}

#[durable_test(handler = is_replayed, check_determinism = false)]
async fn all_are_replayed(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_step]
async fn step_that_is_cut_off() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_is_cut_off(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_is_cut_off(&ctx).await?)
}

#[durable_execution]
async fn is_cut_off(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    let beside = block_that_is_cut_off(&ctx).into_future();
    let crashes = step_that_succeeds(&ctx).name("crashes here").into_future();
    let (beside, other) = tokio::join!(beside, crashes);
    other?;
    Ok(beside?)
}

#[durable_test(handler = is_cut_off)]
async fn all_are_cut_off(runner: DurableRunner) -> TestOutcome {
    let slow = Faults::new()
        .slow_step("step_that_is_cut_off", Duration::from_mins(1), 1)
        .slow_step("crashes here", Duration::from_secs(10), 1);
    let crash = CrashPoint::before_stored("crashes here");
    let result = runner.run(()).faults(slow).crash(crash).await?;
    result.ensure_succeeded()?;
    Ok(())
}

#[durable_step]
async fn step_that_is_spawned() -> u32 {
    1
}

#[durable_step]
async fn step_of_a_spawned_block() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_is_spawned(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_of_a_spawned_block(&ctx).await?)
}

#[durable_execution]
async fn spawns(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    let step = step_that_is_spawned(&ctx).spawn();
    let block = block_that_is_spawned(&ctx).spawn();
    step_that_succeeds(&ctx).name("crashes here").await?;
    Ok(step.await? + block.await?)
}

#[durable_test(handler = spawns)]
async fn all_spawned_are_cut_off(runner: DurableRunner) -> TestOutcome {
    let slow = Faults::new()
        .slow_step("step_that_is_spawned", Duration::from_mins(1), 1)
        .slow_step("step_of_a_spawned_block", Duration::from_mins(1), 1)
        .slow_step("crashes here", Duration::from_secs(10), 1);
    let ends = Calls::of("crashes here").action(OperationAction::Succeed);
    // The second crash comes at once, before a spawned task runs.
    let crashes = CrashPoint::before_stored(ends.first(2));
    let result = runner.run(()).faults(slow).crash(crashes).await?;
    result.ensure_succeeded()?;
    Ok(())
}

#[durable_step]
async fn step_that_times_out() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_times_out(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_times_out(&ctx).await?)
}

#[durable_execution]
async fn times_out(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(block_that_times_out(&ctx).await?)
}

#[durable_test(handler = times_out)]
async fn all_time_out(runner: DurableRunner) -> TestOutcome {
    let slow = Faults::new().slow_step("step_that_times_out", Duration::from_mins(1), 1);
    let limited = runner.run(()).execution_timeout(Duration::from_secs(10));
    let result = limited.faults(slow).await?;
    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    Ok(())
}

#[durable_step]
async fn step_that_never_runs() -> u32 {
    1
}

#[durable_with_child_context]
async fn block_that_never_runs(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step_that_never_runs(&ctx).await?)
}

#[durable_execution]
async fn never_runs(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(block_that_never_runs(&ctx).await?)
}

durable_test::main!();

//! A test binary whose tests print and log, for the tests of what the harness holds back. `tests/output.rs` runs
//! it.
#![allow(
    clippy::unwrap_used,
    clippy::exit,
    reason = "its tests are to fail in all the ways that users' tests do"
)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step(retry(max_attempts = 3, initial_delay = "1s"))]
async fn charge(step: StepContext, cents: u64) -> Result<u64, BoxError> {
    println!("charging {cents}");
    tracing::info!(cents, "charging");
    tracing::debug!("for people who look closely");
    if step.attempt() == 1 {
        return Err("the payment service is busy".into());
    }
    Ok(cents)
}

#[durable_execution(name = "order-of-a-shop")]
async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    tracing::info!("started");
    let paid = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    eprintln!("cooled off");
    tracing::warn!("cooled off");
    Ok(paid)
}

#[durable_execution(allow(exit, reason = "shows what the harness says of it"))]
#[expect(clippy::unused_async, reason = "a handler is async")]
async fn exits(_event: (), _ctx: DurableContext) -> Result<(), BoxError> {
    println!("good bye");
    std::process::exit(0)
}

#[durable_test(handler = order)]
async fn prints_and_passes(runner: DurableRunner) -> TestOutcome {
    runner.run(100).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = order)]
async fn prints_and_fails(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(200).await?;
    assert_eq!(result.step_names(), ["refund"], "other steps");
    Ok(())
}

#[durable_test(handler = order)]
async fn is_throttled_and_fails(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new().throttle(2);
    let result = runner.run(400).faults(faults).await?;
    assert_eq!(result.step_names(), ["refund"], "other steps");
    Ok(())
}

#[durable_test(handler = order, flavor = "multi_thread", worker_threads = 2)]
async fn prints_on_several_threads_and_fails(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(300).await?;
    tokio::spawn(async { tracing::info!("from another thread") }).await?;
    result.get_step("refund")?;
    Ok(())
}

#[durable_test(handler = exits)]
async fn ends_the_process(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?;
    Ok(())
}

#[durable_test(handler = order)]
async fn runs_nothing(runner: DurableRunner) {
    let _ = runner.run(1);
}

#[durable_test(handler = order)]
async fn only_configures(runner: DurableRunner) {
    runner.mock(charge).returns(1_u64);
}

#[durable_test(handler = order)]
async fn runs_in_the_cloud_only(runner: DurableRunner) -> TestOutcome {
    if runner.mode() == RunnerMode::Cloud {
        runner.run(1).await?;
    }
    Ok(())
}

#[durable_test(handler = order)]
async fn starts_and_drives_nothing(runner: DurableRunner) -> TestOutcome {
    let _ = runner.start(1).await?;
    Ok(())
}

#[durable_test(handler = order)]
async fn starts_and_fails_otherwise(runner: DurableRunner) -> TestOutcome {
    let _running = runner.start(1).await?;
    let total: u64 = "a hundred".parse()?;
    assert_eq!(total, 100);
    Ok(())
}

#[durable_test(handler = order)]
async fn starts_and_looks(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(1).await?;
    assert_eq!(running.snapshot()?.status(), ExecutionStatus::Running);
    Ok(())
}

#[durable_test(handler = order)]
async fn starts_what_another_call_drives(runner: DurableRunner) -> TestOutcome {
    let _first = runner.start(1).name("one").await?;
    let again = runner.start(1).name("one").await?;
    again.result().await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = order)]
async fn is_called_less_often_than_expected(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge);
    charge.returns(1_u64).expects(2);
    runner.run(7).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = order, case("small", 1), case("very large", 1_000_000))]
async fn pays(runner: DurableRunner, label: &str, cents: u64) -> TestOutcome {
    println!("{label}: {cents}");
    assert_eq!(runner.run(cents).await?.result::<u64>()?, cents);
    Ok(())
}

#[test]
fn never_runs() {}

durable_test::main!();

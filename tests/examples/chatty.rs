//! A test binary whose tests print and log, for the tests of what the harness holds back. `tests/output.rs` runs
//! it.
#![allow(
    clippy::unwrap_used,
    clippy::exit,
    reason = "its tests are to fail in all the ways that users' tests do"
)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use tokio::io::AsyncReadExt as _;

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

/// Reads what a server sends that never sends anything.
#[durable_step]
async fn read_from_a_server() -> Result<u8, BoxError> {
    let server = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let mut client = tokio::net::TcpStream::connect(server.local_addr()?).await?;
    Ok(client.read_u8().await?)
}

#[durable_execution]
async fn reads(_event: (), ctx: DurableContext) -> Result<u8, BoxError> {
    Ok(read_from_a_server(&ctx).await?)
}

/// The name of the span that its body is in.
#[durable_step(name = "tell the span")]
#[tracing::instrument]
fn named_span() -> Option<String> {
    let span = tracing::Span::current();
    span.metadata().map(|span| span.name().to_owned())
}

#[durable_step]
#[tracing::instrument(skip_all)]
async fn span_of_its_function(_cents: u64) -> Option<String> {
    let span = tracing::Span::current();
    span.metadata().map(|span| span.name().to_owned())
}

#[durable_execution]
async fn spans(_event: (), ctx: DurableContext) -> Result<Vec<Option<String>>, BoxError> {
    let first = span_of_its_function(&ctx, 1).await?;
    Ok(vec![first, named_span(&ctx).await?])
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

#[durable_test(handler = reads, start_paused)]
async fn reads_on_a_paused_clock(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = spans, local_only)]
async fn names_spans(runner: DurableRunner) -> TestOutcome {
    let names: Vec<String> = runner.run(()).await?.result()?;
    assert_eq!(names, ["span_of_its_function", "tell the span"]);
    Ok(())
}

#[durable_test(handler = order)]
async fn shows_its_arn(runner: DurableRunner) -> TestOutcome {
    println!("{}", runner.run(5).await?.arn());
    Ok(())
}

#[durable_test(handler = order)]
async fn shows_its_arn_too(runner: DurableRunner) -> TestOutcome {
    println!("{}", runner.run(5).await?.arn());
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

//! A test binary as users have them, for the tests of the harness itself: it holds tests that pass,
//! fail, panic, hang and are ignored. `tests/harness.rs` runs it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "its tests are to fail in all the ways that users' tests do"
)]

use std::convert::Infallible;

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn greet(name: String) -> Result<String, Infallible> {
    Ok(format!("Hello, {name}!"))
}

#[durable_execution]
async fn hello(name: String, ctx: DurableContext) -> Result<String, BoxError> {
    let greeting = greet(&ctx, name).await?;
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(greeting)
}

#[durable_execution]
async fn never_ends(_event: (), _ctx: DurableContext) -> Result<(), BoxError> {
    std::future::pending().await
}

#[durable_execution]
#[expect(clippy::unused_async, reason = "a handler is async")]
async fn blocks_its_thread(_event: (), _ctx: DurableContext) -> Result<(), BoxError> {
    loop {
        std::thread::park();
    }
}

#[durable_test(handler = hello, lambda_function_name = "hello world")]
async fn passes(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("you").await?;
    assert_eq!(result.result::<String>()?, "Hello, you!");
    Ok(())
}

#[durable_test(
    handler = hello,
    lambda_function_name = "hello world",
    local_only = "it counts virtual time"
)]
async fn counts_virtual_time(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("you").await?;
    assert_eq!(result.duration(), Duration::from_mins(1));
    Ok(())
}

#[durable_test(handler = hello, lambda_function_name = "hello world")]
async fn fails_an_assertion(runner: DurableRunner) {
    let result = runner.run("you").await.unwrap();
    assert_eq!(result.step_names(), ["wave"], "other steps");
}

#[durable_test(handler = hello, lambda_function_name = "hello world")]
async fn returns_an_error(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("you").await?;
    result.get_step("wave")?;
    Ok(())
}

/// Slow, supposedly.
#[durable_test(handler = hello, lambda_function_name = "hello world")]
#[ignore = "slow"]
async fn is_ignored(runner: DurableRunner) -> TestOutcome {
    runner.run("you").await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = hello, lambda_function_name = "hello world")]
#[should_panic(expected = "on purpose")]
async fn panics_as_it_should(_runner: DurableRunner) {
    panic!("panicked on purpose");
}

#[durable_test(
    handler = hello,
    lambda_function_name = "hello world",
    should_panic = "on purpose"
)]
async fn does_not_panic_though_it_should(runner: DurableRunner) -> TestOutcome {
    runner.run("you").await?;
    Ok(())
}

#[durable_test(handler = never_ends, lambda_function_name = "hangs")]
async fn runs_out_of_time(runner: DurableRunner) -> TestOutcome {
    runner.run(()).timeout(Duration::from_millis(50)).await?;
    Ok(())
}

#[durable_test(handler = blocks_its_thread, lambda_function_name = "hangs")]
#[ignore = "ends the process"]
async fn blocks_forever(runner: DurableRunner) -> TestOutcome {
    runner.run(()).timeout(Duration::from_millis(50)).await?;
    Ok(())
}

mod nested {
    use super::{DurableRunner, TestOutcome, durable_test, hello};

    #[durable_test(handler = hello, lambda_function_name = "another function")]
    async fn passes(runner: DurableRunner) -> TestOutcome {
        runner.run("you").await?.ensure_succeeded()?;
        Ok(())
    }
}

durable_test::main!();

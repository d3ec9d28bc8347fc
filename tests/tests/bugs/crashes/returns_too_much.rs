//! A step whose result is larger than the service takes: every test with small data passes.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn read_report(lines: usize) -> String {
    "one line of the report\n".repeat(lines)
}

async fn keeps_the_report(lines: usize, ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(read_report(&ctx, lines).await?.len())
}

#[durable_test(handler = keeps_the_report, local_only)]
async fn a_result_past_the_limit_is_found(runner: DurableRunner) -> TestOutcome {
    runner.run(1_000).await?.ensure_succeeded()?;

    let result = runner.run(20_000).await?;
    let error = result.ensure_succeeded().unwrap_err().to_string();
    let message = "STEP output payload size must be less than or equal to 262144 bytes.";
    assert!(error.contains(message), "{error}");
    Ok(())
}

/// Writes the report to a bucket, and returns where it is.
#[durable_step]
async fn store_report(lines: usize) -> (String, usize) {
    let report = "one line of the report\n".repeat(lines);
    ("reports/today".to_owned(), report.len())
}

async fn keeps_a_reference(lines: usize, ctx: DurableContext) -> Result<usize, BoxError> {
    let (_key, length) = store_report(&ctx, lines).await?;
    Ok(length)
}

#[durable_test(handler = keeps_a_reference, local_only)]
async fn a_reference_fits(runner: DurableRunner) -> TestOutcome {
    runner.run(20_000).await?.ensure_succeeded()?;
    Ok(())
}

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step(retry(max_attempts = 5, initial_delay = "1s"))]
async fn charge(step: StepContext, cents: u64) -> Result<String, std::io::Error> {
    // A real step would call a payment service here, which is sometimes busy.
    if step.attempt() < 3 {
        return Err(std::io::Error::other("the payment service is busy"));
    }
    Ok(format!("{cents} cents are paid"))
}

#[durable_step]
async fn ship(receipt: String) -> String {
    format!("shipped, for {receipt}")
}

#[durable_execution]
pub async fn order(cents: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let receipt = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    Ok(ship(&ctx, receipt).await?)
}

#[durable_test(handler = order)]
async fn an_order_cools_off_for_an_hour(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(4990).await?;
    assert_eq!(result.step_names(), ["charge", "ship"]);
    assert_eq!(result.get_step("charge")?.attempt(), 3);
    assert_eq!(result.duration(), Duration::from_secs(3 + 3600));
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn no_crash_changes_the_outcome(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(4990).await?;
    // What a crash can make run twice must be idempotent.
    assert_eq!(report.repeated_steps().len(), 2, "{report}");
    Ok(())
}

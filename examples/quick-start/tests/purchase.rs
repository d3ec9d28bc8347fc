use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_execution]
async fn purchase(cents: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let _price = ctx.invoke::<u64, u64>("price", cents).await?;
    let approval = ctx.create_callback::<String>().name("approval").await?;
    Ok(approval.result().await?)
}

#[durable_test(handler = purchase)]
async fn is_approved_after_two_days(runner: DurableRunner) -> TestOutcome {
    // A plain function that the workflow invokes. Durable handlers of this binary need no registration.
    runner.register_function("price", |cents: u64| async move {
        Ok::<_, BoxError>(cents * 119 / 100)
    });

    let approval = CallbackReply::success("granted")
        .after(Duration::from_hours(48))
        .heartbeat_every(Duration::from_mins(30));
    let result = runner.run(4990).on_callback("approval", approval).await?;
    assert_eq!(result.duration(), Duration::from_hours(48));

    // Or step by step: start the execution, move the clock, complete the callback.
    let running = runner.start(4990).await?;
    let callback = running.wait_for_callback("approval").await?;
    running.advance(Duration::from_mins(1)).await?;
    callback.fail("Rejected", "too expensive").await?;
    assert_eq!(running.result().await?.status(), ExecutionStatus::Failed);
    Ok(())
}

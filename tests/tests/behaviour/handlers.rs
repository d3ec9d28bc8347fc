use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_workflow_tests::order::order_workflow;

async fn plain(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let doubled = ctx
        .step(move |_| async move { Ok(event * 2) })
        .name("double")
        .await?;
    Ok(doubled)
}

#[durable_test(handler = plain, local_only = "its handler is not registered")]
async fn a_function_without_an_attribute_is_a_handler(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(21).await?;

    assert_eq!(result.result::<u32>()?, 42);
    assert_eq!(result.get_step("double")?.result::<u32>()?, 42);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn a_runner_can_be_made_for_any_function(_runner: DurableRunner) -> TestOutcome {
    let runner = DurableRunner::local(plain)?;

    assert_eq!(runner.mode(), RunnerMode::Local);
    assert_eq!(runner.run(4).await?.result::<u32>()?, 8);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn a_closure_is_a_handler(_runner: DurableRunner) -> TestOutcome {
    let factor = 5;
    let runner = DurableRunner::local(move |event: u32, ctx: DurableContext| async move {
        ctx.wait(Duration::from_secs(u64::from(event))).await?;
        Ok::<u32, BoxError>(event * factor)
    })?;

    let result = runner.run(3).await?;

    assert_eq!(result.result::<u32>()?, 15);
    assert_eq!(result.duration(), Duration::from_secs(3));
    Ok(())
}

#[durable_step]
fn triple(number: u32) -> u32 {
    number * 3
}

#[durable_test(handler = plain, local_only = "it runs nothing")]
async fn the_body_of_a_step_can_be_called_on_its_own(_runner: DurableRunner) -> TestOutcome {
    assert_eq!(triple::body(5), 15);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn clones_of_a_runner_share_their_host(runner: DurableRunner) -> TestOutcome {
    let other = runner.clone();
    let first = runner.run(json!({"order_id": "a"})).name("same").await?;
    let second = other.run(json!({"order_id": "a"})).name("same").await?;

    assert_eq!(first.arn(), second.arn());
    Ok(())
}

/// A handler, a step, a block and tests that have the name of what they take.
#[durable_execution]
async fn parcel(parcel: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let weighed = weight(&ctx, parcel).await?;
    Ok(label(&ctx, weighed).await?)
}

#[durable_step]
async fn weight(weight: u32) -> Result<u32, BoxError> {
    Ok(weight + 1)
}

#[durable_with_child_context]
async fn label(_ctx: DurableContext, label: u32) -> Result<u32, BoxError> {
    Ok(label + 1)
}

/// A handler that has the name of its context, and of what the macro calls its own.
#[durable_execution]
async fn ctx(options: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(weight(&ctx, options).await?)
}

#[durable_execution]
async fn options(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = parcel)]
async fn runner(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(5).await?.result::<u32>()?, 7);
    Ok(())
}

#[durable_test(handler = ctx)]
async fn a_handler_may_have_the_name_of_its_context(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(5).await?.result::<u32>()?, 6);
    Ok(())
}

#[durable_test(handler = options)]
async fn a_handler_may_have_any_name(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(5).await?.result::<u32>()?, 5);
    Ok(())
}

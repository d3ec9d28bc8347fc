use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn quote(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.invoke::<u64, u64>("price", cents).name("price").await?)
}

#[durable_execution]
async fn settle(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    ctx.wait(Duration::from_hours(1)).await?;
    Ok(cents + 1)
}

async fn settles(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.invoke::<u64, u64>("settle:$LATEST", cents).await?)
}

#[durable_test(handler = quote, local_only)]
async fn a_called_function_is_mocked(runner: DurableRunner) -> TestOutcome {
    let price = runner.mock_function("price");
    price.returns(7);
    assert_eq!(runner.run(1).await?.result::<u64>()?, 7);
    price.with(|cents: u64| cents * 2);
    assert_eq!(runner.run(2).await?.result::<u64>()?, 4);
    price.with(|cents: u64| async move { Ok(json!(cents * 3)) });
    assert_eq!(runner.run(3).await?.result::<u64>()?, 9);
    price.with(|cents: u64| {
        if cents > 3 {
            Err("too dear".into())
        } else {
            Ok(cents)
        }
    });
    let result = runner.run(4).await?;
    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(price.calls(), [1, 2, 3, 4]);
    Ok(())
}

#[durable_test(handler = quote, local_only)]
async fn a_called_function_fails_and_takes_time(runner: DurableRunner) -> TestOutcome {
    runner.register_function(
        "price",
        |cents: u64| async move { Ok::<_, BoxError>(cents) },
    );
    let price = runner.mock_function("price");
    price
        .fails(1, || "closed")
        .takes(Duration::from_secs(40))
        .expects(2);

    let failed = runner.run(1).await?;
    assert_eq!(failed.status(), ExecutionStatus::Failed);
    assert_eq!(failed.duration(), Duration::from_secs(40));
    let result = runner.run(2).await?;
    assert_eq!(result.result::<u64>()?, 2);
    assert_eq!(
        result.get_invoke("price")?.duration(),
        Duration::from_secs(40)
    );
    Ok(())
}

#[durable_test(handler = settles, local_only)]
async fn a_durable_function_of_the_program_is_mocked(runner: DurableRunner) -> TestOutcome {
    let settle = runner.mock_function("settle");
    settle.returns(5);
    let result = runner.run(1).await?;
    assert_eq!(result.result::<u64>()?, 5);
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(settle.count(), 1);
    Ok(())
}

#[durable_test(handler = quote, local_only)]
async fn a_mock_without_a_value_has_nothing_to_call(runner: DurableRunner) -> TestOutcome {
    runner.mock_function("price");
    let result = runner.run(1).await?;
    let error = result.get_invoke("price")?.error().map(ToString::to_string);
    let error = error.unwrap_or_default();
    assert!(
        error.contains("Add `.returns(..)` or `.with(..)`"),
        "{error}"
    );
    Ok(())
}

#[durable_test(handler = quote, local_only)]
async fn a_called_function_is_mocked_in_every_explored_run(runner: DurableRunner) -> TestOutcome {
    let price = runner.mock_function("price");
    price.returns(7);
    let checked = price.clone();
    runner
        .run(1)
        .explore_crashes()
        .check(move |_| {
            assert_eq!(checked.calls(), [1]);
            Ok(())
        })
        .await?;
    Ok(())
}

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn fetch(item: String) -> String {
    item
}

#[durable_with_child_context]
async fn process_item(ctx: DurableContext, item: String) -> Result<String, BoxError> {
    let item = fetch(&ctx, item).await?;
    ctx.wait(Duration::from_mins(10)).name("settle").await?;
    Ok(fetch(&ctx, format!("{item}, settled")).await?)
}

#[durable_execution]
async fn two_items((): (), ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let first = process_item(&ctx, "a".to_owned()).name("first").await?;
    ctx.wait(Duration::from_secs(1)).await?;
    let second = process_item(&ctx, "b".to_owned()).name("second").await?;
    Ok(vec![first, second])
}

#[durable_test(handler = two_items, local_only)]
async fn a_value_takes_the_place_of_a_block(runner: DurableRunner) -> TestOutcome {
    let item = runner.mock(process_item);
    item.with(|item| Ok(format!("mocked {item}")));

    let result = runner.run(()).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["mocked a", "mocked b"]);
    assert_eq!(item.calls(), ["a", "b"]);
    assert_eq!(result.steps().count(), 0);
    assert_eq!(result.contexts().count(), 2);
    Ok(())
}

#[durable_test(handler = two_items, local_only)]
async fn a_block_that_runs_counts_once_however_often_it_is_replayed(
    runner: DurableRunner,
) -> TestOutcome {
    let item = runner.mock(process_item);
    item.real().expects(2);

    let result = runner.run(()).await?;

    assert!(result.invocations().len() > 2);
    assert_eq!(
        result.result::<Vec<String>>()?,
        ["a, settled", "b, settled"]
    );
    assert_eq!(item.calls(), ["a", "b"]);
    Ok(())
}

#[durable_test(handler = two_items, local_only)]
async fn a_block_fails_and_takes_time(runner: DurableRunner) -> TestOutcome {
    let item = runner.mock(process_item);
    item.fails(1, || "no such item")
        .takes(Duration::from_secs(5));

    let result = runner.run(()).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(5));
    let error = result.get_context("first")?.error().cloned();
    assert_eq!(
        error.and_then(|error| error.error_message).as_deref(),
        Some("child function error: no such item")
    );
    assert_eq!(item.count(), 1);
    Ok(())
}

#[durable_test(handler = two_items, local_only)]
async fn a_block_is_mocked_in_every_explored_run(runner: DurableRunner) -> TestOutcome {
    let item = runner.mock(process_item);
    item.returns("mocked".to_owned());
    let checked = item.clone();
    let report = runner
        .run(())
        .explore_crashes()
        .check(move |_| {
            assert_eq!(checked.count(), 2);
            Ok(())
        })
        .await?;
    assert!(report.points() > 8);
    assert_eq!(item.count(), 2);
    Ok(())
}

#[durable_test(handler = two_items, local_only)]
async fn a_large_result_of_a_mocked_block_is_made_again_in_a_replay(
    runner: DurableRunner,
) -> TestOutcome {
    let item = runner.mock(process_item);
    item.returns("x".repeat(300 * 1024));
    let result = runner.run(()).await?;
    assert_eq!(result.result::<Vec<String>>()?.concat().len(), 600 * 1024);
    assert_eq!(item.count(), 2);
    Ok(())
}

#[durable_test(handler = process_item, local_only)]
async fn a_block_under_test_calls_mocked_steps(runner: DurableRunner) -> TestOutcome {
    let fetch = runner.mock(fetch);
    fetch.with(|item| item.to_uppercase());
    let result = runner.run("a").await?;
    assert_eq!(result.result::<String>()?, "A, SETTLED");
    assert_eq!(fetch.calls(), ["a", "A, settled"]);
    Ok(())
}

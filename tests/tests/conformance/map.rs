//! Suite 9 of AWS's conformance requirements: maps. `requirement_9_5_…` stands for requirement
//! 9-5 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::{CompletionConfig, NestingMode};
use durable_test::prelude::*;
use serde_json::Value;

use crate::expect::assert_history;
use crate::projection::Projection;

#[durable_execution]
async fn unnamed(event: Vec<u32>, ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let doubled = ctx
        .map(event, |_, item: u32, _| async move { Ok(item * 2) })
        .max_concurrency(1)
        .await?;
    Ok(doubled)
}

#[durable_test(handler = unnamed)]
async fn requirement_9_2_a_map_needs_no_name(runner: DurableRunner) -> TestOutcome {
    let result = runner.run([1, 2]).await?;

    assert_eq!(result.result::<Vec<u32>>()?, [2, 4]);
    assert_history(
        &result,
        r#"
        2 ContextStarted   Map          $map
        3 ContextStarted   MapIteration $i0 in $map
        4 ContextSucceeded MapIteration $i0 in $map Result.Payload="2"
        5 ContextStarted   MapIteration $i1 in $map
        6 ContextSucceeded MapIteration $i1 in $map Result.Payload="4"
        7 ContextSucceeded Map          $map
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn indexed(event: Vec<usize>, ctx: DurableContext) -> Result<Vec<usize>, BoxError> {
    let sums = ctx
        .map(
            event,
            |_, item: usize, index| async move { Ok(item + index) },
        )
        .name("indexed")
        .max_concurrency(1)
        .await?;
    Ok(sums)
}

#[durable_test(handler = indexed)]
async fn requirement_9_3_an_item_comes_with_its_index(runner: DurableRunner) -> TestOutcome {
    let result = runner.run([10, 20, 30]).await?;

    assert_eq!(result.result::<Vec<usize>>()?, [10, 21, 32]);
    assert_history(
        &result,
        r#"
        2  ContextStarted   Map          $map
        3  ContextStarted   MapIteration $i0 in $map
        4  ContextSucceeded MapIteration $i0 in $map Result.Payload="10"
        5  ContextStarted   MapIteration $i1 in $map
        6  ContextSucceeded MapIteration $i1 in $map Result.Payload="21"
        7  ContextStarted   MapIteration $i2 in $map
        8  ContextSucceeded MapIteration $i2 in $map Result.Payload="32"
        9  ContextSucceeded Map          $map
        10 InvocationCompleted
        "#,
    );
    Ok(())
}

/// The work of an item: returns it, or fails if it is `fail`.
fn unless_fail(item: &'static str) -> Result<String, BoxError> {
    if item == "fail" {
        return Err("the item fails".into());
    }
    Ok(item.to_owned())
}

/// A map over such items that tolerates some failures.
async fn tolerant(
    ctx: &DurableContext,
    items: &[&'static str],
    tolerated: usize,
) -> Result<Projection, OperationError> {
    let batch = ctx
        .map(
            items.to_vec(),
            |_, item, _| async move { unless_fail(item) },
        )
        .max_concurrency(1)
        .completion(CompletionConfig::with_tolerated_failure_count(tolerated))
        .await_batch()
        .await?;
    Ok(Projection::of(&batch))
}

#[durable_execution]
async fn fail_fast(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    Ok(tolerant(&ctx, &["ok", "fail", "ok"], 0).await?)
}

#[durable_test(handler = fail_fast)]
async fn requirement_9_5_without_tolerance_the_first_failure_ends_the_map(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "FAILURE_TOLERANCE_EXCEEDED");
    assert_eq!(projection.status, "FAILED");
    assert_eq!(projection.counts(), (1, 1, 2));
    assert_history(
        &result,
        r#"
        2 ContextStarted   Map          $map
        3 ContextStarted   MapIteration $i0 in $map
        4 ContextSucceeded MapIteration $i0 in $map Result.Payload="\"ok\""
        5 ContextStarted   MapIteration $i1 in $map
        6 ContextFailed    MapIteration $i1 in $map Error=*
        7 ContextSucceeded Map          $map
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn one_failure(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    Ok(tolerant(&ctx, &["ok", "fail", "ok"], 1).await?)
}

#[durable_test(handler = one_failure)]
async fn requirement_9_8_within_the_tolerance_every_item_runs(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "ALL_COMPLETED");
    assert_eq!(projection.status, "FAILED");
    assert_eq!(projection.counts(), (2, 1, 3));
    assert_history(
        &result,
        "
        2  ContextStarted   Map          $map
        3  ContextStarted   MapIteration $i0 in $map
        4  ContextSucceeded MapIteration $i0 in $map
        5  ContextStarted   MapIteration $i1 in $map
        6  ContextFailed    MapIteration $i1 in $map Error=*
        7  ContextStarted   MapIteration $i2 in $map
        8  ContextSucceeded MapIteration $i2 in $map
        9  ContextSucceeded Map          $map
        10 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn two_failures(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    Ok(tolerant(&ctx, &["fail", "fail", "ok"], 1).await?)
}

#[durable_test(handler = two_failures)]
async fn requirement_9_9_past_the_tolerance_no_item_starts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "FAILURE_TOLERANCE_EXCEEDED");
    assert_eq!(projection.counts(), (0, 2, 2));
    assert_history(
        &result,
        "
        2 ContextStarted   Map          $map
        3 ContextStarted   MapIteration $i0 in $map
        4 ContextFailed    MapIteration $i0 in $map Error=*
        5 ContextStarted   MapIteration $i1 in $map
        6 ContextFailed    MapIteration $i1 in $map Error=*
        7 ContextSucceeded Map          $map
        8 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn two_at_a_time(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let results = ctx
        .map(["r0", "r1", "r2"], |_, item: &'static str, _| async move {
            Ok(item.to_owned())
        })
        .max_concurrency(2)
        .await?;
    Ok(results)
}

#[durable_test(handler = two_at_a_time)]
async fn requirement_9_11_results_come_in_the_order_of_the_items(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["r0", "r1", "r2"]);
    assert_history(&result, "2 ContextStarted Map $map");
    Ok(())
}

#[durable_execution]
async fn flat(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let results = ctx
        .map(["fa", "fb"], |ctx, item: &'static str, _| async move {
            let text = ctx
                .step(move |_| async move { Ok(item.to_owned()) })
                .await?;
            Ok(text)
        })
        .max_concurrency(1)
        .nesting(NestingMode::Flat)
        .await?;
    Ok(results)
}

#[durable_test(handler = flat)]
async fn requirement_9_12_flat_items_have_no_contexts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["fa", "fb"]);
    assert_history(
        &result,
        r#"
        2 ContextStarted   Map  $map
        3 StepStarted      Step $s0 in $map
        4 StepSucceeded    Step $s0 in $map Result.Payload="\"fa\""
        5 StepStarted      Step $s1 in $map
        6 StepSucceeded    Step $s1 in $map Result.Payload="\"fb\""
        7 ContextSucceeded Map  $map
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn named_items(event: Vec<u32>, ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let results = ctx
        .map(event, |_, item: u32, _| async move { Ok(item * 10) })
        .name("named-items")
        .item_namer(|index| format!("item-{}", index + 1))
        .max_concurrency(1)
        .await?;
    Ok(results)
}

#[durable_test(handler = named_items)]
async fn requirement_9_13_items_have_the_names_they_were_given(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run([1, 2]).await?;

    assert_eq!(result.result::<Vec<u32>>()?, [10, 20]);
    assert_history(
        &result,
        r#"
        2 ContextStarted   Map          $map name=named-items
        3 ContextStarted   MapIteration $i0 in $map name=item-1
        4 ContextSucceeded MapIteration $i0 in $map name=item-1 Result.Payload="10"
        5 ContextStarted   MapIteration $i1 in $map name=item-2
        6 ContextSucceeded MapIteration $i1 in $map name=item-2 Result.Payload="20"
        7 ContextSucceeded Map          $map name=named-items
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn large(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let batch = ctx
        .map(0..4_u32, |_, _, _| async { Ok("x".repeat(70 * 1024)) })
        .max_concurrency(1)
        .await_batch()
        .await?;
    Ok(Projection::of(&batch))
}

#[durable_test(handler = large)]
async fn requirement_9_16_the_results_of_a_map_may_exceed_the_limit(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.counts(), (4, 0, 4));
    assert_history(
        &result,
        "
        2  ContextStarted   Map          $map
        3  ContextStarted   MapIteration $i0 in $map
        4  ContextSucceeded MapIteration $i0 in $map
        5  ContextStarted   MapIteration $i1 in $map
        6  ContextSucceeded MapIteration $i1 in $map
        7  ContextStarted   MapIteration $i2 in $map
        8  ContextSucceeded MapIteration $i2 in $map
        9  ContextStarted   MapIteration $i3 in $map
        10 ContextSucceeded MapIteration $i3 in $map
        11 ContextSucceeded Map          $map
        12 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn large_then_wait(_event: Value, ctx: DurableContext) -> Result<Vec<usize>, BoxError> {
    let texts: Vec<String> = ctx
        .map(0..4_u32, |_, _, _| async { Ok("x".repeat(70 * 1024)) })
        .max_concurrency(1)
        .await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(texts.iter().map(String::len).collect())
}

#[durable_test(handler = large_then_wait)]
async fn beyond_9_16_replay_rebuilds_large_results_from_the_items(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<usize>>()?, [70 * 1024; 4]);
    assert_eq!(result.invocations().len(), 2);
    Ok(())
}

#[durable_execution]
async fn map_then_wait(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let capitals = ctx
        .map(["a", "b"], |_, item: &'static str, _| async move {
            Ok(item.to_uppercase())
        })
        .max_concurrency(1)
        .await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(capitals)
}

#[durable_test(handler = map_then_wait)]
async fn requirement_9_17_replay_skips_a_completed_map(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["A", "B"]);
    assert_history(
        &result,
        r#"
        2  ContextStarted   Map          $map
        3  ContextStarted   MapIteration $i0 in $map
        4  ContextSucceeded MapIteration $i0 in $map Result.Payload="\"A\""
        5  ContextStarted   MapIteration $i1 in $map
        6  ContextSucceeded MapIteration $i1 in $map Result.Payload="\"B\""
        7  ContextSucceeded Map          $map
        8  WaitStarted      Wait         $wait Duration=1
        9  InvocationCompleted
        10 WaitSucceeded    Wait         $wait Duration=1
        11 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn failure_then_wait(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let projection = tolerant(&ctx, &["ok", "fail"], 1).await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(projection)
}

#[durable_test(handler = failure_then_wait)]
async fn requirement_9_18_replay_skips_a_map_with_a_failed_item(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "ALL_COMPLETED");
    assert_eq!(projection.status, "FAILED");
    assert_eq!(projection.counts(), (1, 1, 2));
    assert_history(
        &result,
        r#"
        2  ContextStarted   Map          $map
        3  ContextStarted   MapIteration $i0 in $map
        4  ContextSucceeded MapIteration $i0 in $map Result.Payload="\"ok\""
        5  ContextStarted   MapIteration $i1 in $map
        6  ContextFailed    MapIteration $i1 in $map Error=*
        7  ContextSucceeded Map          $map
        8  WaitStarted      Wait         $wait Duration=1
        9  InvocationCompleted
        10 WaitSucceeded    Wait         $wait Duration=1
        11 InvocationCompleted
        "#,
    );
    Ok(())
}

//! Tasks that a killed invocation leaves behind: its process is dead, so they must not act any more.

use std::collections::HashMap;

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn reserve(item: u32) -> u32 {
    tokio::task::yield_now().await;
    item
}

#[durable_step]
async fn pay(item: u32) -> u32 {
    tokio::task::yield_now().await;
    item * 100
}

/// Three spawned child contexts of two steps each.
#[durable_execution]
async fn buys_side_by_side(items: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let purchases: Vec<_> = (1..=items)
        .map(|item| {
            ctx.run_in_child_context(move |child: DurableContext| async move {
                let reserved = reserve(&child, item).await?;
                Ok(pay(&child, reserved).await?)
            })
            .name(format!("buy-{item}"))
            .spawn()
        })
        .collect();
    Ok(ctx.try_join_all(purchases).await?.into_iter().sum())
}

#[durable_test(
    handler = buys_side_by_side,
    lambda_function_name = "buys_side_by_side",
    flavor = "multi_thread",
    worker_threads = 2,
    local_only
)]
async fn no_step_runs_again_after_its_success_on_two_threads(runner: DurableRunner) -> TestOutcome {
    for _ in 0..5 {
        // Each run waits in real time until its threads are at rest, several side by side.
        let report = runner.explore_crashes(3).threads(8).await?;
        assert!(report.points() > 10, "{report}");
    }
    Ok(())
}

#[durable_test(handler = buys_side_by_side, lambda_function_name = "buys_side_by_side", local_only)]
async fn no_step_runs_again_after_its_success_on_one_thread(runner: DurableRunner) -> TestOutcome {
    runner.explore_crashes(3).await?;
    Ok(())
}

/// A result whose members come in any order.
#[durable_execution]
async fn counts_words(text: String, ctx: DurableContext) -> Result<HashMap<String, u32>, BoxError> {
    let words = ctx
        .step(move |_| async move {
            let mut words: HashMap<String, u32> = HashMap::new();
            for word in text.split(' ') {
                *words.entry(word.to_owned()).or_default() += 1;
            }
            Ok(words)
        })
        .name("count")
        .await?;
    ctx.wait(Duration::from_secs(1)).name("pause").await?;
    Ok(words)
}

#[durable_test(handler = counts_words, lambda_function_name = "counts_words", local_only)]
async fn results_are_compared_as_json(runner: DurableRunner) -> TestOutcome {
    let text = "a b c d e f g h i j a b c";
    runner.explore_crashes(text).await?;
    runner.explore_orders(text).await?;
    Ok(())
}

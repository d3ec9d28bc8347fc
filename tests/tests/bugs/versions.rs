//! Second versions of a handler with which executions of the first cannot resume. Every test records the
//! first version and replays it on the second.

use std::path::PathBuf;

use durable_runtime::IntoService;
use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::prelude::*;
use durable_test::replay::{Divergence, ReplayReport};
use durable_test::results::Event;

use crate::assert_message;

#[durable_step]
async fn reserve(article: String) -> String {
    format!("{article} is reserved")
}

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

#[durable_step]
async fn notify() -> bool {
    true
}

/// The first version, which has running executions.
async fn version_1(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    let paid = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    ctx.invoke::<u64, u64>("book-keeping", paid)
        .name("book")
        .await?;
    notify(&ctx).await?;
    Ok(paid)
}

/// A file for the recording of one test.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bugs/{name}.json"))
}

/// Replays the first version on the second.
async fn replay<K, H>(name: &str, second: H) -> Result<ReplayReport, durable_test::Error>
where
    H: IntoService<K> + Clone,
{
    let first = DurableRunner::local(version_1)?;
    first.register_function("book-keeping", |cents: u64| async move {
        Ok::<_, BoxError>(cents)
    });
    let file = file(name);
    first.run(4990).await?.save(&file)?;
    DurableRunner::builder(second)
        .function_name("order")
        .build()?
        .replay(&file)
        .await
}

fn divergence(error: &durable_test::Error) -> Option<&Divergence> {
    match error.kind() {
        ErrorKind::Diverged { divergence, .. } => Some(divergence),
        _ => None,
    }
}

#[durable_test(handler = version_1, local_only)]
async fn the_same_version_fits(_: DurableRunner) -> TestOutcome {
    let report = replay("same", version_1).await?;

    assert!(report.is_to_the_end());
    assert_eq!((report.operations(), report.compared()), (5, 5));
    assert_eq!(report.invocations(), 3);
    Ok(())
}

async fn fixed_version(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    // Code between the operations may change, and so may the bodies of steps.
    let article = String::from("book").to_lowercase();
    let reserved = ctx.step(|_| async { Ok(String::from("another body")) });
    reserved.name("reserve").await?;
    let paid = charge(&ctx, cents + article.len() as u64).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    ctx.invoke::<u64, u64>("book-keeping", paid)
        .name("book")
        .await?;
    notify(&ctx).await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn code_between_operations_may_change(_: DurableRunner) -> TestOutcome {
    assert!(replay("fixed", fixed_version).await?.is_to_the_end());
    Ok(())
}

async fn renamed_step(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    let paid = charge(&ctx, cents).name("charge-card").await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn a_renamed_step_is_found(_: DurableRunner) {
    let error = replay("renamed", renamed_step).await.unwrap_err();

    assert_message!("renamed", error);
}

async fn inserted_step(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    notify(&ctx).name("audit").await?;
    reserve(&ctx, "book".to_owned()).await?;
    Ok(charge(&ctx, cents).await?)
}

#[durable_test(handler = version_1, local_only)]
async fn a_step_before_recorded_ones_is_found(_: DurableRunner) {
    let error = replay("inserted", inserted_step).await.unwrap_err();

    assert_message!("inserted", error);
}

async fn reordered_steps(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let paid = charge(&ctx, cents).await?;
    reserve(&ctx, "book".to_owned()).await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn steps_in_another_order_are_found(_: DurableRunner) {
    let error = replay("reordered", reordered_steps).await.unwrap_err();

    assert!(matches!(
        divergence(&error),
        Some(Divergence::Operation {
            known_elsewhere: true,
            ..
        })
    ));
    assert_message!("reordered", error);
}

async fn removed_step(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    let paid = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    ctx.invoke::<u64, u64>("book-keeping", paid)
        .name("book")
        .await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn a_removed_last_step_is_found(_: DurableRunner) {
    let error = replay("removed", removed_step).await.unwrap_err();

    assert!(matches!(
        divergence(&error),
        Some(Divergence::Removed { .. })
    ));
    assert_message!("removed", error);
}

async fn removed_wait(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    Ok(charge(&ctx, cents).await?)
}

#[durable_test(handler = version_1, local_only)]
async fn an_end_before_the_recorded_wait_is_found(_: DurableRunner) {
    let error = replay("removed-wait", removed_wait).await.unwrap_err();

    assert_message!("removed-wait", error);
}

async fn shorter_wait(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    let paid = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_mins(1)).name("cool-off").await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn a_shorter_wait_is_found(_: DurableRunner) {
    let error = replay("shorter", shorter_wait).await.unwrap_err();

    assert!(matches!(divergence(&error), Some(Divergence::Input { .. })));
    assert_message!("shorter-wait", error);
}

async fn other_payload(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    let paid = charge(&ctx, cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    ctx.invoke::<u64, u64>("book-keeping", paid * 119 / 100)
        .name("book")
        .await?;
    notify(&ctx).await?;
    Ok(paid)
}

#[durable_test(handler = version_1, local_only)]
async fn another_payload_of_a_call_is_found(_: DurableRunner) {
    let error = replay("payload", other_payload).await.unwrap_err();

    assert_message!("payload", error);
}

async fn other_type(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    reserve(&ctx, "book".to_owned()).await?;
    ctx.wait(Duration::from_secs(1)).name("charge").await?;
    Ok(cents)
}

#[durable_test(handler = version_1, local_only)]
async fn another_type_of_operation_is_found(_: DurableRunner) {
    let error = replay("type", other_type).await.unwrap_err();

    assert_message!("type", error);
}

async fn other_result(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(version_1(cents, ctx).await? / 100)
}

#[durable_test(handler = version_1, local_only)]
async fn another_result_is_found(_: DurableRunner) {
    let error = replay("result", other_result).await.unwrap_err();

    assert_message!("result", error);
}

async fn boxed_1((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let boxed = ctx.run_in_child_context(|ctx| async move {
        charge(&ctx, 1).name("first").await?;
        let sum = charge(&ctx, 2).name("second").await?;
        Ok(sum)
    });
    let sum = boxed.name("box").await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(sum)
}

async fn boxed_2((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let boxed = ctx.run_in_child_context(|ctx| async move {
        charge(&ctx, 1).name("first").await?;
        let sum = charge(&ctx, 2).name("other").await?;
        Ok(sum)
    });
    let sum = boxed.name("box").await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(sum)
}

#[durable_test(handler = boxed_2, local_only)]
async fn a_change_inside_a_context_is_found(second: DurableRunner) -> TestOutcome {
    let file = file("boxed");
    let first = DurableRunner::local(boxed_1)?;
    first.run(()).await?.save(&file)?;

    assert!(first.replay(&file).await?.is_to_the_end());
    let error = second.replay(&file).await.unwrap_err();
    assert!(
        error.to_string().contains("replayed: step \"other\""),
        "{error}"
    );
    Ok(())
}

/// Asks a shop, which answers after so many turns of the other tasks.
#[durable_step]
async fn ask(shop: String, turns: usize) -> usize {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    shop.len()
}

/// Asks two shops at once.
async fn two_shops((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let one = ask(&ctx, "Alma".to_owned(), 50).name("one").spawn();
    let other = ask(&ctx, "Bo".to_owned(), 1).name("other").spawn();
    let price = one.await?;
    other.await?;
    Ok(price)
}

async fn one_shop((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(ask(&ctx, "Alma".to_owned(), 50).name("one").spawn().await?)
}

#[durable_test(handler = two_shops, local_only)]
async fn an_operation_left_out_beside_another_is_found(runner: DurableRunner) -> TestOutcome {
    let file = file("shops");
    let result = runner.run(()).await?;
    let first = |event: &Event| event.event_type() == "StepSucceeded";
    let end = result.history().iter().position(first);
    let starts = result.history().iter().take(end.unwrap_or_default());
    assert_eq!(
        starts
            .filter(|event| event.event_type() == "StepStarted")
            .count(),
        2
    );
    result.save(&file)?;

    assert!(runner.replay(&file).await?.is_to_the_end());
    let error = DurableRunner::local(one_shop)?.replay(&file).await;
    let error = error
        .expect_err("one of them is not asked any more")
        .to_string();
    assert!(error.contains("recorded: step \"other\""), "{error}");
    Ok(())
}

/// Replays a handler that does not ask for the end of the step "other" again.
async fn assert_other_is_not_missed(runner: &DurableRunner, name: &str) -> TestOutcome {
    let file = file(name);
    let result = runner.run(()).await?;
    let other = result.get_step("other")?;
    assert_eq!(other.status(), OperationStatus::Succeeded);
    result.save(&file)?;

    assert!(runner.replay(&file).await?.is_to_the_end());
    Ok(())
}

/// Waits for one shop, whose answer comes after that of the other.
async fn slow_shop((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let one = ask(&ctx, "Alma".to_owned(), 50).name("one").spawn();
    let _other = ask(&ctx, "Bo".to_owned(), 1).name("other").spawn();
    Ok(one.await?)
}

#[durable_test(handler = slow_shop, local_only)]
async fn an_operation_that_is_not_awaited_is_not_missed(runner: DurableRunner) -> TestOutcome {
    assert_other_is_not_missed(&runner, "slow-shop").await
}

/// Asks two shops; the slower one fails.
async fn both_shops((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let none = ctx.step(|_| async {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        Err::<usize, _>("sold out".into())
    });
    let none = none.retry_strategy(|_, _| RetryDecision::Stop).name("none");
    let other = ask(&ctx, "Bo".to_owned(), 1).name("other");
    let prices = tokio::try_join!(none.future(), other.future());
    Ok(prices.map_or(0, |(none, other)| none + other))
}

#[durable_test(handler = both_shops, local_only)]
async fn an_operation_beside_one_that_failed_is_not_missed(runner: DurableRunner) -> TestOutcome {
    assert_other_is_not_missed(&runner, "both-shops").await
}

/// A body that must never run again.
async fn counts_bodies((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static BODIES: AtomicU64 = AtomicU64::new(0);
    let mut last = 0;
    for _ in 0..3 {
        let count = |_| async { Ok(BODIES.fetch_add(1, Ordering::Relaxed) + 1) };
        last = ctx.step(count).await?;
        ctx.wait(Duration::from_secs(1)).await?;
    }
    // Read outside of a step on purpose: it counts the bodies that ran since.
    assert_eq!(BODIES.load(Ordering::Relaxed), last);
    Ok(last)
}

#[durable_test(handler = counts_bodies, local_only)]
async fn no_body_runs_in_a_replay(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;
    let file = file("bodies");
    result.save(&file)?;

    let report = runner.replay(&file).await?;
    assert!(report.is_to_the_end());
    assert_eq!(runner.run(()).await?.result::<u64>()?, 6);
    Ok(())
}

#[durable_test(handler = version_1, local_only)]
async fn an_open_execution_is_replayed_as_far_as_it_goes(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(4990).await?;
    running.run_until_suspended().await?;
    let file = file("open");
    running.snapshot()?.save(&file)?;

    let report = runner.replay(&file).await?;
    assert!(!report.is_to_the_end());
    assert_eq!((report.invocations(), report.operations()), (1, 3));
    Ok(())
}

#[durable_test(handler = version_1, local_only)]
async fn a_file_that_is_no_recording_is_refused(runner: DurableRunner) -> TestOutcome {
    let missing = runner.replay(file("missing")).await.unwrap_err();
    assert!(
        missing.to_string().contains("missing.json cannot be used"),
        "{missing}"
    );

    let file = file("empty");
    std::fs::create_dir_all(file.parent().unwrap())?;
    std::fs::write(&file, "{}")?;
    let empty = runner.replay(&file).await.unwrap_err();
    assert!(empty.to_string().contains("no list \"Events\""), "{empty}");
    Ok(())
}

//! Bugs that need more than one thing to go wrong, or that show only on a variant of the service.

use std::cell::RefCell;
use std::collections::BTreeMap;

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;

use crate::assert_message;

/// A bank outside of the workflow.
#[derive(Default)]
struct Bank {
    /// Reservations by their keys.
    reserved: BTreeMap<String, u64>,
    /// Keys that the bank saw more than once, and how often.
    retries: BTreeMap<String, u32>,
    refunds: u32,
}

thread_local! {
    /// Handlers and bodies run on the thread of their test.
    static BANK: RefCell<Bank> = RefCell::default();
}

fn bank<R>(look: impl FnOnce(&mut Bank) -> R) -> R {
    BANK.with_borrow_mut(look)
}

fn reset() {
    bank(|bank| *bank = Bank::default());
}

fn hash() -> u64 {
    bank(|bank| {
        let keys = bank
            .retries
            .values()
            .map(|retries| u64::from((*retries).min(3)));
        keys.fold(u64::from(bank.refunds), |hash, retries| hash * 5 + retries)
    })
}

/// Tells the bank's answer to a first call from one to a repetition, and takes the second repetition for a new order.
#[durable_step]
async fn reserve(key: String, cents: u64) -> u64 {
    bank(|bank| {
        let retries = bank.retries.entry(key.clone()).or_default();
        *retries += 1;
        let key = if *retries > 2 {
            format!("{key}-again")
        } else {
            key
        };
        bank.reserved.insert(key, cents);
        bank.reserved.values().sum()
    })
}

async fn reserves((): (), ctx: DurableContext) -> Result<(), BoxError> {
    reserve(&ctx, "order-1".to_owned(), 100).await?;
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "what a check is")]
fn reserved_once(_: &ExecutionResult) -> TestOutcome {
    let reserved = bank(|bank| bank.reserved.values().sum::<u64>());
    assert_eq!(reserved, 100, "{reserved} cents are reserved");
    Ok(())
}

#[durable_test(handler = reserves, local_only)]
async fn a_bug_that_needs_two_crashes_is_found(runner: DurableRunner) {
    let single = runner.explore_crashes(()).setup(reset).check(reserved_once);
    let single = single
        .allow(Allow::outcome_if(|_, _| true))
        .allow(Allow::operation("reserve"));
    assert!(single.await.is_ok(), "one crash is survived");

    let explored = runner
        .run(())
        .explore()
        .setup(reset)
        .outside(hash)
        .check(reserved_once);
    let explored = explored
        .allow(Allow::outcome_if(|_, _| true))
        .allow(Allow::operation("reserve"));
    let error = explored.await.unwrap_err();

    assert_message!("two-crashes", error);
}

#[durable_step]
async fn note(what: String) -> String {
    what
}

#[durable_step]
async fn refund() -> u32 {
    bank(|bank| {
        bank.refunds += 1;
        bank.refunds
    })
}

#[durable_step]
async fn ship() -> Result<String, BoxError> {
    Err("no stock".into())
}

/// Compensates by a step that is not idempotent.
async fn compensates((): (), ctx: DurableContext) -> Result<String, BoxError> {
    note(&ctx, "charged".to_owned()).name("charge").await?;
    if ship(&ctx)
        .retry_strategy(|_, _| RetryDecision::Stop)
        .await
        .is_err()
    {
        refund(&ctx).await?;
        return Ok("refunded".to_owned());
    }
    Ok("shipped".to_owned())
}

#[durable_test(handler = compensates, local_only)]
async fn a_crash_during_the_compensation_is_found(runner: DurableRunner) {
    let explored = runner
        .run(())
        .explore()
        .setup(reset)
        .outside(hash)
        .check(|_| {
            assert_eq!(
                bank(|bank| bank.refunds),
                1,
                "the customer is refunded once"
            );
            Ok(())
        });
    let error = explored
        .allow(Allow::operation("refund"))
        .await
        .unwrap_err();

    assert_message!("crash-in-compensation", error);
}

#[durable_test(handler = compensates, plan = "crash:6/before-stored", local_only)]
async fn the_plan_of_a_failure_stays_as_a_test(runner: DurableRunner) -> TestOutcome {
    reset();
    runner.run(()).await?;

    assert_eq!(bank(|bank| bank.refunds), 2);
    Ok(())
}

#[durable_step]
async fn remind() -> String {
    "reminded".to_owned()
}

const PATIENCE: Duration = Duration::from_hours(1);

/// Asks, reminds after an hour, and takes whatever is over first: an answer that a replay finds beside the reminder wins
/// after all.
async fn reminds((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx.run_in_child_context(|ctx| async move {
        let asked = ctx.wait_for_callback::<String, _, _>(|_, _| async { Ok(()) });
        Ok(asked.name("answer").await?)
    });
    let reminder = ctx.run_in_child_context(|ctx| async move {
        ctx.wait(PATIENCE).name("patience").await?;
        Ok(remind(&ctx).await?)
    });
    let both = vec![
        answer.name("asks").future(),
        reminder.name("waits").future(),
    ];
    Ok(ctx.race(both).name("first").await?)
}

#[durable_test(handler = reminds, local_only)]
async fn an_answer_that_comes_before_a_replay_is_found(runner: DurableRunner) -> TestOutcome {
    // Right after the reminder.
    let reply = CallbackReply::success("approved").after(PATIENCE + Duration::from_millis(50));
    let run = || runner.run(()).on_callback("answer", reply.clone());
    assert_eq!(run().await?.result::<String>()?, "reminded");

    let explore = run().explore().orders(false).variants([]);
    let error = explore.await.unwrap_err();
    assert_message!("answer-before-replay", error);
    Ok(())
}

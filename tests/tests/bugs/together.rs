//! Bugs that need more than one thing to go wrong, or that show only on a variant of the service.

use std::cell::RefCell;

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;

use crate::assert_message;

/// A bank outside of the workflow.
#[derive(Default)]
struct Bank {
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
    bank(|bank| u64::from(bank.refunds))
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

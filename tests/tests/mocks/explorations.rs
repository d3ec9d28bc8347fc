use durable_runtime::prelude::*;
use durable_test::faults::Faults;
use durable_test::prelude::*;

use super::steps::{PaymentError, Receipt, charge_payment, order};

#[durable_test(handler = order, local_only)]
async fn each_explored_run_starts_afresh(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.with(|id, cents| Ok(Receipt { id, cents }));
    charge.fails(2, || PaymentError::Busy);
    let checked = charge.clone();

    runner
        .run("order-1")
        .explore_crashes()
        .check(move |result| {
            // Two attempts fail and one pays, and a crash repeats at most one of them.
            assert!((3..=4).contains(&checked.count()), "{}", checked.count());
            assert_eq!(checked.calls().len(), checked.count());
            assert_eq!(result.get_step("charge")?.attempt(), 3);
            Ok(())
        })
        .await?;

    assert_eq!(charge.count(), 3);
    // A later run of the runner itself has its own failures.
    let result = runner.run("order-2").await?;
    assert_eq!(result.get_step("charge")?.attempt(), 3);
    assert_eq!(charge.count(), 6);
    Ok(())
}

/// One attempt, so that its failure is the outcome.
#[durable_step(retry(max_attempts = 1))]
async fn once() -> Result<u8, BoxError> {
    Ok(1)
}

async fn tries_once((): (), ctx: DurableContext) -> Result<Option<u8>, BoxError> {
    Ok(once(&ctx).await.ok())
}

#[durable_test(handler = tries_once, local_only)]
async fn an_attempt_that_runs_again_fails_again(runner: DurableRunner) -> TestOutcome {
    runner.mock(once).fails(1, || "not today");
    runner.run(()).explore_crashes().await?;
    Ok(())
}

#[durable_step]
async fn left() -> u8 {
    1
}

#[durable_step]
async fn right() -> u8 {
    2
}

async fn both((): (), ctx: DurableContext) -> Result<u8, BoxError> {
    let (left, right) = (left(&ctx).spawn(), right(&ctx).spawn());
    Ok(left.await? + right.await?)
}

#[durable_test(handler = both, local_only)]
async fn mocks_hold_in_every_order(runner: DurableRunner) -> TestOutcome {
    let left = runner.mock(left);
    left.returns(10);
    let checked = left.clone();
    let report = runner
        .run(())
        .explore_orders()
        .check(move |result| {
            assert_eq!(result.result::<u8>()?, 12);
            assert_eq!(checked.count(), 1);
            Ok(())
        })
        .await?;
    assert!(report.orders() > 1);
    assert_eq!(left.count(), 1);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn a_run_with_a_fault_adds_to_the_records_of_the_runner(
    runner: DurableRunner,
) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.real();
    runner
        .run("order-1")
        .crash(CrashPoint::after_stored("charge"))
        .await?;
    assert_eq!(charge.count(), 1);
    let slow = Faults::new().slow_step("charge", Duration::from_secs(2), 1);
    charge.takes(Duration::from_secs(3));
    let result = runner.run("order-1").faults(slow).await?;
    assert_eq!(charge.count(), 2);
    assert_eq!(result.duration(), Duration::from_secs(5));
    Ok(())
}

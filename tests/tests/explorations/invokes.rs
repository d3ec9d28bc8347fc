//! Explorations of workflows that call other functions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, Loss};
use durable_test::prelude::*;

#[durable_step]
async fn book(cents: u64) -> u64 {
    cents
}

#[durable_step]
async fn pack(item: String) -> String {
    item
}

/// Books a payment after an hour.
async fn bank(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    ctx.wait(Duration::from_hours(1)).name("settlement").await?;
    Ok(book(&ctx, cents).await?)
}

/// Has the bank take the money, and packs what was bought.
async fn buys((): (), ctx: DurableContext) -> Result<(u64, String), BoxError> {
    let paid = ctx.invoke::<u64, _>("bank:$LATEST", 42).name("pay").await?;
    Ok((paid, pack(&ctx, "a lamp".to_owned()).await?))
}

#[durable_test(handler = buys, local_only)]
async fn both_functions_are_killed_at_each_of_their_calls(runner: DurableRunner) -> TestOutcome {
    runner.register_durable_function("bank", bank);
    let report = runner.explore_crashes(()).await?;

    let repeated = report.repeated_steps();
    let repeated: Vec<&str> = repeated.iter().map(|step| step.path.as_str()).collect();
    assert_eq!(repeated, ["pack", "pay/book"], "{report}");
    // Three calls of each function, with four losses each, and the responses of two invocations of each.
    assert_eq!(report.points(), 6 * 4 + 4, "{report}");
    assert_eq!(report.left_out(), 0);
    Ok(())
}

#[durable_test(handler = buys, local_only)]
async fn sequences_of_crashes_in_both_are_covered(runner: DurableRunner) -> TestOutcome {
    runner.register_durable_function("bank", bank);
    let report = runner.explore(()).budget(2_000).await?;

    assert!(report.is_closed(), "{report}");
    let steps: Vec<&str> = report
        .coverage()
        .iter()
        .map(|step| step.path.as_str())
        .collect();
    assert_eq!(steps, ["pack", "pay/book"]);
    for step in report.coverage() {
        assert_eq!(step.missing(), [""; 0], "{report}");
    }
    assert_eq!(report.uncontrolled(), [""; 0]);
    Ok(())
}

/// Two payments side by side.
async fn pays_twice((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let payments = [2, 3].map(|cents| ctx.invoke::<u64, _>("bank:$LATEST", cents).future());
    let paid = ctx.try_join_all(Vec::from(payments)).await?;
    Ok(paid.into_iter().sum())
}

#[durable_test(handler = pays_twice, local_only)]
async fn the_orders_of_two_called_functions_agree(runner: DurableRunner) -> TestOutcome {
    runner.register_durable_function("bank", bank);
    let report = runner.explore_orders(()).await?;

    assert!(report.is_exhaustive(), "{report}");
    assert!(report.orders() > 1, "{report}");
    assert_eq!(report, runner.explore_orders(()).threads(2).await?);
    Ok(())
}

/// Asserts that orders disagree about the result, and that the order that the error names repeats the other one.
async fn assert_results_disagree(runner: &DurableRunner) {
    let explored = runner.explore_orders(()).allow(Allow::lost_token());
    let error = explored.await.unwrap_err();

    let ErrorKind::OrdersDisagree(disagree) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(disagree.what, "result", "{error}");
    let order = disagree.other.order.clone();
    let again = runner.run(()).order(order).await.unwrap();
    assert_eq!(again.result_json(), Some(disagree.other.found.as_str()));
}

/// The price of the bank that answers first.
async fn first_bank((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let one = ctx.invoke::<u64, _>("bank:$LATEST", 1).name("one").future();
    let two = ctx.invoke::<u64, _>("bank:$LATEST", 2).name("two").future();
    Ok(ctx.race(vec![one, two]).await?)
}

#[durable_test(handler = first_bank, local_only)]
async fn an_outcome_that_depends_on_which_function_ends_first_is_found(runner: DurableRunner) {
    runner.register_durable_function("bank", bank);
    assert_results_disagree(&runner).await;
}

/// Books a payment at once.
async fn till(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(book(&ctx, cents).await?)
}

/// What was entered, in order.
static LEDGER: Mutex<Vec<u64>> = Mutex::new(Vec::new());

fn entries() -> Vec<u64> {
    LEDGER.lock().unwrap().clone()
}

#[durable_step]
async fn enter(cents: u64) -> u64 {
    LEDGER.lock().unwrap().push(cents);
    cents
}

/// Enters a payment at once.
async fn clerk(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(enter(&ctx, cents).await?)
}

/// Two payments side by side, by functions that start at once.
async fn has_two_entered((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let payments = [2, 3].map(|cents| ctx.invoke::<u64, _>("clerk:$LATEST", cents).future());
    let paid = ctx.try_join_all(Vec::from(payments)).await?;
    Ok(paid.into_iter().sum())
}

#[durable_test(handler = has_two_entered, local_only)]
async fn functions_that_start_at_once_run_in_each_order(runner: DurableRunner) -> TestOutcome {
    runner.register_durable_function("clerk", clerk);
    let orders = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&orders);
    let report = runner
        .explore_orders(())
        .setup(|| LEDGER.lock().unwrap().clear())
        .check(move |_| {
            seen.lock().unwrap().insert(entries());
            Ok(())
        })
        .await?;

    assert!(report.is_exhaustive(), "{report}");
    let orders = orders.lock().unwrap().clone();
    assert_eq!(orders, BTreeSet::from([vec![2, 3], vec![3, 2]]), "{report}");
    Ok(())
}

/// The price of the till that answers first.
async fn first_till((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let one = ctx.invoke::<u64, _>("till:$LATEST", 1).name("one").future();
    let two = ctx.invoke::<u64, _>("till:$LATEST", 2).name("two").future();
    Ok(ctx.race(vec![one, two]).await?)
}

#[durable_test(handler = first_till, local_only)]
async fn an_outcome_that_depends_on_which_function_runs_first_is_found(runner: DurableRunner) {
    runner.register_durable_function("till", till);
    assert_results_disagree(&runner).await;
}

#[durable_test(handler = first_till, local_only)]
async fn the_invocations_to_choose_from_are_named(runner: DurableRunner) {
    runner.register_durable_function("till", till);
    let order = durable_test::explore::Order::choices([7]);
    let error = runner.run(()).order(order).await.map(drop).unwrap_err();
    let options = "(\"invocation of till by one\", \"invocation of till by two\")";
    assert!(error.to_string().contains(options), "{error}");
}

/// Two payments side by side, by functions that start at once.
async fn pays_twice_at_once((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let payments = [2, 3].map(|cents| ctx.invoke::<u64, _>("till:$LATEST", cents).future());
    let paid = ctx.try_join_all(Vec::from(payments)).await?;
    Ok(paid.into_iter().sum())
}

#[durable_test(handler = pays_twice_at_once, local_only)]
async fn a_response_is_not_lost_after_the_next_invocation_was_chosen(
    runner: DurableRunner,
) -> TestOutcome {
    runner.register_durable_function("till", till);
    let explored = runner.explore(()).losses([Loss::ResponseLost]).variants([]);
    let report = explored.await?;

    assert_eq!(report.cut(), None, "{report}");
    assert_eq!(report.left_out(), 0, "{report}");
    assert_eq!(report.uncontrolled(), [""; 0]);
    Ok(())
}

/// What was counted, in order.
static COUNTED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

#[durable_step]
async fn count(cents: u64) -> u64 {
    COUNTED.lock().unwrap().push(cents);
    cents
}

/// Counts a payment at once.
async fn counter(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(count(&ctx, cents).await?)
}

/// Two payments side by side, by functions that start at once.
async fn has_two_counted((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let payments = [2, 3].map(|cents| ctx.invoke::<u64, _>("counter:$LATEST", cents).future());
    let paid = ctx.try_join_all(Vec::from(payments)).await?;
    Ok(paid.into_iter().sum())
}

#[durable_test(handler = has_two_counted, local_only)]
async fn what_is_chosen_after_a_crash_is_explored_too(runner: DurableRunner) {
    runner.register_durable_function("counter", counter);
    let explored = runner.explore(()).losses([Loss::ResponseLost]).variants([]);
    let explored = explored
        .setup(|| COUNTED.lock().unwrap().clear())
        .check(|result| {
            let is_lost = result.invocations()[0].error.is_some();
            let counted = COUNTED.lock().unwrap().clone();
            assert!(
                !is_lost || counted != [3, 2],
                "after a crash, 3 comes first"
            );
            Ok(())
        });
    let error = explored.await.unwrap_err();

    let ErrorKind::Exploration(failure) = error.kind() else {
        panic!("{error}");
    };
    let plan = failure.plan().to_string();
    assert_eq!(plan, "crash:1/response-lost;order:2", "{error}");
}

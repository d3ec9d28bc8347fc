//! Samples, budgets, threads and the setup of explorations.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::explore::{Budget, Cut};
use durable_test::prelude::*;

#[durable_step]
async fn price(shop: String) -> usize {
    shop.len()
}

async fn cheapest(shops: Vec<String>, ctx: DurableContext) -> Result<Option<usize>, BoxError> {
    let prices: Vec<_> = shops
        .into_iter()
        .map(|shop| price(&ctx, shop.clone()).name(shop).future())
        .collect();
    let prices = ctx.try_join_all(prices).await?;
    ctx.step(|_| async { Ok(()) }).name("file").await?;
    Ok(prices.into_iter().min())
}

const SHOPS: [&str; 3] = ["Alma", "Bo", "Cyd"];

#[durable_test(handler = cheapest, local_only)]
async fn reports_are_the_same_whatever_the_number_of_threads(runner: DurableRunner) -> TestOutcome {
    let crashes = |threads| runner.explore_crashes(SHOPS).pairs(20).threads(threads);
    let one = crashes(1).await?;
    assert_eq!(one, crashes(2).await?);
    assert_eq!(one, crashes(5).await?);
    let orders = |threads| runner.explore_orders(SHOPS).threads(threads);
    let one = orders(1).await?;
    assert!(one.is_exhaustive(), "{one}");
    assert_eq!(one, orders(3).await?);
    let some = |threads| runner.explore_orders(SHOPS).sample(9).threads(threads);
    assert_eq!(some(1).await?, some(4).await?);
    Ok(())
}

#[durable_test(handler = cheapest, local_only, start_paused)]
async fn threads_have_a_paused_clock_if_the_test_has(runner: DurableRunner) -> TestOutcome {
    let one = runner.explore_crashes(SHOPS).await?;
    assert_eq!(one, runner.explore_crashes(SHOPS).threads(2).await?);
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn a_sample_is_the_same_each_time(runner: DurableRunner) -> TestOutcome {
    let all = runner.explore_crashes(SHOPS).await?;
    let some = |seed| runner.explore_crashes(SHOPS).sample(5).seed(seed);
    let one = some(1).await?;
    assert_eq!(one.points(), 5);
    assert_eq!(one.left_out(), all.points() - 5);
    assert_eq!(one.cut(), Some(Cut::Sample(5)));
    assert!(one.to_string().contains("a sample of 5"), "{one}");
    assert_eq!(one, some(1).await?);

    let orders = runner.explore_orders(SHOPS).sample(4).await?;
    assert_eq!(orders.runs(), 4);
    assert!(!orders.is_exhaustive());
    assert_eq!(orders.cut(), Some(Cut::Sample(4)));
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn a_budget_is_kept_and_the_report_says_so(runner: DurableRunner) -> TestOutcome {
    let all = runner.explore_crashes(SHOPS).await?;
    let none = runner.explore_crashes(SHOPS).budget(Duration::ZERO).await?;
    assert_eq!((none.points(), none.left_out()), (0, all.points()));
    assert_eq!(none.cut(), Some(Cut::Time(Duration::ZERO)));

    let few = runner.explore_crashes(SHOPS).budget(4).await?;
    assert_eq!((few.runs(), few.cut()), (4, Some(Cut::Runs(4))));

    let none = runner
        .explore_orders(SHOPS)
        .budget(Budget::Time(Duration::ZERO))
        .await?;
    assert_eq!((none.runs(), none.is_exhaustive()), (1, false));
    assert!(none.to_string().contains("left out"), "{none}");
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn an_exploration_of_nothing_is_refused(runner: DurableRunner) {
    for error in [
        runner.explore_orders(SHOPS).threads(0).await.unwrap_err(),
        runner.explore_orders(SHOPS).sample(0).await.unwrap_err(),
        runner.explore_orders(SHOPS).budget(0).await.unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("the number is 1 at least"),
            "{error}"
        );
    }
}

static CHARGED: AtomicU64 = AtomicU64::new(0);

async fn charge((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let charges = [1, 2].map(|_| {
        ctx.step(|_| async {
            CHARGED.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .name("charge")
        .future()
    });
    ctx.try_join_all(Vec::from(charges)).await?;
    Ok(())
}

#[durable_test(handler = charge, local_only)]
async fn runs_that_share_what_the_setup_resets_take_turns(runner: DurableRunner) -> TestOutcome {
    let explore = |threads| {
        runner
            .explore_orders(())
            .setup(|| CHARGED.store(0, Ordering::SeqCst))
            .check(|_| {
                assert_eq!(CHARGED.load(Ordering::SeqCst), 2);
                Ok(())
            })
            .threads(threads)
    };
    let one = explore(1).await?;
    assert!(one.orders() > 1, "{one}");
    assert_eq!(one, explore(4).await?);
    Ok(())
}

//! How many orders there are decides whether all are run or some; the first run does not know.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Cut, ExploreOrders};
use durable_test::prelude::*;

use crate::reduction::naps;

#[durable_step]
async fn price(shop: String) -> usize {
    shop.len()
}

/// Whether the first of two bodies is the first to end.
async fn is_in_order(ctx: &DurableContext) -> Result<bool, BoxError> {
    let ended = Mutex::new(Vec::new());
    let call = async |shop: &'static str| {
        price(ctx, shop.to_owned()).name(shop).await?;
        let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.push(shop);
        Ok::<_, BoxError>(())
    };
    let (one, other) = tokio::join!(call("Alma"), call("Bo"));
    one?;
    other?;
    let ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(ended == ["Alma", "Bo"])
}

/// Up to ten rounds, in each of which one of two orders ends the workflow.
async fn rounds((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    for round in 1..10 {
        if !is_in_order(&ctx).await? {
            return Ok(round);
        }
    }
    is_in_order(&ctx).await?;
    Ok(10)
}

/// Seven bodies side by side, unless the first of two was the first to end.
async fn crowd((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    if is_in_order(&ctx).await? {
        return Ok(0);
    }
    let shops = (0..7).map(|shop| price(&ctx, format!("shop {shop}")).future());
    let prices = ctx.try_join_all(shops.collect::<Vec<_>>()).await?;
    Ok(prices.into_iter().sum())
}

/// Whatever the outcome: it depends on the order.
fn with_any_outcome(orders: ExploreOrders) -> ExploreOrders {
    orders
        .allow(Allow::outcome_if(|_, _| true))
        .allow(Allow::operations())
}

#[durable_test(handler = rounds, check_determinism = false, local_only)]
async fn a_first_run_with_many_choices_may_have_few_orders(runner: DurableRunner) -> TestOutcome {
    // The ten choices of the first run make 1,024 orders if every run has them.
    let report = with_any_outcome(runner.explore_orders(())).await?;

    assert!(report.is_exhaustive(), "{report}");
    assert_eq!(report.orders(), 11, "{report}");
    // Those that were drawn to find out how many there are are runs as well.
    assert_eq!(report.runs(), 21, "{report}");
    assert_eq!(report.estimated_orders(), None);
    Ok(())
}

#[durable_test(handler = crowd, check_determinism = false, local_only)]
async fn a_first_run_with_few_choices_may_have_many_orders(runner: DurableRunner) -> TestOutcome {
    // The first run makes one choice between two; there are 5,041 orders.
    let explore = || with_any_outcome(runner.explore_orders(()));
    let report = explore().await?;

    assert!(!report.is_exhaustive());
    assert_eq!((report.runs(), report.cut()), (200, Some(Cut::Runs(200))));
    let sampling = report.sampling().unwrap();
    assert_eq!(report.estimated_orders(), Some(sampling.estimated_orders()));
    assert!(
        (2_500..10_000).contains(&sampling.estimated_orders()),
        "{report}"
    );
    let text = report.to_string();
    let about = format!(
        "of about {} orders without late answers by an estimate;",
        sampling.estimated_orders()
    );
    assert!(text.contains(&about), "{text}");
    assert_eq!(report, explore().threads(3).await?);
    Ok(())
}

/// Branches with a body before a wait and one after it: each order of the first bodies leads to a state of its own.
async fn branches((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let visits = ctx.map(vec![1_u64, 2, 3, 4], |ctx, number, _| async move {
        let before = price(&ctx, format!("shop {number}")).await?;
        ctx.wait(Duration::from_hours(1)).await?;
        let after = price(&ctx, format!("other {number}")).await?;
        Ok(before + after)
    });
    Ok(visits.await?.into_iter().sum())
}

#[durable_test(handler = branches, local_only)]
async fn what_follows_a_state_of_its_own_counts_for_each(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(()).await?;
    assert!(report.sampling().is_some(), "{report}");
    assert!(report.estimated_orders() > Some(200), "{report}");
    Ok(())
}

#[durable_test(handler = naps, local_only)]
async fn late_answers_that_do_not_fit_the_budget_are_left_out(
    runner: DurableRunner,
) -> TestOutcome {
    let report = runner.explore_orders(()).budget(12).await?;

    assert_eq!(report.cut(), Some(Cut::Runs(12)));
    assert!(report.sampling().is_none(), "{report}");
    let about = report.estimated_orders().unwrap();
    assert!(about <= 12, "{report}");
    let about = format!("of about {about} orders without late answers by an estimate");
    assert!(report.to_string().contains(&about), "{report}");
    Ok(())
}

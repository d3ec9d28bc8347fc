//! A spawned step that is never awaited: dropping its handle cancels it.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step]
async fn notify(world: &'static World, customer: String) {
    world.act_once(&format!("notify {customer}"));
}

#[durable_step]
async fn close_account(customer: String) -> String {
    format!("the account of {customer} is closed")
}

static BUGGY: World = World::new();

async fn forgets(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    drop(notify(&ctx, &BUGGY, customer.clone()).spawn());
    Ok(close_account(&ctx, customer).await?)
}

#[durable_test(handler = forgets, local_only)]
async fn a_spawned_step_that_is_dropped_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("Ada")
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("notify Ada", 1))
        .await
        .unwrap_err();
    assert_message!("drops-what-it-spawned", error);
}

static FIXED: World = World::new();

async fn awaits_both(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    let notified = notify(&ctx, &FIXED, customer.clone()).spawn();
    let closed = close_account(&ctx, customer).await?;
    notified.await?;
    Ok(closed)
}

#[durable_test(handler = awaits_both, local_only)]
async fn a_spawned_step_that_is_awaited_completes(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("Ada")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("notify Ada", 1))
        .await?;
    Ok(())
}

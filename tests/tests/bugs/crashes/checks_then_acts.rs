//! A check and an act that are not atomic: a timed out invocation keeps running beside the next one, and both
//! find that nothing has been done.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

/// The latency of a call to the bank.
async fn network() {
    tokio::task::yield_now().await;
}

static BUGGY: World = World::new();

#[durable_step]
async fn charge(order: String) {
    let charge = format!("charge {order}");
    network().await;
    if BUGGY.count(&charge) == 0 {
        network().await;
        BUGGY.act(&charge);
    }
}

async fn looks_first(order: String, ctx: DurableContext) -> Result<(), BoxError> {
    Ok(charge(&ctx, order).await?)
}

#[durable_test(handler = looks_first, local_only)]
async fn a_check_that_another_invocation_overtakes_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("order 7")
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("charge order 7", 1))
        .await
        .unwrap_err();
    assert_message!("checks-then-acts", error);
}

static FIXED: World = World::new();

/// The bank checks and charges atomically.
#[durable_step(name = "charge")]
async fn charge_if_new(order: String) {
    network().await;
    FIXED.act_once(&format!("charge {order}"));
}

async fn leaves_it_to_the_bank(order: String, ctx: DurableContext) -> Result<(), BoxError> {
    Ok(charge_if_new(&ctx, order).await?)
}

#[durable_test(handler = leaves_it_to_the_bank, local_only)]
async fn an_atomic_charge_is_made_once(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("order 7")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("charge order 7", 1))
        .await?;
    Ok(())
}

//! A charge without an idempotency key, in a step that runs at least once: after a crash between the charge
//! and its checkpoint, the step charges again.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

static BUGGY: World = World::new();

#[durable_step]
async fn charge(customer: String, cents: u64) -> String {
    BUGGY.act(&format!("charge {customer} {cents} cents"));
    format!("{customer} paid {cents} cents")
}

async fn sells(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(charge(&ctx, customer, 4_990).await?)
}

#[durable_test(handler = sells, local_only)]
async fn a_charge_that_is_made_again_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("Ada")
        .setup(|| BUGGY.reset())
        .never_repeats(["charge"])
        .check(|_| BUGGY.expect("charge Ada 4990 cents", 1))
        .await
        .unwrap_err();
    assert_message!("charges-without-key", error);
}

static FIXED: World = World::new();

/// The bank makes one charge for a key, however often it is asked.
#[durable_step(name = "charge")]
async fn charge_with_key(key: String, customer: String, cents: u64) -> String {
    FIXED.act_once(&format!("charge {customer} {cents} cents ({key})"));
    format!("{customer} paid {cents} cents")
}

async fn sells_with_key(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    let key = format!("order of {customer}");
    Ok(charge_with_key(&ctx, key, customer, 4_990).await?)
}

#[durable_test(handler = sells_with_key, local_only)]
async fn a_charge_with_a_key_may_run_again(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes("Ada")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("charge Ada 4990 cents (order of Ada)", 1))
        .await?;
    assert_eq!(report.repeated_steps().len(), 1);
    Ok(())
}

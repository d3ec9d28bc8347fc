//! An at-most-once step that the handler retries itself: an interrupted charge may have succeeded.

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn charge(bank: &'static World, cents: u64) -> u64 {
    bank.act(&format!("charge {cents} cents"));
    cents
}

static BUGGY: World = World::new();

async fn insists(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    match charge(&ctx, &BUGGY, cents).await {
        Ok(charged) => Ok(charged),
        Err(_) => Ok(charge(&ctx, &BUGGY, cents).name("charge again").await?),
    }
}

#[durable_test(handler = insists, local_only)]
async fn a_second_try_after_an_interruption_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes(4_990)
        .setup(|| BUGGY.reset())
        .allow(Allow::interruption_of("charge"))
        .check(|_| BUGGY.expect("charge 4990 cents", 1))
        .await
        .unwrap_err();
    assert_message!("retries-by-hand", error);
}

static FIXED: World = World::new();

#[durable_step]
async fn look_up_charge(bank: &'static World, cents: u64) -> bool {
    bank.count(&format!("charge {cents} cents")) > 0
}

async fn asks_the_bank(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    if let Ok(charged) = charge(&ctx, &FIXED, cents).await {
        return Ok(charged);
    }
    if look_up_charge(&ctx, &FIXED, cents).await? {
        return Ok(cents);
    }
    Ok(charge(&ctx, &FIXED, cents).name("charge again").await?)
}

#[durable_test(handler = asks_the_bank, local_only)]
async fn a_handler_that_asks_the_bank_first_charges_once(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes(4_990)
        .setup(|| FIXED.reset())
        .allow(Allow::interruption_of("charge"))
        .check(|_| FIXED.expect("charge 4990 cents", 1))
        .await?;
    Ok(())
}

//! An error that is logged and ignored: an interrupted payment counts as a payment.

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn charge(world: &'static World, customer: String) {
    world.act(&format!("charge {customer}"));
}

#[durable_step]
async fn ship(world: &'static World, customer: String) -> String {
    world.act_once(&format!("ship to {customer}"));
    format!("shipped to {customer}")
}

/// No customer gets a parcel without having paid.
fn nothing_is_given_away(world: &World) -> TestOutcome {
    if world.count("ship to Ada") > world.count("charge Ada") {
        return Err(std::io::Error::other("Ada got a parcel and has not paid").into());
    }
    Ok(())
}

static BUGGY: World = World::new();

async fn goes_on(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    if let Err(error) = charge(&ctx, &BUGGY, customer.clone()).await {
        eprintln!("charging {customer}: {error}");
    }
    Ok(ship(&ctx, &BUGGY, customer).await?)
}

#[durable_test(handler = goes_on, local_only)]
async fn a_swallowed_error_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("Ada")
        .setup(|| BUGGY.reset())
        .allow(Allow::operation("charge"))
        .check(|_| nothing_is_given_away(&BUGGY))
        .await
        .unwrap_err();
    assert_message!("swallows-an-error", error);
}

static FIXED: World = World::new();

async fn stops(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    charge(&ctx, &FIXED, customer.clone()).await?;
    Ok(ship(&ctx, &FIXED, customer).await?)
}

#[durable_test(handler = stops, local_only)]
async fn an_error_that_is_passed_on_ships_nothing(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("Ada")
        .setup(|| FIXED.reset())
        .allow(Allow::interruption_of("charge"))
        .check(|_| nothing_is_given_away(&FIXED))
        .await?;
    Ok(())
}

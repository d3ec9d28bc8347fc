//! A write between two steps, to a journal that accepts every line: every invocation repeats the code between
//! steps, not only after a crash.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step]
async fn pick(order: String) -> String {
    format!("{order} is picked")
}

#[durable_step]
async fn ship(parcel: String) -> String {
    format!("{parcel} and shipped")
}

static BUGGY: World = World::new();

async fn journals(order: String, ctx: DurableContext) -> Result<String, BoxError> {
    let parcel = pick(&ctx, order).await?;
    BUGGY.act(&format!("journal: {parcel}"));
    Ok(ship(&ctx, parcel).await?)
}

#[durable_test(handler = journals, local_only)]
async fn a_write_between_steps_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("order 7")
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("journal: order 7 is picked", 1))
        .await
        .unwrap_err();
    assert_message!("acts-between-steps", error);
}

static FIXED: World = World::new();

/// The journal accepts one line per key.
#[durable_step]
async fn journal(line: String) {
    FIXED.act_once(&format!("journal: {line}"));
}

async fn journals_in_a_step(order: String, ctx: DurableContext) -> Result<String, BoxError> {
    let parcel = pick(&ctx, order).await?;
    journal(&ctx, parcel.clone()).await?;
    Ok(ship(&ctx, parcel).await?)
}

#[durable_test(handler = journals_in_a_step, local_only)]
async fn a_write_in_a_step_is_made_once(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("order 7")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("journal: order 7 is picked", 1))
        .await?;
    Ok(())
}

//! A compensation that is not idempotent: it runs again after a crash like any other step.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step]
async fn reserve(item: String) -> String {
    format!("reservation of {item}")
}

#[durable_step(retry(max_attempts = 1))]
async fn charge() -> Result<(), BoxError> {
    Err("the card is declined".into())
}

static BUGGY: World = World::new();

/// Puts an item back on the shelf.
#[durable_step]
async fn put_back(item: String) {
    BUGGY.act(&format!("one more {item}"));
}

async fn undoes(item: String, ctx: DurableContext) -> Result<String, BoxError> {
    let reservation = reserve(&ctx, item.clone()).await?;
    if charge(&ctx).await.is_err() {
        put_back(&ctx, item).await?;
        return Ok("not sold".to_owned());
    }
    Ok(reservation)
}

#[durable_test(handler = undoes, local_only)]
async fn a_compensation_that_runs_again_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("lamp")
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("one more lamp", 1))
        .await
        .unwrap_err();
    assert_message!("compensates-twice", error);
}

static FIXED: World = World::new();

/// Ends a reservation; one that has ended stays so.
#[durable_step]
async fn cancel(reservation: String) {
    FIXED.act_once(&format!("cancel {reservation}"));
}

async fn cancels(item: String, ctx: DurableContext) -> Result<String, BoxError> {
    let reservation = reserve(&ctx, item).await?;
    if charge(&ctx).await.is_err() {
        cancel(&ctx, reservation).await?;
        return Ok("not sold".to_owned());
    }
    Ok(reservation)
}

#[durable_test(handler = cancels, local_only)]
async fn a_cancelled_reservation_stays_cancelled(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("lamp")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("cancel reservation of lamp", 1))
        .await?;
    Ok(())
}

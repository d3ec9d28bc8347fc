//! A side effect outside of a step: a handler runs again from its start after every crash, and only completed
//! steps are skipped.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

#[durable_step]
async fn register(name: String) -> String {
    format!("customer {name}")
}

static BUGGY: World = World::new();

async fn welcomes(name: String, ctx: DurableContext) -> Result<String, BoxError> {
    let customer = register(&ctx, name).await?;
    BUGGY.act(&format!("mail to {customer}"));
    Ok(customer)
}

#[durable_test(handler = welcomes, local_only)]
async fn mail_that_is_sent_again_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("Ada")
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("mail to customer Ada", 1))
        .await
        .unwrap_err();
    assert_message!("mails-outside-a-step", error);
}

static DELIVERED: World = World::new();

async fn greets(name: String, ctx: DurableContext) -> Result<String, BoxError> {
    DELIVERED.act(&format!("mail to {name}"));
    Ok(register(&ctx, name).await?)
}

#[durable_test(handler = greets, local_only)]
async fn a_second_delivery_of_the_event_shows_it_too(runner: DurableRunner) -> TestOutcome {
    let run = runner.run("Ada").check_determinism(false);
    run.faults(Faults::new().deliver_twice(1)).await?;
    assert_eq!(DELIVERED.count("mail to Ada"), 2);
    Ok(())
}

static FIXED: World = World::new();

/// The mail provider sends one mail for a key, however often it is asked.
#[durable_step]
async fn send_welcome(customer: String) {
    FIXED.act_once(&format!("mail to {customer}"));
}

async fn welcomes_in_a_step(name: String, ctx: DurableContext) -> Result<String, BoxError> {
    let customer = register(&ctx, name).await?;
    send_welcome(&ctx, customer.clone()).await?;
    Ok(customer)
}

#[durable_test(handler = welcomes_in_a_step, local_only)]
async fn mail_with_a_key_in_a_step_is_sent_once(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes("Ada")
        .setup(|| FIXED.reset())
        .check(|_| FIXED.expect("mail to customer Ada", 1))
        .await?;
    Ok(())
}

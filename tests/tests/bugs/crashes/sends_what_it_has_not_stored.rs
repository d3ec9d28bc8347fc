//! A token that is generated and sent in the same step: after a crash the step generates another one, and the
//! receiver of the first holds a token that the workflow does not know.

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

/// A token that was never issued before.
fn fresh_token(world: &World) -> String {
    format!("token {}", world.act("draw a token"))
}

/// The workflow must expect the token of the first letter.
fn first_letter_counts(world: &World, result: &ExecutionResult) -> TestOutcome {
    let token: String = result.result()?;
    let letter = world.first("letter");
    if letter.as_deref() == Some(format!("letter with {token}").as_str()) {
        return Ok(());
    }
    let problem = format!("the first letter is {letter:?}, and the workflow expects {token:?}");
    Err(std::io::Error::other(problem).into())
}

static BUGGY: World = World::new();

#[durable_step]
async fn invite() -> String {
    let token = fresh_token(&BUGGY);
    BUGGY.act(&format!("letter with {token}"));
    token
}

async fn invites((): (), ctx: DurableContext) -> Result<String, BoxError> {
    Ok(invite(&ctx).await?)
}

#[durable_test(handler = invites, local_only)]
async fn a_token_that_is_sent_before_it_is_stored_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes(())
        .setup(|| BUGGY.reset())
        .allow(Allow::result())
        .allow(Allow::operation("invite"))
        .check(|result| first_letter_counts(&BUGGY, result))
        .await
        .unwrap_err();
    assert_message!("sends-what-it-has-not-stored", error);
}

static FIXED: World = World::new();

#[durable_step]
async fn draw_token() -> String {
    fresh_token(&FIXED)
}

#[durable_step]
async fn send(token: String) {
    FIXED.act(&format!("letter with {token}"));
}

async fn draws_then_sends((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let token = draw_token(&ctx).await?;
    send(&ctx, token.clone()).await?;
    Ok(token)
}

#[durable_test(handler = draws_then_sends, local_only)]
async fn a_token_that_is_stored_first_is_the_one_that_is_sent(
    runner: DurableRunner,
) -> TestOutcome {
    runner
        .explore_crashes(())
        .setup(|| FIXED.reset())
        .allow(Allow::result())
        .allow(Allow::operation("draw_token"))
        .check(|result| first_letter_counts(&FIXED, result))
        .await?;
    Ok(())
}

//! A step that stores its result in memory instead of returning it: on replay its body does not run, and the
//! memory is empty.

use std::sync::{Arc, Mutex, PoisonError};

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use crate::assert_message;

/// The memory of an invocation.
type Session = Arc<Mutex<Option<u64>>>;

#[durable_step]
async fn load_rate(session: Session) {
    *session.lock().unwrap_or_else(PoisonError::into_inner) = Some(119);
}

#[durable_step]
async fn convert(cents: u64, rate: u64) -> u64 {
    cents * rate / 100
}

async fn keeps_a_session(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let session = Session::default();
    load_rate(&ctx, Arc::clone(&session)).await?;
    let rate = *session.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(convert(&ctx, cents, rate.unwrap_or(100)).await?)
}

#[durable_test(handler = keeps_a_session, local_only)]
async fn a_result_that_is_only_in_memory_is_found(runner: DurableRunner) {
    let error = runner.explore_crashes(1_000).await.unwrap_err();
    assert_message!("passes-results-in-memory", error);
}

#[durable_step(name = "load_rate")]
async fn fetch_rate() -> u64 {
    119
}

async fn returns_the_rate(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let rate = fetch_rate(&ctx).await?;
    Ok(convert(&ctx, cents, rate).await?)
}

#[durable_test(handler = returns_the_rate, local_only)]
async fn a_result_that_is_returned_is_replayed(runner: DurableRunner) -> TestOutcome {
    runner.explore_crashes(1_000).await?;
    Ok(())
}

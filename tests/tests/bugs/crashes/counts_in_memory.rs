//! A counter in the memory of the process: it continues after a crashed invocation, or starts again,
//! depending on whether the sandbox is reused.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use crate::assert_message;

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

#[durable_step]
async fn print(number: u64, customer: String) -> String {
    format!("invoice {number} for {customer}")
}

async fn numbers_in_memory(customer: String, ctx: DurableContext) -> Result<String, BoxError> {
    let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
    Ok(print(&ctx, number, customer).await?)
}

#[durable_test(
    handler = numbers_in_memory,
    local_only
)]
async fn a_counter_in_memory_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes("Ada")
        .setup(|| NEXT_NUMBER.store(1, Ordering::Relaxed))
        .await
        .unwrap_err();
    assert_message!("counts-in-memory", error);
}

/// The register of invoices returns the same number for an order, however often it is asked.
#[durable_step]
async fn draw_number(customer: String) -> u64 {
    customer.len() as u64
}

async fn numbers_from_a_register(
    customer: String,
    ctx: DurableContext,
) -> Result<String, BoxError> {
    let number = draw_number(&ctx, customer.clone()).await?;
    Ok(print(&ctx, number, customer).await?)
}

#[durable_test(handler = numbers_from_a_register, local_only)]
async fn a_number_that_a_step_draws_stays(runner: DurableRunner) -> TestOutcome {
    runner.explore_crashes("Ada").await?;
    Ok(())
}

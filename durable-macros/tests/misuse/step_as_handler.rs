use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn charge(cents: u32) -> Result<u32, BoxError> {
    Ok(cents)
}

#[durable_test(handler = charge)]
async fn runs(runner: DurableRunner) {}

fn main() {}

use durable_runtime::prelude::*;

fn strategy(attempt: u32) -> RetryDecision {
    RetryDecision::Stop
}

#[durable_step(retry = strategy)]
async fn charge() -> Result<u32, BoxError> {
    Ok(1)
}

fn main() {}

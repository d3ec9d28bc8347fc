use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[durable_step]
async fn charge(cents: u32) -> Result<u32, BoxError> {
    Ok(cents)
}

#[durable_test(handler = charge)]
async fn runs(_runner: DurableRunner) {}

#[durable_step]
async fn echo<T: Serialize + DeserializeOwned + Send + 'static>(value: T) -> Result<T, BoxError> {
    Ok(value)
}

#[durable_test(handler = echo::<u32>)]
async fn runs_a_generic_step(_runner: DurableRunner) {}

#[durable_test(handler = echo)]
async fn runs_a_generic_step_of_any_type(_runner: DurableRunner) {}

#[durable_with_child_context]
async fn block(ctx: DurableContext, value: u32) -> Result<u32, BoxError> {
    Ok(value)
}

#[durable_test(handler = block)]
async fn runs_a_block(_runner: DurableRunner) {}

struct Shop;

impl Shop {
    fn charge(&self, event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
        Ok(event)
    }
}

#[durable_test(handler = Shop::charge)]
async fn runs_a_method(_runner: DurableRunner) {}

fn main() {}

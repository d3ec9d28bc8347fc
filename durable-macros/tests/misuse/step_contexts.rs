#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step]
async fn durable(ctx: DurableContext, id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_step]
async fn durable_by_reference(id: u32, ctx: &sdk::DurableContext) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_step]
async fn not_first(id: u32, step: StepContext) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_step]
async fn by_reference(step: &StepContext, id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_step]
async fn two(step: StepContext, again: StepContext) -> Result<u32, BoxError> {
    Ok(1)
}

fn main() {}

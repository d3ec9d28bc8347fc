#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_execution]
fn not_async(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn nothing() -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn event_only(event: u32) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn context_only(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn swapped(ctx: DurableContext, event: u32) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn step_context(event: u32, ctx: StepContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn by_reference(event: u32, ctx: &DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn three(event: u32, ctx: DurableContext, table: String) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution]
async fn borrowed(event: &str, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn unnamed(event: impl Sized, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn generic<'a, E, const N: usize>(event: E, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
mod workflow {}

fn main() {}

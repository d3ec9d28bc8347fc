#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_with_child_context]
fn not_async(ctx: DurableContext, id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_with_child_context]
async fn no_context(id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_with_child_context]
async fn nothing() -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_with_child_context]
async fn by_reference(ctx: &DurableContext, id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_with_child_context]
async fn not_first(id: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(id)
}

#[durable_with_child_context]
async fn two(ctx: DurableContext, other: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_with_child_context]
async fn step(ctx: DurableContext, step: StepContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_with_child_context]
async fn borrowed(ctx: DurableContext, id: &str) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_with_child_context]
async fn unnamed(ctx: DurableContext) -> impl Sized {
    1
}

#[durable_with_child_context]
enum Item {}

fn main() {}

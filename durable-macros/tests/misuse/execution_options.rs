#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_execution(names = "orders")]
async fn misspelt(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution("orders")]
async fn bare_value(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution(name = "")]
async fn empty_name(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

fn main() {}

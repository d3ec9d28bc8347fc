#![allow(unused)]

use durable_runtime::prelude::*;

struct Receipt(u32);

#[durable_execution]
async fn given(event: Receipt, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn returned(event: u32, ctx: DurableContext) -> Result<Receipt, BoxError> {
    Ok(Receipt(event))
}

#[durable_step]
async fn step(id: u32) -> Result<Receipt, BoxError> {
    Ok(Receipt(id))
}

#[durable_with_child_context]
async fn child(ctx: DurableContext, id: u32) -> Receipt {
    Receipt(id)
}

#[durable_step(custom_serdes)]
async fn stored_elsewhere(id: u32) -> Result<Receipt, BoxError> {
    Ok(Receipt(id))
}

fn main() {}

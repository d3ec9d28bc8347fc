#![allow(unused)]

use std::time::SystemTime;

use durable_runtime::prelude::*;

#[durable_execution(allow(clocks, randomness))]
async fn unknown(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution(allow)]
async fn without_list(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_execution(allow(clock = "why"))]
async fn reason_in_the_wrong_place(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_with_child_context(allow(random, reason = "not for clocks"))]
async fn another(ctx: DurableContext) -> Result<u32, BoxError> {
    let now = SystemTime::now();
    Ok(1)
}

#[durable_execution]
async fn statements(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(clock, reason = "only logged"))]
    let started = SystemTime::now();
    let here = SystemTime::now();
    #[durable(allow(clok))]
    let misspelt = 1;
    #[durable]
    let nothing = 1;
    #[durable(clock)]
    let bare = 1;
    Ok(event)
}

fn main() {}

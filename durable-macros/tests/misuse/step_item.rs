#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step]
struct Order;

#[durable_step]
const LIMIT: u32 = 1;

#[durable_step]
async fn without_body();

#[durable_step]
#[durable_execution]
async fn twice(event: u32) -> Result<u32, BoxError> {
    Ok(event)
}

fn main() {}

#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_execution]
async fn absent(event: u32, ctx: DurableContext) {}

#[durable_execution]
async fn plain(event: u32, ctx: DurableContext) -> u32 {
    event
}

#[durable_execution]
async fn unnamed(event: u32, ctx: DurableContext) -> impl Sized {
    event
}

fn main() {}

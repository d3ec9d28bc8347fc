#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_with_child_context(retry(max_attempts = 3))]
async fn unknown(ctx: DurableContext) {}

#[durable_with_child_context(nam = "item")]
async fn misspelt(ctx: DurableContext) {}

#[durable_with_child_context(name("item"))]
async fn list(ctx: DurableContext) {}

fn main() {}

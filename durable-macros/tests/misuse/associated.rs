#![allow(unused)]

use durable_runtime::prelude::*;

struct Shop;

impl Shop {
    #[durable_step]
    async fn charge(cents: u32) -> Result<u32, BoxError> {
        Ok(cents)
    }

    #[durable_with_child_context]
    async fn block(ctx: DurableContext) -> Result<u32, BoxError> {
        Ok(1)
    }

    #[durable_execution]
    async fn workflow(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
        Ok(event)
    }
}

fn main() {}

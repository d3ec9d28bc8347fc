#![allow(unused)]

use durable_runtime::prelude::*;

struct Shop;

impl Shop {
    #[durable_execution]
    async fn workflow(&self, event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
        Ok(event)
    }
}

fn main() {}

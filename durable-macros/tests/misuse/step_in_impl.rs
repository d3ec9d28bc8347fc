#![allow(unused)]

use durable_runtime::prelude::*;

struct Shop;

impl Shop {
    #[durable_step]
    async fn charge(&self, amount: u32) -> Result<u32, BoxError> {
        Ok(amount)
    }

    #[durable_step]
    async fn refund(self: Box<Self>) -> Result<u32, BoxError> {
        Ok(1)
    }
}

fn main() {}

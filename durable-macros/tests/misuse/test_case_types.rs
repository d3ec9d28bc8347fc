#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow, case("small", "one"), case("large", 2))]
async fn of_another_type(runner: DurableRunner, label: &str, n: u64) {}

fn main() {}

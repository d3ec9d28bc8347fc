#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

fn takes_an_argument(count: u32) {}

fn returns_something() -> u32 {
    1
}

async fn is_async() {}

#[durable_test(handler = workflow, setup = takes_an_argument)]
async fn sets_up_with_an_argument(runner: DurableRunner) {}

#[durable_test(handler = workflow, setup = returns_something)]
async fn sets_up_with_a_result(runner: DurableRunner) {}

#[durable_test(handler = workflow, setup = is_async)]
async fn sets_up_later(runner: DurableRunner) {}

fn main() {}

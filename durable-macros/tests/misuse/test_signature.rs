#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow)]
fn not_async(runner: DurableRunner) {}

#[durable_test(handler = workflow)]
async fn no_runner() {}

#[durable_test(handler = workflow)]
async fn other_argument(number: u32) {}

#[durable_test(handler = workflow)]
async fn by_reference(runner: &DurableRunner) {}

#[durable_test(handler = workflow)]
async fn two_runners(first: DurableRunner, second: DurableRunner) {}

#[durable_test(handler = workflow)]
async fn two_arguments(runner: DurableRunner, case: u32) {}

#[durable_test(handler = workflow)]
async fn generic<T>(runner: DurableRunner) {}

#[durable_test(handler = workflow)]
const WORKFLOW: u32 = 1;

fn main() {}

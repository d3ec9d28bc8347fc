#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test]
async fn no_handler(runner: DurableRunner) {}

#[durable_test()]
async fn no_options(runner: DurableRunner) {}

#[durable_test(handler = "workflow")]
async fn handler_as_text(runner: DurableRunner) {}

#[durable_test(handler)]
async fn handler_as_flag(runner: DurableRunner) {}

#[durable_test(workflow)]
async fn handler_alone(runner: DurableRunner) {}

#[durable_test(handler = |event: u32, ctx| workflow(event, ctx))]
async fn closure_without_name(runner: DurableRunner) {}

#[durable_test(handler = workflow, lambda_function_name = "")]
async fn empty_name(runner: DurableRunner) {}

#[durable_test(handler = workflow, lambda_function_name = workflow)]
async fn name_as_path(runner: DurableRunner) {}

#[durable_test(handler = workflow, lambda_function_nam = "workflow")]
async fn misspelt(runner: DurableRunner) {}

#[durable_test(handler = workflow, timeout = "1s")]
async fn unknown(runner: DurableRunner) {}

#[durable_test(handler = workflow, handler = workflow)]
async fn duplicate(runner: DurableRunner) {}

#[durable_test(handler = workflow, ignore = true)]
async fn ignore_as_switch(runner: DurableRunner) {}

#[durable_test(handler = workflow, should_panic(expected = "text"))]
async fn panic_as_list(runner: DurableRunner) {}

#[durable_test(handler = workflow, local_only = true)]
async fn local_only_as_switch(runner: DurableRunner) {}

#[durable_test(handler = workflow, local_only, local_only = "virtual time")]
async fn local_only_twice(runner: DurableRunner) {}

#[durable_test(handler = workflow, cloud_only)]
async fn for_the_cloud_alone(runner: DurableRunner) {}

fn main() {}

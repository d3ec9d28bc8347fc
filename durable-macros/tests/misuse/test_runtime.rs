#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow, worker_threads = 2)]
async fn threads_without_flavor(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = "current_thread", worker_threads = 2)]
async fn threads_on_current_thread(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = "multi_thread", start_paused)]
async fn paused_threads(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = "threads")]
async fn no_such_flavor(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = multi_thread)]
async fn flavor_as_path(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = "multi_thread", worker_threads = 0)]
async fn no_threads(runner: DurableRunner) {}

#[durable_test(handler = workflow, flavor = "multi_thread", worker_threads = "2")]
async fn threads_as_text(runner: DurableRunner) {}

#[durable_test(handler = workflow, start_paused = "yes")]
async fn paused_as_text(runner: DurableRunner) {}

fn main() {}

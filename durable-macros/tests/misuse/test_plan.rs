#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::ReplayReport;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow, plan = "crash:7/after")]
async fn no_loss(runner: DurableRunner) {}

#[durable_test(handler = workflow, plan = 7)]
async fn a_number(runner: DurableRunner) {}

#[durable_test(handler = workflow, plan)]
async fn no_text(runner: DurableRunner) {}

#[durable_test(handler = workflow, plan = "")]
async fn empty(runner: DurableRunner) {}

#[durable_test(handler = workflow, plan = "order:0", replay = "histories/*.json")]
async fn with_recordings(replayed: ReplayReport) {}

fn main() {}

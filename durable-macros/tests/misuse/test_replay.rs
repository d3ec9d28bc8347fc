#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::ReplayReport;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow, replay = "histories/*.json")]
async fn takes_a_runner(runner: DurableRunner) {}

#[durable_test(handler = workflow, replay = "histories/*.json")]
async fn takes_two(replayed: ReplayReport, number: u32) {}

#[durable_test(handler = workflow, replay)]
async fn no_pattern(replayed: ReplayReport) {}

#[durable_test(handler = workflow, repeat = 0)]
async fn never(runner: DurableRunner) {}

#[durable_test(handler = workflow, check_determinism = "no")]
async fn checked_by_text(runner: DurableRunner) {}

#[durable_test(handler = workflow, replay = "histories/*.json", allow(sometimes))]
async fn allows_another_word(replayed: ReplayReport) {}

#[durable_test(handler = workflow, replay = "histories/*.json", allow = "pause")]
async fn allows_by_value(replayed: ReplayReport) {}

#[durable_test(handler = workflow, allow(changes))]
async fn allows_without_recordings(runner: DurableRunner) {}

fn main() {}

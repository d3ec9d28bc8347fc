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

fn takes_an_argument(count: u32) {}

fn returns_something() -> u32 {
    1
}

async fn is_async() {}

#[durable_test(handler = workflow, replay = "histories/*.json", setup)]
async fn sets_up_nothing(replayed: ReplayReport) {}

#[durable_test(handler = workflow, replay = "histories/*.json", setup = "reset")]
async fn sets_up_by_text(replayed: ReplayReport) {}

#[durable_test(handler = workflow, replay = "histories/*.json", setup = takes_an_argument)]
async fn sets_up_with_an_argument(replayed: ReplayReport) {}

#[durable_test(handler = workflow, setup = returns_something)]
async fn sets_up_with_a_result(runner: DurableRunner) {}

#[durable_test(handler = workflow, setup = is_async)]
async fn sets_up_later(runner: DurableRunner) {}

#[durable_test(handler = workflow, replay = "histories/*.json", setup)]
async fn sets_up_nothing(replayed: ReplayReport) {}

#[durable_test(handler = workflow, replay = "histories/*.json", setup = "reset")]
async fn sets_up_by_text(replayed: ReplayReport) {}

fn main() {}

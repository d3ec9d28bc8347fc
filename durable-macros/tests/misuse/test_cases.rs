#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::ReplayReport;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow, case("small", 1), case("large"))]
async fn too_few(runner: DurableRunner, label: &str, n: u64) {}

#[durable_test(handler = workflow, case("small", 1, 2))]
async fn too_many(runner: DurableRunner, label: &str) {}

#[durable_test(handler = workflow, case())]
async fn nothing_to_set(runner: DurableRunner, label: &str) {}

#[durable_test(handler = workflow, case(1))]
async fn no_parameters(runner: DurableRunner) {}

#[durable_test(handler = workflow, case = "small")]
async fn not_a_list(runner: DurableRunner, label: &str) {}

#[durable_test(handler = workflow, case("small" 1))]
async fn no_comma(runner: DurableRunner, label: &str, n: u64) {}

#[durable_test(handler = workflow, case("small"))]
async fn no_runner(label: &str) {}

#[durable_test(handler = workflow, replay = "histories/*.json", case("small"))]
async fn no_report(label: &str) {}

fn main() {}

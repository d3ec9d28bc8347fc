#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

async fn plain(id: String) -> Result<u64, BoxError> {
    Ok(1)
}

async fn takes_a_context(ctx: &DurableContext, id: String) -> Result<u64, BoxError> {
    Ok(1)
}

#[durable_execution]
async fn workflow(id: String, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(1)
}

#[durable_step]
async fn load<T>(id: String) -> Result<T, BoxError>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    Err("none".into())
}

#[durable_step]
async fn charge_payment(id: String) -> Result<u64, BoxError> {
    Ok(1)
}

fn an_inline_step(runner: DurableRunner) {
    runner.mock(|ctx: &DurableContext| ctx.step(|_| async { Ok(1_u64) }));
}

fn the_closure_of_an_inline_step(runner: DurableRunner) {
    runner.mock(|step: StepContext| async { Ok::<u64, BoxError>(1) });
}

fn a_plain_function(runner: DurableRunner) {
    runner.mock(plain);
}

fn a_function_with_a_context(runner: DurableRunner) {
    runner.mock(takes_a_context);
}

fn a_handler(runner: DurableRunner) {
    runner.mock(workflow);
}

fn a_name(runner: DurableRunner) {
    runner.mock("charge_payment");
}

fn the_body(runner: DurableRunner) {
    runner.mock(charge_payment::body);
}

fn no_instance(runner: DurableRunner) {
    runner.mock(load);
}

fn no_instance_but_its_value(runner: DurableRunner) {
    runner.mock(load).returns(1_u64);
}

fn main() {}

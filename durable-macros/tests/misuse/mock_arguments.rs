#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn charge_payment(id: String, cents: u64) -> Result<u64, BoxError> {
    Ok(cents)
}

#[durable_with_child_context]
async fn process_item(ctx: DurableContext, id: String) -> Result<u64, BoxError> {
    Ok(1)
}

#[durable_step]
async fn tick() -> u64 {
    1
}

fn too_few(runner: DurableRunner) {
    runner.mock(charge_payment).with(|id| 1);
}

fn too_many(runner: DurableRunner) {
    runner.mock(charge_payment).with(|id, cents, currency| 1);
}

fn none_where_some_are(runner: DurableRunner) {
    runner.mock(charge_payment).with(|| 1);
}

fn some_where_none_are(runner: DurableRunner) {
    runner.mock(tick).with(|now: u64| now);
}

fn of_another_type(runner: DurableRunner) {
    runner
        .mock(charge_payment)
        .with(|id: u64, cents: u64| cents);
}

fn of_a_block(runner: DurableRunner) {
    runner
        .mock(process_item)
        .with(|ctx: DurableContext, id: String| 1);
}

fn no_closure(runner: DurableRunner) {
    runner.mock(charge_payment).with(1);
}

fn compared_with_others(runner: DurableRunner) {
    assert_eq!(
        runner.mock(charge_payment).calls(),
        [("order-1".to_owned(), "4990")]
    );
}

fn main() {}

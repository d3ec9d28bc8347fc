#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[derive(Debug)]
enum PaymentError {
    Busy,
}

impl std::fmt::Display for PaymentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("busy")
    }
}

impl std::error::Error for PaymentError {}

#[durable_step]
async fn charge_payment(id: String, cents: u64) -> Result<u64, PaymentError> {
    Ok(cents)
}

#[durable_step]
async fn tick() -> u64 {
    1
}

fn another_value(runner: DurableRunner) {
    runner.mock(charge_payment).returns("paid");
}

fn a_result_as_value(runner: DurableRunner) {
    runner
        .mock(charge_payment)
        .returns(Ok::<u64, PaymentError>(1));
}

fn another_computed_value(runner: DurableRunner) {
    runner.mock(charge_payment).with(|id, cents| "paid");
}

fn another_value_in_a_result(runner: DurableRunner) {
    runner.mock(charge_payment).with(|id, cents| Ok("paid"));
}

fn another_error_in_a_result(runner: DurableRunner) {
    runner
        .mock(charge_payment)
        .with(|id, cents| Err::<u64, _>("busy"));
}

fn another_value_of_a_future(runner: DurableRunner) {
    runner
        .mock(charge_payment)
        .with(|id, cents| async { "paid" });
}

fn another_error(runner: DurableRunner) {
    runner.mock(charge_payment).fails(2, || std::fmt::Error);
}

fn an_error_where_there_is_none(runner: DurableRunner) {
    runner.mock(tick).fails(2, || std::fmt::Error);
}

fn an_error_that_is_no_closure(runner: DurableRunner) {
    runner.mock(charge_payment).fails(2, PaymentError::Busy);
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Ticket;

#[durable_step]
async fn issue(ticket: Ticket) -> Result<Ticket, PaymentError> {
    Ok(ticket)
}

fn a_value_that_cannot_be_cloned(runner: DurableRunner) {
    runner.mock(issue).returns(Ticket);
}

fn arguments_that_cannot_be_cloned(runner: DurableRunner) {
    runner.mock(issue).calls();
}

fn main() {}

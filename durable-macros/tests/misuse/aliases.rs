#![allow(unused)]

use durable_runtime::prelude::*;

type Outcome<T> = Result<T, std::io::Error>;

struct Receipt;

#[durable_step]
fn generic_alias<T>(value: T) -> Outcome<T> {
    Ok(value)
}

#[durable_step]
fn no_result<T>(value: T) -> ReceiptResult<T> {
    ReceiptResult(value)
}

#[durable_execution]
async fn not_an_alias(event: u32, ctx: DurableContext) -> Receipt {
    Receipt
}

struct ReceiptResult<T>(T);

fn main() {}

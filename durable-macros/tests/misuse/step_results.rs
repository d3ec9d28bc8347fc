#![allow(unused)]

use std::fmt::Display;

use durable_runtime::prelude::*;

#[durable_step]
fn unnamed() -> impl Display {
    1
}

#[durable_step]
async fn nested() -> Result<Vec<impl Display>, BoxError> {
    Ok(vec![1])
}

#[durable_step]
async fn never() -> ! {
    loop {}
}

fn main() {}

#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step(nam = "pay", retry(max_attempts = 0, jitter = "some"), semantics = "once")]
const fn everything<'a>(id: &'a str, step: StepContext) -> impl Sized {
    id
}

fn main() {}

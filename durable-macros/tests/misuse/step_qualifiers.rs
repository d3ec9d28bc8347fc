#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step]
const fn constant() -> u32 {
    1
}

#[durable_step]
unsafe fn dangerous() -> u32 {
    1
}

#[durable_step]
extern "C" fn foreign() -> u32 {
    1
}

#[durable_step]
unsafe extern "C" fn variadic(first: u32, rest: ...) -> u32 {
    first
}

fn main() {}

#![allow(unused)]

use durable_runtime::prelude::*;
use std::process;

#[durable_step]
async fn step(cents: u32) -> Result<u32, BoxError> {
    if cents == 0 {
        process::exit(1);
    }
    Ok(std::time::SystemTime::now().elapsed()?.as_secs() as u32)
}

#[durable_step(semantics = "at_most_once")]
fn plain_step(cents: u32) -> u32 {
    let ended = |code: i32| std::process::exit(code);
    cents.checked_sub(1).unwrap_or_else(|| std::process::abort())
}

#[durable_execution]
async fn inline_steps(cents: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let paid = ctx.step(move |_| async move {
        match cents {
            0 => process::abort(),
            cents => Ok(cents),
        }
    });
    let left = ctx.step(|_| async { Ok::<u32, BoxError>(process::exit(0)) });
    Ok(paid.await? + left.name("leave").await?)
}

fn main() {}

#![allow(unused)]

use durable_runtime::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{sleep as pause, timeout};

#[durable_execution]
async fn tasks(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    tokio::spawn(async {});
    tokio::task::spawn_blocking(|| 1).await?;
    let tasks = JoinSet::<()>::new();
    std::thread::spawn(|| ());
    Ok(event)
}

#[durable_with_child_context]
async fn sleeps(outer: DurableContext, seconds: u64) -> Result<u64, BoxError> {
    pause(Duration::from_secs(seconds)).await;
    timeout(Duration::from_secs(1), std::future::ready(())).await?;
    std::thread::sleep(Duration::from_secs(1));
    let ticks = tokio::time::interval(Duration::from_secs(5));
    Ok(seconds)
}

#[durable_execution]
async fn races(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let first = ctx.step(|_| async { Ok(1) }).future();
    let second = ctx.step(|_| async { Ok(2) }).future();
    let winner = tokio::select! {
        one = first => one?,
        two = second => two?,
    };
    Ok(winner)
}

fn main() {}

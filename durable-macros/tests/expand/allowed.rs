//! Each lint allowed: in a whole handler, and on one statement.

use std::collections::HashMap;
use std::hash::RandomState;
use std::time::SystemTime;

use durable_runtime::prelude::*;

fn prices() -> Vec<(String, u32)> {
    vec![("tea".to_owned(), 3)]
}

#[durable_step]
async fn charge(cents: u32) -> u32 {
    cents
}

#[durable_execution(allow(clock, reason = "shows the way out"))]
async fn clock_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = SystemTime::now();
    Ok(1)
}

#[durable_with_child_context]
async fn clock_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(clock, reason = "shows the way out"))]
    let _ = SystemTime::now();
    Ok(1)
}

#[durable_execution(allow(random, reason = "shows the way out"))]
async fn random_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = RandomState::new();
    Ok(1)
}

#[durable_with_child_context]
async fn random_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(random, reason = "shows the way out"))]
    let _ = RandomState::new();
    Ok(1)
}

#[durable_execution(allow(spawn, reason = "shows the way out"))]
async fn spawn_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = tokio::spawn(async {}).await;
    Ok(1)
}

#[durable_with_child_context]
async fn spawn_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(spawn, reason = "shows the way out"))]
    let _ = tokio::spawn(async {}).await;
    Ok(1)
}

#[durable_execution(allow(select, reason = "shows the way out"))]
async fn select_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = tokio::select! {
        one = std::future::ready(1) => one,
    };
    Ok(1)
}

#[durable_with_child_context]
async fn select_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(select, reason = "shows the way out"))]
    let _ = tokio::select! {
        one = std::future::ready(1) => one,
    };
    Ok(1)
}

#[durable_execution(allow(sleep, reason = "shows the way out"))]
async fn sleep_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    tokio::time::sleep(Duration::ZERO).await;
    Ok(1)
}

#[durable_with_child_context]
async fn sleep_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(sleep, reason = "shows the way out"))]
    tokio::time::sleep(Duration::ZERO).await;
    Ok(1)
}

#[durable_execution(allow(io, reason = "shows the way out"))]
async fn io_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = std::fs::read_to_string("table.json");
    Ok(1)
}

#[durable_with_child_context]
async fn io_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(io, reason = "shows the way out"))]
    let _ = std::fs::read_to_string("table.json");
    Ok(1)
}

#[durable_execution(allow(env, reason = "shows the way out"))]
async fn env_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = std::env::var("TABLE");
    Ok(1)
}

#[durable_with_child_context]
async fn env_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(env, reason = "shows the way out"))]
    let _ = std::env::var("TABLE");
    Ok(1)
}

#[durable_execution(allow(exit, reason = "shows the way out"))]
async fn exit_in_a_handler((): (), _ctx: DurableContext) -> Result<u32, BoxError> {
    if prices().is_empty() {
        std::process::exit(1);
    }
    Ok(1)
}

#[durable_with_child_context]
async fn exit_on_a_statement(_ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(exit, reason = "shows the way out"))]
    if prices().is_empty() {
        std::process::exit(1);
    }
    Ok(1)
}

#[durable_step(allow(exit, reason = "shows the way out"))]
fn exit_in_a_step() -> u32 {
    if prices().is_empty() {
        std::process::exit(1);
    }
    1
}

#[durable_step]
#[durable(allow(exit))]
fn exit_in_an_attribute_of_a_step() -> u32 {
    if prices().is_empty() {
        std::process::abort();
    }
    1
}

#[durable_step]
async fn exit_in_a_statement_of_a_step() -> Result<u32, BoxError> {
    #[durable(allow(exit, reason = "shows the way out"))]
    if prices().is_empty() {
        std::process::exit(1);
    }
    Ok(1)
}

#[durable_with_child_context]
async fn exit_in_an_inline_step(ctx: DurableContext) -> Result<u32, BoxError> {
    let step = ctx.step(|_| async {
        #[durable(allow(exit, reason = "shows the way out"))]
        if prices().is_empty() {
            std::process::exit(1);
        }
        Ok(1)
    });
    Ok(step.await?)
}

#[durable_execution(allow(hash_order, reason = "shows the way out"))]
async fn hash_order_in_a_handler((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    for cents in prices().into_iter().collect::<HashMap<_, _>>().values() {
        charge(&ctx, *cents).await?;
    }
    Ok(1)
}

#[durable_with_child_context]
async fn hash_order_on_a_statement(ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(hash_order, reason = "shows the way out"))]
    for cents in prices().into_iter().collect::<HashMap<_, _>>().values() {
        charge(&ctx, *cents).await?;
    }
    Ok(1)
}

#[durable_execution(allow(outer_context, reason = "shows the way out"))]
async fn outer_context_in_a_handler((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    ctx.run_in_child_context({
        let copy = ctx.clone();
        move |_inside| async move { Ok(charge(&copy, 1).await?) }
    })
    .await?;
    Ok(1)
}

#[durable_with_child_context]
async fn outer_context_on_a_statement(ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(outer_context, reason = "shows the way out"))]
    ctx.run_in_child_context({
        let copy = ctx.clone();
        move |_inside| async move { Ok(charge(&copy, 1).await?) }
    })
    .await?;
    Ok(1)
}

#[durable_execution(allow(operation_name, clock, reason = "shows the way out"))]
async fn operation_name_in_a_handler((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    charge(&ctx, 1)
        .name(format!("{:?}", SystemTime::now()))
        .await?;
    Ok(1)
}

#[durable_with_child_context]
async fn operation_name_on_a_statement(ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(operation_name, clock, reason = "shows the way out"))]
    charge(&ctx, 1)
        .name(format!("{:?}", SystemTime::now()))
        .await?;
    Ok(1)
}

#[durable_execution(allow(replay, reason = "shows the way out"))]
async fn replay_in_a_handler((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    if ctx.is_replaying() {
        charge(&ctx, 1).await?;
    }
    Ok(1)
}

#[durable_with_child_context]
async fn replay_on_a_statement(ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(replay, reason = "shows the way out"))]
    if ctx.is_replaying() {
        charge(&ctx, 1).await?;
    }
    Ok(1)
}

#[test]
fn each_lint_is_allowed_in_both_places() {
    let own = |module: &str| module.ends_with("::allowed");
    let handlers = durable_runtime::handlers().into_iter();
    let handlers = handlers.filter(|entry| own(entry.module()));
    assert_eq!(handlers.count(), LINTS);
    let blocks = durable_runtime::operations().into_iter();
    let blocks =
        blocks.filter(|entry| own(entry.module) && entry.function.ends_with("_on_a_statement"));
    assert_eq!(blocks.count(), LINTS);
}

/// As many as `durable-macros` has.
const LINTS: usize = 12;

#![allow(unused)]

use std::collections::{HashMap, HashSet};

use durable_runtime::prelude::*;

#[durable_step]
async fn charge(cents: u32) -> u32 {
    cents
}

#[durable_execution]
async fn made(event: Vec<(String, u32)>, ctx: DurableContext) -> Result<u32, BoxError> {
    let mut prices = HashMap::new();
    prices.insert("a", 1);
    for (_, cents) in &prices {
        charge(&ctx, *cents).await?;
    }
    let seen: HashSet<u32> = event.iter().map(|(_, cents)| *cents).collect();
    for cents in seen.iter().copied() {
        ctx.wait(Duration::from_secs(u64::from(cents))).await?;
    }
    for (_, cents) in event.into_iter().collect::<HashMap<_, _>>() {
        charge(&ctx, cents).await?;
    }
    Ok(1)
}

#[durable_execution]
async fn given(event: HashMap<String, u32>, ctx: DurableContext) -> Result<u32, BoxError> {
    let calls: Vec<_> = event
        .values()
        .map(|cents| charge(&ctx, *cents).future())
        .collect();
    ctx.try_join_all(calls).await?;
    Ok(1)
}

#[durable_execution]
async fn map(event: HashSet<u32>, ctx: DurableContext) -> Result<u32, BoxError> {
    ctx.map(event, |ctx, cents, _| async move { Ok(charge(&ctx, cents).await?) })
        .await?;
    Ok(1)
}

#[durable_execution]
async fn replaying(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    if !ctx.is_replaying() {
        charge(&ctx, 1).await?;
    }
    let first = !ctx.is_replaying();
    if first && event > 1 {
        return Ok(0);
    }
    let cents = if ctx.is_replaying() { 1 } else { 2 };
    let lambda = ctx.lambda_context();
    match lambda.request_id.as_str() {
        "a" => {
            charge(&ctx, cents).await?;
        }
        _ => {}
    }
    Ok(cents)
}

fn main() {}

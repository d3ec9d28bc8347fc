#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step]
async fn charge(cents: u32) -> u32 {
    cents
}

async fn helper(ctx: &DurableContext) -> Result<u32, BoxError> {
    Ok(charge(ctx, 1).await?)
}

#[durable_execution]
async fn child(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let copy = ctx.clone();
    let paid = ctx
        .run_in_child_context(move |inside| async move {
            copy.wait(Duration::from_secs(1)).await?;
            charge(&copy, 1).await?;
            helper(&copy).await?;
            Ok(charge(&inside, 2).await?)
        })
        .await?;
    Ok(paid)
}

#[durable_execution]
async fn unnamed(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let copy = ctx.clone();
    ctx.run_in_child_context(move |_| async move { Ok(charge(&copy, 1).await?) })
        .await?;
    Ok(event)
}

#[durable_execution]
async fn map(event: Vec<u32>, ctx: DurableContext) -> Result<u32, BoxError> {
    let copy = ctx.clone();
    ctx.map(event, move |item_ctx, item, _| {
        let copy = copy.clone();
        async move { Ok(charge(&copy, item).await?) }
    })
    .await?;
    Ok(1)
}

#[durable_execution]
async fn parallel(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let copy = ctx.clone();
    let branches = vec![Branch::new("one", move |branch: DurableContext| async move {
        copy.step(|_| async { Ok(1) }).await.map_err(BoxError::from)
    })];
    ctx.parallel(branches).await?;
    Ok(1)
}

#[durable_with_child_context]
async fn nested(ctx: DurableContext, cents: u32) -> Result<u32, BoxError> {
    Ok(ctx
        .run_in_child_context(|middle| async move {
            middle
                .clone()
                .run_in_child_context(move |inner| async move { Ok(charge(&middle, 1).await?) })
                .await
                .map_err(BoxError::from)
        })
        .await?)
}

#[durable_execution]
async fn step(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let copy = ctx.clone();
    Ok(ctx
        .step(move |_| async move { Ok(charge(&copy, 1).await?) })
        .await?)
}

fn main() {}

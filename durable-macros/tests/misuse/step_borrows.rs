#![allow(unused)]

use std::borrow::Cow;
use std::path::Path;

use durable_runtime::prelude::*;

#[durable_step]
async fn text(order_id: &str) -> Result<u32, BoxError> {
    Ok(order_id.len() as u32)
}

#[durable_step]
async fn list(ids: &mut [u32], table: Option<&Vec<String>>) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_step]
async fn file(path: &Path) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_step]
async fn named<'a>(text: &'a str, other: Cow<'a, str>) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_step]
async fn hidden(text: Cow<'_, str>) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_step]
fn returned(text: &String) -> Result<&str, BoxError> {
    Ok(text)
}

// Callers see the steps as they are meant, and report nothing of their own.
async fn caller(ctx: DurableContext) -> Result<u32, OperationError> {
    let path = Path::new("orders");
    text(&ctx, "order").await?;
    file(&ctx, path).await
}

fn main() {}

//! The replay test that the page of `durable serve` offers to copy, as it was copied, with the history that was saved
//! beside it.

use std::time::Duration;

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde_json::{Value, json};

#[durable_step]
async fn reserve(item: String) -> Result<String, BoxError> {
    Ok(format!("reserved {item}"))
}

/// The workflow that was recorded.
#[durable_execution]
async fn orders(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let item = event.get("item").and_then(Value::as_str);
    let item = item.unwrap_or("book").to_owned();
    let first = reserve(&ctx, item).name("reserve").await?;
    ctx.wait(Duration::from_hours(24)).name("cool-off").await?;
    let second = reserve(&ctx, "box".to_owned()).name("pack").await?;
    Ok(json!([first, second]))
}

// Save the history as tests/histories/order-1.json first.
#[durable_test(handler = orders, replay = "tests/histories/order-1.json")]
async fn orders_order_1_can_be_replayed() {}

//! A child context that keeps the operations of one item together.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ItemEvent {
    /// The item to process.
    pub item_id: String,
}

/// A processed item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub item_id: String,
    /// Its status.
    pub status: String,
}

#[durable_step]
fn validate(item_id: String) -> String {
    format!("Validating {item_id}")
}

#[durable_step]
fn process(item_id: String) -> Item {
    Item {
        item_id,
        status: "processed".to_owned(),
    }
}

#[durable_with_child_context]
async fn process_item(ctx: DurableContext, item_id: String) -> Result<Item, BoxError> {
    validate(&ctx, item_id.clone()).await?;
    Ok(process(&ctx, item_id).await?)
}

/// Processes an item in a child context of its own.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn child_context_workflow(
    event: ItemEvent,
    ctx: DurableContext,
) -> Result<Item, BoxError> {
    let item = process_item(&ctx, event.item_id)
        .name("item_processing")
        .await?;
    Ok(item)
}

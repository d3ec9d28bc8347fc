//! Several child contexts, one for each phase of the work.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DataEvent {
    /// The data to work on.
    pub data: Data,
}

/// Data on its way through the phases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// What it is about.
    pub value: i64,
    /// Whether it was checked.
    #[serde(default)]
    pub validated: bool,
    /// Whether it was transformed.
    #[serde(default)]
    pub transformed: bool,
}

#[durable_step]
fn validate(data: Data) -> Data {
    Data {
        validated: true,
        ..data
    }
}

#[durable_step]
fn transform(data: Data) -> Data {
    Data {
        transformed: true,
        ..data
    }
}

#[durable_with_child_context]
async fn validate_data(ctx: DurableContext, data: Data) -> Result<Data, BoxError> {
    Ok(validate(&ctx, data).await?)
}

#[durable_with_child_context]
async fn transform_data(ctx: DurableContext, data: Data) -> Result<Data, BoxError> {
    Ok(transform(&ctx, data).await?)
}

/// Validates data in one context and transforms it in the next.
///
/// # Errors
///
/// The error of the operation that failed.
#[durable_execution]
pub async fn multiple_contexts(event: DataEvent, ctx: DurableContext) -> Result<Data, BoxError> {
    let validated = validate_data(&ctx, event.data).name("validation").await?;
    let transformed = transform_data(&ctx, validated)
        .name("transformation")
        .await?;
    Ok(transformed)
}

//! A chain of steps, each of which takes what the one before it made.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderEvent {
    /// The order to work on.
    pub order_id: String,
}

/// An order on its way through the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub order_id: String,
    /// Status of its validation.
    pub status: String,
    /// Status of its payment; `None` before it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    /// Status of its shipment; `None` before it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_status: Option<String>,
}

#[durable_step]
async fn validate_order(order_id: String) -> Result<Order, BoxError> {
    Ok(Order {
        order_id,
        status: "validated".to_owned(),
        payment_status: None,
        fulfillment_status: None,
    })
}

#[durable_step]
async fn process_payment(order: Order) -> Result<Order, BoxError> {
    Ok(Order {
        payment_status: Some("completed".to_owned()),
        ..order
    })
}

#[durable_step]
async fn fulfill_order(order: Order) -> Result<Order, BoxError> {
    Ok(Order {
        fulfillment_status: Some("shipped".to_owned()),
        ..order
    })
}

/// Validates an order, takes its payment and ships it.
///
/// # Errors
///
/// The error of the step that failed.
#[durable_execution]
pub async fn order_workflow(event: OrderEvent, ctx: DurableContext) -> Result<Order, BoxError> {
    let validated = validate_order(&ctx, event.order_id)
        .name("validate")
        .await?;
    let paid = process_payment(&ctx, validated).name("payment").await?;
    let fulfilled = fulfill_order(&ctx, paid).name("fulfillment").await?;
    Ok(fulfilled)
}

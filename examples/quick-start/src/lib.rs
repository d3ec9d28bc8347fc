use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct OrderEvent {
    order_id: String,
    cents: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Payment {
    pub order_id: String,
    pub cents: u64,
}

#[durable_step]
async fn validate_order(order_id: String) -> Result<String, BoxError> {
    if order_id.is_empty() {
        return Err("an order needs an id".into());
    }
    Ok(order_id)
}

#[durable_step(retry(max_attempts = 5, initial_delay = "1s", backoff_rate = 2.0))]
pub async fn process_payment(
    step: StepContext,
    order_id: String,
    cents: u64,
) -> Result<Payment, std::io::Error> {
    tracing::info!(cents, "charging");
    // A real step would call a payment service here.
    if step.attempt() < 3 {
        return Err(std::io::Error::other("the payment service is busy"));
    }
    Ok(Payment { order_id, cents })
}

#[durable_with_child_context]
async fn ship(ctx: DurableContext, payment: Payment) -> Result<String, BoxError> {
    let label = ctx
        .step(move |_| async move { Ok(format!("label for {}", payment.order_id)) })
        .name("label")
        .await?;
    Ok(label)
}

#[durable_execution]
pub async fn order_workflow(event: OrderEvent, ctx: DurableContext) -> Result<String, BoxError> {
    let order_id = validate_order(&ctx, event.order_id)
        .name("validate")
        .await?;
    let payment = process_payment(&ctx, order_id, event.cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    Ok(ship(&ctx, payment).await?)
}

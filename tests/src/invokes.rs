//! Workflows that call other functions, durable and plain.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An order of a shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Who ordered.
    pub customer: String,
    /// What it costs.
    pub cents: u64,
}

/// The result of the payment function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the payment.
    pub number: String,
    /// What was paid.
    pub cents: u64,
}

/// Why there is no payment.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The customer has insufficient funds.
    #[error("{0} has insufficient funds")]
    Insufficient(String),
}

#[durable_step]
fn book(order: Order) -> Result<Receipt, PaymentError> {
    if order.cents > 10_000 {
        return Err(PaymentError::Insufficient(order.customer));
    }
    Ok(Receipt {
        number: format!("{}-1", order.customer),
        cents: order.cents,
    })
}

/// The payment function: an hour's settlement, then the booking.
///
/// # Errors
///
/// If the customer has insufficient funds.
#[durable_execution]
pub async fn payment(event: Order, ctx: DurableContext) -> Result<Receipt, BoxError> {
    ctx.wait(Duration::from_hours(1)).name("settlement").await?;
    let receipt = book(&ctx, event)
        .retry_strategy(|_, _| RetryDecision::Stop)
        .await?;
    Ok(receipt)
}

/// The shop: has the payment function take the money.
///
/// # Errors
///
/// The error of the payment function.
#[durable_execution]
pub async fn shop(event: Order, ctx: DurableContext) -> Result<String, BoxError> {
    let receipt = ctx
        .invoke::<Receipt, _>("payment:$LATEST", event)
        .name("pay")
        .await?;
    Ok(format!("paid {} cents: {}", receipt.cents, receipt.number))
}

/// The mall: has a shop sell something, an hour after it opens.
///
/// # Errors
///
/// The error of the shop.
#[durable_execution]
pub async fn mall(event: Order, ctx: DurableContext) -> Result<String, BoxError> {
    ctx.wait(Duration::from_hours(1)).name("open").await?;
    let sold = ctx
        .invoke::<String, _>("shop:$LATEST", event)
        .name("sell")
        .await?;
    Ok(format!("sold ({sold})"))
}

/// Two orders at the same time.
///
/// # Errors
///
/// The error of the first payment that fails.
#[durable_execution]
pub async fn two_payments(
    event: [Order; 2],
    ctx: DurableContext,
) -> Result<Vec<Receipt>, BoxError> {
    let payments = event.into_iter().enumerate().map(|(index, order)| {
        ctx.invoke::<Receipt, _>("payment:$LATEST", order)
            .name(format!("pay-{index}"))
            .future()
    });
    let payments: Vec<_> = payments.collect();
    let receipts = ctx.try_join_all(payments).name("payments").await?;
    Ok(receipts)
}

/// Has another function ask for an opinion.
///
/// # Errors
///
/// The error of that function.
#[durable_execution]
pub async fn opinion_of_another(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let opinion = ctx
        .invoke::<String, _>("opinion:$LATEST", Value::Null)
        .name("ask")
        .await?;
    Ok(opinion)
}

/// A call of a function: its name and its payload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Call {
    /// Name or ARN of the function.
    pub function: String,
    /// The payload.
    pub payload: Value,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It returned this.
    Value(Value),
    /// It failed with an error of this type and message.
    Error(String, String),
}

/// Calls a function, and returns how the call ended.
///
/// # Errors
///
/// If the failure has no record.
#[durable_execution]
pub async fn caller(event: Call, ctx: DurableContext) -> Result<Answer, BoxError> {
    let answer = ctx
        .invoke::<Value, _>(event.function, event.payload)
        .name("call")
        .await;
    match answer {
        Ok(value) => Ok(Answer::Value(value)),
        Err(error) => {
            let wire = error.wire().ok_or("a failed invoke has a recorded error")?;
            Ok(Answer::Error(
                wire.error_type().unwrap_or("no type").to_owned(),
                wire.error_message().unwrap_or("no message").to_owned(),
            ))
        }
    }
}

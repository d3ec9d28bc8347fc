//! A year of a subscription: a bill each month, until it is cancelled, not paid, or over.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::callback::in_time;

/// Months of a contract.
pub const MONTHS: u32 = 12;
/// A month, as this company counts.
pub const MONTH: Duration = Duration::from_hours(30 * 24);
/// How long a customer whose card is declined has until the next attempt.
pub const GRACE: Duration = Duration::from_hours(3 * 24);
/// Attempts to collect a bill.
pub const ATTEMPTS: u32 = 3;

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its key.
    pub id: String,
    /// What a month costs.
    pub cents: u64,
    /// The card: `tok_empty` is always declined, `tok_late` the first time in each month.
    pub card: String,
}

/// A cancellation, as the customer's account page sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Why they leave.
    pub reason: String,
}

/// How a contract ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The year is over.
    Over,
    /// The customer left.
    Cancelled(String),
    /// A bill was not paid.
    Unpaid,
}

/// What is left of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Months that were paid.
    pub months: u32,
    /// What was paid.
    pub cents: u64,
    /// How it ended.
    pub end: End,
}

/// An attempt to collect a bill: the input of [`payments`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The bill.
    pub bill: String,
    /// How much.
    pub cents: u64,
    /// The card.
    pub card: String,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// Writes a bill.
#[durable_step]
pub fn write_bill(subscription_id: String, month: u32) -> String {
    format!("{subscription_id}-{month}")
}

/// Charges a card. The bill and the attempt are the bank's key of it, so that a repeated call takes the money once.
#[durable_step]
pub fn charge_card(charge: Charge) -> bool {
    match charge.card.as_str() {
        "tok_empty" => false,
        "tok_late" => charge.attempt > 1,
        _ => true,
    }
}

/// The function that takes the money: whether the card was charged.
///
/// # Errors
///
/// If the bank does not answer.
#[durable_execution]
pub async fn payments(event: Charge, ctx: DurableContext) -> Result<bool, BoxError> {
    Ok(charge_card(&ctx, event).await?)
}

/// Bills a customer for a year.
///
/// # Errors
///
/// If the payment function fails.
#[durable_execution]
pub async fn year_of_billing(
    event: Subscription,
    ctx: DurableContext,
) -> Result<Statement, BoxError> {
    let mut late = Duration::ZERO;
    for month in 1..=MONTHS {
        let statement = |end| Statement {
            months: month - 1,
            cents: event.cents * u64::from(month - 1),
            end,
        };
        // What was collected late does not move the next bill.
        if let Some(left) = cancelled(&ctx, month, MONTH.saturating_sub(late)).await? {
            return Ok(statement(End::Cancelled(left.reason)));
        }
        let collected = collect(&ctx, event.clone(), month)
            .name(format!("month-{month}"))
            .await?;
        match collected {
            Some(attempts) => late = GRACE * (attempts - 1),
            None => return Ok(statement(End::Unpaid)),
        }
    }
    Ok(Statement {
        months: MONTHS,
        cents: event.cents * u64::from(MONTHS),
        end: End::Over,
    })
}

/// Lets a time pass in which the customer may cancel.
async fn cancelled(
    ctx: &DurableContext,
    month: u32,
    time: Duration,
) -> Result<Option<Cancellation>, OperationError> {
    let callback = ctx
        .create_callback::<Cancellation>()
        .name(format!("cancel-{month}"))
        .timeout(time)
        .await?;
    in_time(callback.result().await)
}

/// Collects the bill of a month. Returns the number of attempts that it took; `None` if none succeeded.
#[durable_with_child_context]
pub async fn collect(
    ctx: DurableContext,
    subscription: Subscription,
    month: u32,
) -> Result<Option<u32>, BoxError> {
    let bill = write_bill(&ctx, subscription.id, month).await?;
    for attempt in 1..=ATTEMPTS {
        if attempt > 1 {
            ctx.wait(GRACE).name("grace").await?;
        }
        let charge = Charge {
            bill: bill.clone(),
            cents: subscription.cents,
            card: subscription.card.clone(),
            attempt,
        };
        let is_paid = ctx
            .invoke::<bool, _>("payments:$LATEST", charge)
            .name(format!("charge-{attempt}"))
            .await?;
        if is_paid {
            return Ok(Some(attempt));
        }
    }
    Ok(None)
}

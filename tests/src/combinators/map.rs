//! `map`: the same work for each item of a collection.

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::{BatchResult, CompletionConfig};
use serde::{Deserialize, Serialize};

/// A charge to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Charge {
    /// The account that pays.
    pub account: String,
    /// How much it pays.
    pub cents: u64,
}

/// A charge that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The account that paid.
    pub account: String,
    /// How much it paid.
    pub cents: u64,
}

/// Why a charge was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChargeError {
    /// Nothing is to be paid.
    #[error("nothing to charge on account {0}")]
    Nothing(String),
}

#[durable_step(retry(max_attempts = 1))]
async fn charge(charge: Charge) -> Result<Receipt, ChargeError> {
    if charge.cents == 0 {
        return Err(ChargeError::Nothing(charge.account));
    }
    Ok(Receipt {
        account: charge.account,
        cents: charge.cents,
    })
}

/// The outcome of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Why the batch ended.
    pub reason: String,
    /// Whether an item failed.
    pub status: String,
    /// Items that succeeded.
    pub succeeded: usize,
    /// Items that failed.
    pub failed: usize,
    /// Items that were started.
    pub total: usize,
    /// The errors of the failed items.
    pub errors: Vec<String>,
}

impl Summary {
    fn of<T>(batch: &BatchResult<T>) -> Self {
        Self {
            reason: batch.reason.as_str().to_owned(),
            status: batch.status().as_str().to_owned(),
            succeeded: batch.success_count(),
            failed: batch.failure_count(),
            total: batch.total_count(),
            errors: batch
                .errors()
                .iter()
                .map(|error| format!("{}: {}", error.name, error.message))
                .collect(),
        }
    }
}

fn item_name(index: usize) -> String {
    format!("item-{index}")
}

/// Makes all charges at the same time.
///
/// # Errors
///
/// If a charge fails.
#[durable_execution]
pub async fn charge_batch(
    event: Vec<Charge>,
    ctx: DurableContext,
) -> Result<Vec<Receipt>, BoxError> {
    let receipts = ctx
        .map(event, |ctx, item, _index| async move {
            Ok(charge(&ctx, item).await?)
        })
        .name("batch")
        .item_namer(item_name)
        .completion(CompletionConfig::with_tolerated_failure_count(0))
        .await?;
    Ok(receipts)
}

/// Makes the charges one after the other.
///
/// # Errors
///
/// If a charge fails.
#[durable_execution]
pub async fn charge_in_turn(
    event: Vec<Charge>,
    ctx: DurableContext,
) -> Result<Vec<Receipt>, BoxError> {
    let receipts = ctx
        .map(event, |ctx, item, _index| async move {
            Ok(charge(&ctx, item).await?)
        })
        .name("batch")
        .item_namer(item_name)
        .max_concurrency(1)
        .completion(CompletionConfig::with_tolerated_failure_count(0))
        .await?;
    Ok(receipts)
}

/// Makes the charges one after the other, and tolerates one failure.
///
/// # Errors
///
/// If the batch itself cannot run.
#[durable_execution]
pub async fn charge_tolerantly(
    event: Vec<Charge>,
    ctx: DurableContext,
) -> Result<Summary, BoxError> {
    let batch = ctx
        .map(event, |ctx, item, _index| async move {
            Ok(charge(&ctx, item).await?)
        })
        .name("batch")
        .item_namer(item_name)
        .max_concurrency(1)
        .completion(CompletionConfig::with_tolerated_failure_count(1))
        .await_batch()
        .await?;
    Ok(Summary::of(&batch))
}

/// Makes the charges one after the other until two of them succeeded.
///
/// # Errors
///
/// If the batch itself cannot run.
#[durable_execution]
pub async fn charge_until_two(
    event: Vec<Charge>,
    ctx: DurableContext,
) -> Result<Summary, BoxError> {
    let batch = ctx
        .map(event, |ctx, item, _index| async move {
            Ok(charge(&ctx, item).await?)
        })
        .name("batch")
        .item_namer(item_name)
        .max_concurrency(1)
        .completion(CompletionConfig::with_min_successful(2))
        .await_batch()
        .await?;
    Ok(Summary::of(&batch))
}

#[durable_with_child_context]
async fn nightly(ctx: DurableContext, charges: Vec<Charge>) -> Result<Vec<Receipt>, BoxError> {
    let receipts = ctx
        .map(charges, |ctx, item, _index| async move {
            ctx.wait(Duration::from_mins(1)).name("settle").await?;
            Ok(charge(&ctx, item).await?)
        })
        .name("batch")
        .item_namer(item_name)
        .await?;
    Ok(receipts)
}

/// A batch in a child context, with a wait in each item.
///
/// # Errors
///
/// If a charge fails.
#[durable_execution]
pub async fn nightly_batch(
    event: Vec<Charge>,
    ctx: DurableContext,
) -> Result<Vec<Receipt>, BoxError> {
    Ok(nightly(&ctx, event).await?)
}

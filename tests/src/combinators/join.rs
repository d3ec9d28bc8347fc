//! `try_join_all`, `join_all` and `select_ok`: several operations as one.

use durable_runtime::prelude::*;
use durable_runtime::sdk::Settled;
use serde::{Deserialize, Serialize};

/// A supplier and its offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Supplier {
    /// Its name.
    pub name: String,
    /// What it asks for; none if it does not answer.
    pub price: Option<u64>,
}

/// A supplier did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not answer")]
pub struct NoAnswer(String);

#[durable_step(retry(max_attempts = 1))]
async fn ask(supplier: Supplier) -> Result<u64, NoAnswer> {
    supplier.price.ok_or(NoAnswer(supplier.name))
}

/// One question to each supplier, not asked yet.
fn questions(ctx: &DurableContext, suppliers: Vec<Supplier>) -> Vec<DurableFuture<u64>> {
    suppliers
        .into_iter()
        .map(|supplier| {
            let name = format!("ask-{}", supplier.name);
            ask(ctx, supplier).name(name).future()
        })
        .collect()
}

/// The offers of all suppliers.
///
/// # Errors
///
/// The first supplier that does not answer.
#[durable_execution]
pub async fn all_offers(event: Vec<Supplier>, ctx: DurableContext) -> Result<Vec<u64>, BoxError> {
    let questions = questions(&ctx, event);
    Ok(ctx.try_join_all(questions).name("offers").await?)
}

/// What became of the question to each supplier.
///
/// # Errors
///
/// An error of `join_all` itself, never of a supplier.
#[durable_execution]
pub async fn every_answer(
    event: Vec<Supplier>,
    ctx: DurableContext,
) -> Result<Vec<String>, BoxError> {
    let questions = questions(&ctx, event);
    let settled = ctx.join_all(questions).name("answers").await?;
    Ok(settled
        .into_iter()
        .map(|answer| match answer {
            Settled::Fulfilled(price) => format!("offers {price}"),
            Settled::Rejected(error) => format!("{error:#}"),
            _ => "unknown".to_owned(),
        })
        .collect())
}

/// The offer of the first supplier that answers.
///
/// # Errors
///
/// If no supplier answers.
#[durable_execution]
pub async fn any_offer(event: Vec<Supplier>, ctx: DurableContext) -> Result<u64, BoxError> {
    let questions = questions(&ctx, event);
    Ok(ctx.select_ok(questions).name("any").await?)
}

//! Public items: the items emitted beside them need no documentation and raise no lints.

use durable_runtime::prelude::*;

/// Is documented.
///
/// # Errors
///
/// Never.
#[durable_step]
pub async fn step(text: String, table: std::collections::HashSet<u8>) -> Result<usize, BoxError> {
    Ok(text.len() + table.len())
}

/// Is documented.
#[durable_step]
#[must_use]
pub fn plain(numbers: Vec<u8>) -> usize {
    numbers.len()
}

/// Is documented.
#[durable_with_child_context]
pub async fn block(ctx: DurableContext, text: String) -> Result<usize, BoxError> {
    Ok(step(&ctx, text, std::collections::HashSet::new()).await?)
}

/// Is documented.
///
/// # Errors
///
/// Those of its steps.
#[durable_execution]
pub async fn workflow(event: String, ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(block(&ctx, event).await?)
}

#[tokio::test]
async fn public_bodies_are_called() {
    assert_eq!(step::body("text".to_owned(), [1].into()).await.unwrap(), 5);
    assert_eq!(plain::body(vec![1, 2]), 2);
}

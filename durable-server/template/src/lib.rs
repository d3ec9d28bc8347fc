//! An order workflow: charge, wait for an hour, ship.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What the function is invoked with.
#[derive(Deserialize)]
pub struct Order {
    order_id: String,
    cents: u64,
}

/// What a charge returns. Results of steps are recorded as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub order_id: String,
    pub cents: u64,
}

/// A step may run more often than it succeeds: pass an idempotency key to a real payment service.
#[durable_step(retry(max_attempts = 5, initial_delay = "1s", backoff_rate = 2.0))]
pub async fn charge(order_id: String, cents: u64) -> Result<Receipt, std::io::Error> {
    tracing::info!(order_id, cents, "charging");
    Ok(Receipt { order_id, cents })
}

#[durable_step]
async fn ship(receipt: Receipt) -> Result<String, BoxError> {
    if receipt.cents == 0 {
        return Err("nothing was paid".into());
    }
    Ok(format!("label for {}", receipt.order_id))
}

/// Runs from its start after each suspension, with recorded results in place of the steps that are done.
#[durable_execution]
pub async fn order_workflow(order: Order, ctx: DurableContext) -> Result<String, BoxError> {
    let receipt = charge(&ctx, order.order_id, order.cents).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    Ok(ship(&ctx, receipt).await?)
}

#[cfg(test)]
mod tests {
    use durable_test::prelude::*;

    use super::*;

    #[tokio::test]
    async fn a_step_is_also_a_plain_function() {
        let receipt = charge::body("order-1".to_owned(), 4990).await;
        assert_eq!(receipt.expect("it is charged").cents, 4990);
    }

    #[durable_test(handler = order_workflow)]
    async fn what_was_not_paid_is_not_shipped(runner: DurableRunner) -> TestOutcome {
        let result = runner
            .run(json!({"order_id": "order-1", "cents": 0}))
            .await?;

        assert_eq!(result.status(), ExecutionStatus::Failed);
        let error = result.error().expect("a failed execution has an error");
        assert!(error.to_string().contains("nothing was paid"), "{error}");
        Ok(())
    }
}

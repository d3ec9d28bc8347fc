//! A golden history in a target with `harness = false`, for the test of what `cargo insta` finds of it.

use durable_test::prelude::*;
use durable_workflow_tests::order::order_workflow;

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn keeps_a_history(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;
    assert_history!(result);
    Ok(())
}

durable_test::main!();

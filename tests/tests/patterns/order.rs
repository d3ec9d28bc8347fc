use durable_test::prelude::*;
use durable_workflow_tests::order::{Order, order_workflow};

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn executes_all_steps_in_order(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"order_id": "order-123"}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let order: Order = result.result()?;
    assert_eq!(order.order_id, "order-123");
    assert_eq!(order.payment_status.as_deref(), Some("completed"));
    assert_eq!(order.fulfillment_status.as_deref(), Some("shipped"));

    assert_eq!(result.steps().count(), 3);
    assert_eq!(result.step_names(), ["validate", "payment", "fulfillment"]);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn each_step_hands_its_order_to_the_next(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    let validated: Order = result.get_step("validate")?.result()?;
    let paid: Order = result.get_step("payment")?.result()?;
    let fulfilled: Order = result.get_step("fulfillment")?.result()?;
    assert_eq!(validated.payment_status, None);
    assert_eq!(paid.payment_status.as_deref(), Some("completed"));
    assert_eq!(paid.fulfillment_status, None);
    assert_eq!(fulfilled, result.result()?);
    Ok(())
}

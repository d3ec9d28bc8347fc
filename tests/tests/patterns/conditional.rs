use durable_test::prelude::*;
use durable_workflow_tests::conditional::conditional_workflow;

#[durable_test(handler = conditional_workflow, lambda_function_name = "conditional_workflow")]
async fn a_high_value_order_requires_approval(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"amount": 1500}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "High-value order processed");
    let approval = result.get_step("approval")?;
    assert_eq!(approval.result::<String>()?, "Manager approval required");
    assert_eq!(
        result.get_wait("approval_wait")?.duration(),
        Duration::from_secs(10)
    );
    assert_eq!(
        result.step_names(),
        ["validate_amount", "approval", "process_high"]
    );
    Ok(())
}

#[durable_test(handler = conditional_workflow, lambda_function_name = "conditional_workflow")]
async fn a_standard_order_skips_approval(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"amount": 500}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "Standard order processed");
    assert!(!result.step_names().contains(&"approval"));
    assert_eq!(result.step_names(), ["validate_amount", "process_standard"]);
    Ok(())
}

#[durable_test(handler = conditional_workflow, lambda_function_name = "conditional_workflow")]
async fn an_order_without_an_amount_is_a_standard_one(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({})).await?;

    assert_eq!(result.get_step("validate_amount")?.result::<u64>()?, 0);
    assert_eq!(result.result::<String>()?, "Standard order processed");
    Ok(())
}

use durable_test::prelude::*;
use durable_workflow_tests::validation::validation_workflow;

#[durable_test(handler = validation_workflow, lambda_function_name = "validation_workflow")]
async fn fails_with_invalid_input(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"value": -5}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(
        error.to_string().contains("Value must be non-negative"),
        "{error}"
    );
    assert_eq!(
        result.get_step("validate")?.status(),
        OperationStatus::Failed
    );
    Ok(())
}

#[durable_test(handler = validation_workflow, lambda_function_name = "validation_workflow")]
async fn passes_valid_input_on(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"value": 5})).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<i64>()?, 5);
    Ok(())
}

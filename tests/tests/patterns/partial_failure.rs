use durable_test::prelude::*;
use durable_workflow_tests::partial_failure::partial_failure;

#[durable_test(handler = partial_failure, lambda_function_name = "partial_failure")]
async fn what_succeeded_before_the_failure_stays(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let step1 = result.get_step("step1")?;
    assert_eq!(step1.result::<String>()?, "Step 1 complete");
    let step2 = result.get_step("step2")?;
    assert_eq!(step2.result::<String>()?, "Step 2 complete");
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("Step 3 failed"), "{error}");
    assert_eq!(result.get_step("step3")?.status(), OperationStatus::Failed);
    Ok(())
}

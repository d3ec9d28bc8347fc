use durable_test::prelude::*;
use durable_workflow_tests::retry::retry_workflow;

#[durable_test(handler = retry_workflow, lambda_function_name = "retry_workflow")]
async fn the_third_attempt_succeeds(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_mins(1))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "Operation succeeded");
    assert_eq!(result.get_step("unreliable")?.attempt(), 3);
    // One second, then two.
    assert_eq!(result.duration(), Duration::from_secs(3));
    Ok(())
}

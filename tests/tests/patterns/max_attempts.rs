use durable_test::prelude::*;
use durable_workflow_tests::max_attempts::{Reached, max_attempts};

#[durable_test(handler = max_attempts, lambda_function_name = "max_attempts")]
async fn stops_at_the_last_attempt(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"target": 10}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let reached: Reached = result.result()?;
    assert_eq!(reached.attempts, 5);
    assert_eq!(reached.state, 5);
    assert!(!reached.reached_target);
    Ok(())
}

#[durable_test(handler = max_attempts, lambda_function_name = "max_attempts")]
async fn stops_early_at_the_target(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"target": 2})).await?;

    let reached: Reached = result.result()?;
    assert_eq!(reached.attempts, 2);
    assert!(reached.reached_target);
    assert_eq!(result.waits().count(), 1);
    Ok(())
}

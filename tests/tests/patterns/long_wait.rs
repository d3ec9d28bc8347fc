use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::long_wait::long_wait;

#[durable_test(handler = long_wait, lambda_function_name = "long_wait")]
async fn an_hour_passes_within_ten_seconds(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_secs(10))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "Complete");
    let waits: Vec<&Operation> = result.waits().collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].name(), Some("long_wait"));
    assert_eq!(waits[0].duration(), Duration::from_hours(1));
    assert_eq!(result.step_names(), ["start", "continue"]);
    Ok(())
}

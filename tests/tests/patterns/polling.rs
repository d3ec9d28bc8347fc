use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::polling::polling;

#[durable_test(handler = polling, lambda_function_name = "polling")]
async fn polls_until_the_condition_holds(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<u32>()?, 3);
    assert_eq!(
        result.step_names(),
        ["increment_1", "increment_2", "increment_3"]
    );
    let waits: Vec<&str> = result.waits().map(Operation::label).collect();
    assert_eq!(waits, ["wait_1", "wait_2"]);
    Ok(())
}

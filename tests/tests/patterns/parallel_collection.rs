use durable_test::prelude::*;
use durable_workflow_tests::parallel_collection::parallel_collection;

#[durable_test(handler = parallel_collection, lambda_function_name = "parallel_collection")]
async fn every_element_is_processed(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"numbers": [1, 2, 3, 4, 5]}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<Vec<i64>>()?, [2, 4, 6, 8, 10]);
    assert_eq!(result.steps().count(), 5);
    assert_eq!(result.get_step("square_3")?.result::<i64>()?, 8);
    Ok(())
}

#[durable_test(handler = parallel_collection, lambda_function_name = "parallel_collection")]
async fn an_empty_collection_needs_no_step(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"numbers": []})).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert!(result.result::<Vec<i64>>()?.is_empty());
    assert!(result.operations().is_empty());
    Ok(())
}

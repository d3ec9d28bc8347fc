use std::collections::BTreeSet;

use durable_test::prelude::*;
use durable_workflow_tests::parallel_ops::parallel_ops;

#[durable_test(handler = parallel_ops, lambda_function_name = "parallel_ops")]
async fn all_tasks_execute(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let results: Vec<String> = result.result()?;
    assert_eq!(
        results,
        ["Task 1 complete", "Task 2 complete", "Task 3 complete"]
    );

    assert_eq!(result.steps().count(), 3);
    let names: BTreeSet<&str> = result.step_names().into_iter().collect();
    assert_eq!(names, BTreeSet::from(["task1", "task2", "task3"]));
    Ok(())
}

use durable_test::prelude::*;
use durable_workflow_tests::multiple_contexts::{Data, multiple_contexts};

#[durable_test(handler = multiple_contexts, lambda_function_name = "multiple_contexts")]
async fn both_contexts_run(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"data": {"value": 42}}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let data: Data = result.result()?;
    assert_eq!(data.value, 42);
    assert!(data.validated);
    assert!(data.transformed);

    assert_eq!(result.contexts().count(), 2);
    assert!(
        !result
            .get_context("validation")?
            .result::<Data>()?
            .transformed
    );
    assert!(
        result
            .get_context("transformation")?
            .result::<Data>()?
            .transformed
    );
    Ok(())
}

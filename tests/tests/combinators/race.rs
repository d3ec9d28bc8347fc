use durable_test::prelude::*;
use durable_workflow_tests::combinators::race::{race_of_contexts, race_to_failure};

#[durable_test(handler = race_of_contexts, lambda_function_name = "race_of_contexts")]
async fn the_result_is_that_of_the_winner(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "hare");
    let finish = result.get_context("finish")?;
    assert_eq!(finish.result::<String>()?, "hare");
    assert_eq!(finish.children().count(), 0);
    assert_eq!(
        result.get_context("tortoise")?.status(),
        OperationStatus::Started
    );
    Ok(())
}

#[durable_test(handler = race_to_failure, lambda_function_name = "race_to_failure")]
async fn a_failure_can_win(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::ZERO);
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(
        error.error_type.as_deref(),
        Some("CombinatorError.FirstSettledFailed")
    );
    assert!(
        error.to_string().contains("stumbled at the start"),
        "{error}"
    );
    Ok(())
}

use durable_test::prelude::*;
use durable_workflow_tests::order::order_workflow;

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn the_same_name_and_input_are_the_same_execution(runner: DurableRunner) -> TestOutcome {
    let first = runner
        .run(json!({"order_id": "o-1"}))
        .name("nightly")
        .await?;
    let second = runner
        .run(json!({"order_id": "o-1"}))
        .name("nightly")
        .await?;

    assert_eq!(first.name(), "nightly");
    assert_eq!(second.arn(), first.arn());
    assert_eq!(second.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn the_same_name_with_other_input_is_an_error(runner: DurableRunner) -> TestOutcome {
    let first = runner
        .run(json!({"order_id": "o-1"}))
        .name("nightly")
        .await?;
    let second = runner.run(json!({"order_id": "o-2"})).name("nightly");

    let error = second.await.expect_err("the name is taken");
    let text = error.to_string();
    assert!(
        text.contains("DurableExecutionAlreadyStartedException"),
        "{text}"
    );
    assert!(text.contains(first.arn()), "{text}");
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn without_a_name_every_run_is_an_execution_of_its_own(runner: DurableRunner) -> TestOutcome {
    let first = runner.run(json!({"order_id": "o-1"})).await?;
    let second = runner.run(json!({"order_id": "o-1"})).await?;

    assert_ne!(second.arn(), first.arn());
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_name_with_other_characters_is_refused(runner: DurableRunner) -> TestOutcome {
    let run = runner
        .run(json!({"order_id": "o-1"}))
        .name("last night's orders");

    let error = run.await.expect_err("a name has no spaces");
    let text = error.to_string();
    assert!(text.contains("ValidationException"), "{text}");
    assert!(text.contains("'durableExecutionName'"), "{text}");
    assert!(
        text.contains("Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"),
        "{text}"
    );
    Ok(())
}

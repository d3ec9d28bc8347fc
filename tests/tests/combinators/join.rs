use durable_test::prelude::*;
use durable_workflow_tests::combinators::join::{all_offers, any_offer, every_answer};

#[durable_test(handler = all_offers, lambda_function_name = "all_offers")]
async fn try_join_all_gathers_every_result(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"name": "a", "price": 10}, {"name": "b", "price": 12}]))
        .await?;

    assert_eq!(result.result::<Vec<u64>>()?, [10, 12]);
    assert_eq!(result.step_names(), ["ask-a", "ask-b"]);
    let offers = result.get_context("offers")?;
    assert_eq!(offers.result::<Vec<u64>>()?, [10, 12]);
    // The joined operations are siblings of the join, not its children.
    assert_eq!(offers.children().count(), 0);
    assert!(result.get_step("ask-a")?.parent().is_none());
    Ok(())
}

#[durable_test(handler = all_offers, lambda_function_name = "all_offers")]
async fn try_join_all_fails_with_the_first_error(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"name": "a", "price": 10}, {"name": "b", "price": null}]))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("b does not answer"), "{error}");
    assert_eq!(
        result.get_context("offers")?.status(),
        OperationStatus::Failed
    );
    Ok(())
}

#[durable_test(handler = all_offers, lambda_function_name = "all_offers")]
async fn try_join_all_of_nothing_is_nothing(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!([])).await?;

    assert!(result.result::<Vec<u64>>()?.is_empty());
    Ok(())
}

#[durable_test(handler = every_answer, lambda_function_name = "every_answer")]
async fn join_all_keeps_failures_beside_results(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"name": "a", "price": null}, {"name": "b", "price": 12}]))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let answers: Vec<String> = result.result()?;
    assert!(answers[0].ends_with("a does not answer"), "{answers:?}");
    assert_eq!(answers[1], "offers 12");
    assert_eq!(result.get_step("ask-a")?.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = any_offer, lambda_function_name = "any_offer")]
async fn select_ok_takes_the_first_success(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"name": "a", "price": null}, {"name": "b", "price": 12}]))
        .await?;

    assert_eq!(result.result::<u64>()?, 12);
    assert_eq!(result.get_step("ask-a")?.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = any_offer, lambda_function_name = "any_offer")]
async fn select_ok_fails_if_no_operation_succeeds(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"name": "a", "price": null}, {"name": "b", "price": null}]))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(
        error.error_type.as_deref(),
        Some("CombinatorError.AllFailed")
    );
    assert_eq!(result.get_context("any")?.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = any_offer, lambda_function_name = "any_offer")]
async fn select_ok_of_nothing_fails(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!([])).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("no futures"), "{error}");
    Ok(())
}

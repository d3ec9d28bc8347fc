use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::child_context::{Item, child_context_workflow};

#[durable_test(handler = child_context_workflow, lambda_function_name = "child_context_workflow")]
async fn the_child_context_runs_and_has_the_result(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"item_id": "item-123"}))
        .timeout(Duration::from_secs(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let contexts: Vec<&Operation> = result.contexts().collect();
    assert_eq!(contexts.len(), 1);
    assert_eq!(contexts[0].name(), Some("item_processing"));

    let item: Item = result.get_context("item_processing")?.result()?;
    assert_eq!(item.item_id, "item-123");
    assert_eq!(item.status, "processed");
    Ok(())
}

#[durable_test(handler = child_context_workflow, lambda_function_name = "child_context_workflow")]
async fn the_steps_belong_to_the_child_context(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "item-123"})).await?;

    let context = result.get_context("item_processing")?;
    let steps: Vec<&str> = context.children().map(Operation::label).collect();
    assert_eq!(steps, ["validate", "process"]);
    let step = result.get_step("item_processing/validate")?;
    assert_eq!(step.result::<String>()?, "Validating item-123");
    assert_eq!(step.parent().map(Operation::id), Some(context.id()));
    Ok(())
}

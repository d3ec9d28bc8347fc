//! The matcher itself: what it refuses.

use durable_test::prelude::*;
use durable_workflow_tests::child_context::child_context_workflow;

use crate::expect::assert_history;

#[durable_test(handler = child_context_workflow, should_panic = "$step stands for")]
async fn a_placeholder_cannot_stand_for_two_operations(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(
        &result,
        "
        3 StepStarted Step $step
        5 StepStarted Step $step
        ",
    );
    Ok(())
}

#[durable_test(handler = child_context_workflow, should_panic = "$one stands for")]
async fn two_placeholders_cannot_stand_for_one_operation(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(
        &result,
        "
        3 StepStarted   Step $one
        4 StepSucceeded Step $two
        ",
    );
    Ok(())
}

#[durable_test(handler = child_context_workflow, should_panic = "$context stands for")]
async fn a_parent_is_compared_by_its_id(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(
        &result,
        "
        3 StepStarted Step $context
        5 StepStarted Step $step in $context
        ",
    );
    Ok(())
}

#[durable_test(handler = child_context_workflow, should_panic = "its EventType is")]
async fn the_type_of_an_event_counts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(&result, "2 StepStarted Step $step");
    Ok(())
}

#[durable_test(handler = child_context_workflow, should_panic = "its Result.Payload is")]
async fn a_listed_detail_counts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(&result, r#"4 StepSucceeded Step $step Result.Payload="5""#);
    Ok(())
}

#[durable_test(handler = child_context_workflow, should_panic = "there is no event 50")]
async fn an_event_that_is_missing_counts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "a"})).await?;

    assert_history(&result, "50 InvocationCompleted");
    Ok(())
}

use durable_test::prelude::*;
use durable_test::results::{Event, Operation};
use durable_workflow_tests::combinators::map::{
    Receipt, Summary, charge_batch, charge_in_turn, charge_tolerantly, charge_until_two,
    nightly_batch,
};

fn labels<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<&'a str> {
    operations.map(Operation::label).collect()
}

#[durable_test(handler = charge_batch, lambda_function_name = "charge_batch")]
async fn every_item_has_a_context_with_its_steps(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]))
        .await?;

    let receipts: Vec<Receipt> = result.result()?;
    assert_eq!(receipts.iter().map(|one| one.cents).sum::<u64>(), 12);
    let batch = result.get_context("batch")?;
    assert_eq!(batch.sub_type(), Some("Map"));
    assert_eq!(labels(batch.children()), ["item-0", "item-1"]);
    let item = result.get_context("batch/item-1")?;
    assert_eq!(item.sub_type(), Some("MapIteration"));
    assert_eq!(item.result::<Receipt>()?, receipts[1]);
    assert_eq!(labels(item.children()), ["charge"]);

    let charge = result.get_step("batch/item-1/charge")?;
    assert_eq!(charge.path(), "batch/item-1/charge");
    assert_eq!(charge.parent().map(Operation::id), Some(item.id()));
    assert_eq!(charge.result::<Receipt>()?.account, "b");
    Ok(())
}

#[durable_test(handler = charge_batch, lambda_function_name = "charge_batch")]
async fn items_start_together_by_default(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]))
        .await?;

    let started = result
        .history()
        .iter()
        .filter(|event| event.sub_type() == Some("MapIteration"))
        .map(Event::event_type)
        .collect::<Vec<_>>();
    assert_eq!(
        started,
        [
            "ContextStarted",
            "ContextStarted",
            "ContextSucceeded",
            "ContextSucceeded"
        ]
    );
    Ok(())
}

#[durable_test(handler = charge_in_turn, lambda_function_name = "charge_in_turn")]
async fn with_a_concurrency_of_one_items_take_turns(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]))
        .await?;

    let turns: Vec<(&str, &str)> = result
        .history()
        .iter()
        .filter(|event| event.sub_type() == Some("MapIteration"))
        .map(|event| (event.name().unwrap_or_default(), event.event_type()))
        .collect();
    assert_eq!(
        turns,
        [
            ("item-0", "ContextStarted"),
            ("item-0", "ContextSucceeded"),
            ("item-1", "ContextStarted"),
            ("item-1", "ContextSucceeded")
        ]
    );
    Ok(())
}

#[durable_test(handler = charge_in_turn, lambda_function_name = "charge_in_turn")]
async fn the_first_failure_ends_a_strict_batch(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([
            {"account": "a", "cents": 5}, {"account": "b", "cents": 0}, {"account": "c", "cents": 1}
        ]))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(
        error.to_string().contains("nothing to charge on account b"),
        "{error}"
    );
    assert_eq!(
        result.get_step("batch/item-0/charge")?.status(),
        OperationStatus::Succeeded
    );
    assert_eq!(
        result.get_context("batch/item-1")?.status(),
        OperationStatus::Failed
    );
    assert!(result.get_context("batch/item-2").is_err());
    Ok(())
}

#[durable_test(handler = charge_tolerantly, lambda_function_name = "charge_tolerantly")]
async fn a_tolerated_failure_is_part_of_the_summary(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([
            {"account": "a", "cents": 5}, {"account": "b", "cents": 0}, {"account": "c", "cents": 1}
        ]))
        .await?;

    let summary: Summary = result.result()?;
    assert_eq!(summary.reason, "ALL_COMPLETED");
    assert_eq!(summary.status, "FAILED");
    assert_eq!(
        (summary.succeeded, summary.failed, summary.total),
        (2, 1, 3)
    );
    assert_eq!(summary.errors.len(), 1);
    assert!(summary.errors[0].starts_with("item-1: "), "{summary:?}");
    assert_eq!(
        result.get_step("batch/item-1/charge")?.status(),
        OperationStatus::Failed
    );
    Ok(())
}

#[durable_test(handler = charge_tolerantly, lambda_function_name = "charge_tolerantly")]
async fn one_failure_too_many_ends_the_batch(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([
            {"account": "a", "cents": 0}, {"account": "b", "cents": 0}, {"account": "c", "cents": 1}
        ]))
        .await?;

    let summary: Summary = result.result()?;
    assert_eq!(summary.reason, "FAILURE_TOLERANCE_EXCEEDED");
    assert_eq!(
        (summary.succeeded, summary.failed, summary.total),
        (0, 2, 2)
    );
    assert!(result.get_context("batch/item-2").is_err());
    Ok(())
}

#[durable_test(handler = charge_until_two, lambda_function_name = "charge_until_two")]
async fn enough_successes_end_the_batch(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([
            {"account": "a", "cents": 1}, {"account": "b", "cents": 2}, {"account": "c", "cents": 3}
        ]))
        .await?;

    let summary: Summary = result.result()?;
    assert_eq!(summary.reason, "MIN_SUCCESSFUL_REACHED");
    assert_eq!(
        (summary.succeeded, summary.failed, summary.total),
        (2, 0, 2)
    );
    Ok(())
}

#[durable_test(handler = nightly_batch, lambda_function_name = "nightly_batch")]
async fn a_map_in_a_child_context_waits_in_all_items_at_once(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!([{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]))
        .await?;

    assert_eq!(result.result::<Vec<Receipt>>()?.len(), 2);
    assert_eq!(result.duration(), Duration::from_mins(1));
    assert_eq!(
        result.get_wait("nightly/batch/item-0/settle")?.duration(),
        Duration::from_mins(1)
    );
    let paths: Vec<String> = result.steps().map(Operation::path).collect();
    assert_eq!(
        paths,
        ["nightly/batch/item-0/charge", "nightly/batch/item-1/charge"]
    );
    Ok(())
}

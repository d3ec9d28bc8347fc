//! Virtual time: how long workflows take, to the second, without waiting for it.

use durable_test::prelude::*;
use durable_test::results::{Event, EventDetails, Operation};
use durable_workflow_tests::combinators::parallel::{first_branch, paced_branches};
use durable_workflow_tests::combinators::poll::wait_for_job;
use durable_workflow_tests::combinators::race::{race_of_contexts, race_of_waits};
use durable_workflow_tests::max_attempts::max_attempts;
use durable_workflow_tests::time::{patient_payment, wait_in_child_contexts, year_of_reminders};

const DAY: Duration = Duration::from_hours(24);

/// Seconds from the start of the execution to each event of one type.
fn seconds_of(result: &ExecutionResult, event_type: &str) -> Vec<u64> {
    result
        .history()
        .iter()
        .filter(|event| event.event_type() == event_type)
        .map(|event| seconds(result, event))
        .collect()
}

fn seconds(result: &ExecutionResult, event: &Event) -> u64 {
    event.timestamp.since(result.started_at()).as_secs()
}

#[durable_test(handler = year_of_reminders, lambda_function_name = "year_of_reminders")]
async fn a_chain_of_waits_takes_a_year_of_virtual_time(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .timeout(Duration::from_secs(10))
        .await?;

    assert_eq!(result.result::<u32>()?, 12);
    assert_eq!(result.duration(), 365 * DAY);
    assert_eq!(result.waits().count(), 13);
    let total: Duration = result.waits().map(Operation::duration).sum();
    assert_eq!(total, 365 * DAY);
    assert_eq!(result.get_wait("month-7")?.duration(), 30 * DAY);
    assert_eq!(result.get_wait("rest")?.duration(), 5 * DAY);

    let month = 30 * DAY.as_secs();
    let starts: Vec<u64> = (0..=12).map(|number| number * month).collect();
    assert_eq!(seconds_of(&result, "WaitStarted"), starts);
    assert_eq!(result.invocations().len(), 14);
    Ok(())
}

#[durable_test(handler = patient_payment, lambda_function_name = "patient_payment")]
async fn retries_come_one_two_and_four_seconds_apart(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"attempts": 3})).await?;

    assert_eq!(result.result::<String>()?, "paid in attempt 4");
    assert_eq!(result.duration(), Duration::from_secs(7));
    assert_eq!(seconds_of(&result, "StepStarted"), [0, 1, 3, 7]);
    assert_eq!(seconds_of(&result, "StepFailed"), [0, 1, 3]);
    let delays: Vec<Option<u64>> = result
        .history()
        .iter()
        .filter_map(|event| match &event.details {
            EventDetails::StepFailed { retry, .. } => Some(retry.next_attempt_delay_seconds),
            _ => None,
        })
        .collect();
    assert_eq!(delays, [Some(1), Some(2), Some(4)]);
    assert_eq!(result.get_step("pay")?.duration(), Duration::from_secs(7));
    Ok(())
}

#[durable_test(handler = patient_payment, lambda_function_name = "patient_payment")]
async fn the_last_attempt_fails_without_a_further_delay(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"attempts": 4})).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(7));
    assert_eq!(result.get_step("pay")?.attempt(), 4);
    assert_eq!(seconds_of(&result, "StepFailed"), [0, 1, 3, 7]);
    Ok(())
}

#[durable_test(handler = max_attempts, lambda_function_name = "max_attempts")]
async fn a_polling_loop_checks_once_a_second(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"target": 10})).await?;

    assert_eq!(seconds_of(&result, "StepStarted"), [0, 1, 2, 3, 4]);
    assert_eq!(seconds_of(&result, "WaitSucceeded"), [1, 2, 3, 4, 5]);
    assert_eq!(result.duration(), Duration::from_secs(5));
    Ok(())
}

#[durable_test(handler = wait_for_job, lambda_function_name = "wait_for_job")]
async fn checks_of_a_condition_back_off(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"done_after": 4})).await?;

    assert_eq!(seconds_of(&result, "StepStarted"), [0, 2, 6, 14]);
    assert_eq!(result.duration(), Duration::from_secs(14));
    Ok(())
}

#[durable_test(handler = race_of_waits, lambda_function_name = "race_of_waits")]
async fn the_shorter_wait_wins_and_the_longer_one_stays_open(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.duration(), Duration::from_secs(1));
    assert_eq!(
        result.get_wait("second")?.status(),
        OperationStatus::Succeeded
    );
    let day = result.get_wait("day")?;
    assert_eq!(day.status(), OperationStatus::Started);
    assert_eq!(day.ended_at(), None);
    assert_eq!(day.due_at(), Some(result.started_at().after(DAY)));
    Ok(())
}

#[durable_test(handler = race_of_contexts, lambda_function_name = "race_of_contexts")]
async fn the_context_with_the_shorter_wait_wins(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "hare");
    assert_eq!(result.duration(), Duration::from_secs(2));
    assert_eq!(
        result.get_wait("tortoise/think")?.status(),
        OperationStatus::Started
    );
    Ok(())
}

#[durable_test(handler = paced_branches, lambda_function_name = "paced_branches")]
async fn branches_wait_at_the_same_time(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.duration(), Duration::from_secs(5));
    let waits: Vec<u64> = result
        .waits()
        .map(|wait| wait.duration().as_secs())
        .collect();
    assert_eq!(waits, [1, 2, 5]);
    assert_eq!(seconds_of(&result, "WaitStarted"), [0, 0, 0]);
    assert_eq!(seconds_of(&result, "StepStarted"), [1, 2, 5]);
    Ok(())
}

#[durable_test(handler = first_branch, lambda_function_name = "first_branch")]
async fn the_first_branch_to_succeed_ends_the_parallel(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["short after 1 s"]);
    assert_eq!(result.duration(), Duration::from_secs(1));
    assert_eq!(
        result.get_context("first/long")?.status(),
        OperationStatus::Started
    );
    Ok(())
}

#[durable_test(handler = wait_in_child_contexts, lambda_function_name = "wait_in_child_contexts")]
async fn waits_in_nested_contexts_add_up(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.duration(), Duration::from_mins(61));
    assert_eq!(
        result.get_context("outer/inner")?.duration(),
        Duration::from_hours(1)
    );
    assert_eq!(
        result.get_context("outer")?.duration(),
        Duration::from_mins(61)
    );
    Ok(())
}

durable_test::main!();

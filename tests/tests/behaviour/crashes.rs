use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::CompletionConfig;
use durable_test::prelude::*;
use durable_test::results::{ErrorObject, Event};
use serde_json::Value;

/// Seconds from the start of the execution to each invocation.
fn starts(result: &ExecutionResult) -> Vec<u64> {
    result
        .invocations()
        .iter()
        .map(|invocation| invocation.started_at.since(result.started_at()).as_secs())
        .collect()
}

/// When a handler that always panics is invoked. In local mode its process dies, and the service retries a
/// first crash at once; a deployed function's runtime client turns a panic into an error, and errors are
/// retried with a delay.
fn attempts(runner: &DurableRunner) -> [u64; 5] {
    match runner.mode() {
        RunnerMode::Local => [0, 0, 1, 3, 7],
        RunnerMode::Cloud => [0, 1, 3, 7, 15],
    }
}

/// Whether an error was caused by a panic.
fn is_of_panic(runner: &DurableRunner, error: &ErrorObject) -> bool {
    let error_type = error.error_type.as_deref().unwrap_or_default();
    match runner.mode() {
        RunnerMode::Local => error_type == "Runtime.ExitError",
        RunnerMode::Cloud => error_type.contains("core::any::Any"),
    }
}

#[durable_execution]
async fn always_panics(_event: Value, _ctx: DurableContext) -> Result<(), BoxError> {
    panic!("out of cheese")
}

#[durable_test(handler = always_panics)]
async fn a_handler_that_panics_is_tried_five_times(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(starts(&result), attempts(&runner));
    for invocation in result.invocations() {
        let error = invocation.error.as_ref().expect("the invocation failed");
        assert!(is_of_panic(&runner, error), "{error}");
        assert!(error.to_string().contains("out of cheese"), "{error}");
    }
    let error = result.error().expect("a failed execution has an error");
    assert!(is_of_panic(&runner, error), "{error}");
    assert_eq!(result.duration(), Duration::from_secs(attempts(&runner)[4]));
    Ok(())
}

#[durable_step]
async fn explode() -> Result<(), BoxError> {
    panic!("boom in a step")
}

#[durable_execution]
async fn panics_in_a_step(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    explode(&ctx).await?;
    Ok(())
}

#[durable_test(handler = panics_in_a_step)]
async fn a_step_that_panics_leaves_itself_open(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(starts(&result), attempts(&runner));
    let step = result.get_step("explode")?;
    assert_eq!(step.status(), OperationStatus::Started);
    let started = result
        .history()
        .iter()
        .filter(|event| event.event_type() == "StepStarted");
    assert_eq!(started.count(), 1);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("boom in a step"), "{error}");
    Ok(())
}

static INVOCATIONS: AtomicU32 = AtomicU32::new(0);

#[durable_step]
fn greet() -> String {
    "hello".to_owned()
}

#[durable_execution]
async fn panics_once(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let greeting = greet(&ctx).await?;
    assert!(
        INVOCATIONS.fetch_add(1, Ordering::Relaxed) > 0,
        "the first invocation is lost"
    );
    Ok(greeting)
}

#[durable_test(handler = panics_once)]
async fn the_next_invocation_recovers_from_a_crash(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "hello");
    assert_eq!(result.invocations().len(), 2);
    assert!(result.invocations()[0].error.is_some());
    assert!(result.invocations()[1].error.is_none());
    // The step is recorded before the crash, and replayed after it.
    assert_eq!(result.get_step("greet")?.attempt(), 1);
    assert_eq!(starts(&result), attempts(&runner)[..2]);
    Ok(())
}

static CHARGES: AtomicU32 = AtomicU32::new(0);

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn charge() -> Result<(), BoxError> {
    CHARGES.fetch_add(1, Ordering::Relaxed);
    panic!("lost power while charging")
}

#[durable_execution]
async fn charges_once(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    match charge(&ctx).await {
        Ok(()) => Ok("charged".to_owned()),
        Err(error) => Ok(format!("{error:#}")),
    }
}

#[durable_test(handler = charges_once, local_only = "it counts calls in this process")]
async fn an_interrupted_at_most_once_step_fails_without_a_second_run(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(CHARGES.load(Ordering::Relaxed), 1);
    let step = result.get_step("charge")?;
    assert_eq!(step.status(), OperationStatus::Failed);
    assert!(step.error().is_some());
    let events: Vec<&str> = result.history().iter().map(Event::event_type).collect();
    assert_eq!(
        events,
        [
            "ExecutionStarted",
            "StepStarted",
            "InvocationCompleted",
            "StepFailed",
            "InvocationCompleted",
            "ExecutionSucceeded"
        ]
    );
    Ok(())
}

#[durable_execution]
async fn panics_in_a_branch(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let results = ctx
        .parallel([
            Branch::new("fine", |ctx: DurableContext| async move {
                Ok(greet(&ctx).await?)
            }),
            Branch::new("broken", |_: DurableContext| async move {
                panic!("boom in a branch")
            }),
        ])
        .name("both")
        .completion(CompletionConfig::with_tolerated_failure_count(1))
        .await?;
    Ok(results)
}

#[durable_test(handler = panics_in_a_branch)]
async fn a_branch_that_panics_is_a_failed_branch(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["hello"]);
    assert_eq!(result.invocations().len(), 1);
    assert_eq!(
        result.get_context("both/broken")?.status(),
        OperationStatus::Failed
    );
    Ok(())
}

#[durable_execution]
async fn panics_in_a_task(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    explode(&ctx).spawn().await?;
    Ok(())
}

#[durable_test(handler = panics_in_a_task)]
async fn a_spawned_step_that_panics_ends_the_invocation(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(starts(&result), attempts(&runner));
    let error = result.error().expect("a failed execution has an error");
    assert!(is_of_panic(&runner, error), "{error}");
    Ok(())
}

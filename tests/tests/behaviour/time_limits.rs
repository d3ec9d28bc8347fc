use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Event;
use durable_workflow_tests::long_wait::long_wait;
use serde_json::Value;

#[durable_test(handler = long_wait, local_only = "it sets the execution timeout of a run")]
async fn past_its_own_timeout_an_execution_is_timed_out(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .execution_timeout(Duration::from_secs(10))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    assert_eq!(result.duration(), Duration::from_secs(10));
    let error = result.error().expect("a timed out execution has an error");
    assert_eq!(
        error.error_message.as_deref(),
        Some("Execution timed out after 10 seconds.")
    );
    let wait = result.get_wait("long_wait")?;
    assert_eq!(wait.status(), OperationStatus::Started);
    assert_eq!(
        result.history().last().map(Event::event_type),
        Some("ExecutionTimedOut")
    );
    Ok(())
}

#[durable_test(handler = long_wait, local_only = "it sets the execution timeout of a run")]
async fn within_its_timeout_an_execution_succeeds(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .execution_timeout(Duration::from_secs(3_601))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    Ok(())
}

#[durable_test(handler = long_wait, local_only = "it sets the execution timeout of a run")]
async fn an_execution_timeout_has_whole_seconds(runner: DurableRunner) -> TestOutcome {
    let run = runner
        .run(json!({}))
        .execution_timeout(Duration::from_millis(1_500));

    let error = run.await.expect_err("the service counts in seconds");
    assert!(error.to_string().contains("whole seconds"), "{error}");
    Ok(())
}

#[durable_step]
async fn hang() -> Result<(), BoxError> {
    std::future::pending().await
}

#[durable_execution]
async fn hangs_in_a_step(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    hang(&ctx).await?;
    Ok(())
}

#[durable_test(handler = hangs_in_a_step, local_only = "a deployed function takes longer to start")]
async fn past_the_real_timeout_the_error_lists_open_operations(
    runner: DurableRunner,
) -> TestOutcome {
    let run = runner.run(json!(null)).timeout(Duration::from_millis(200));

    let error = run.await.expect_err("the step never ends");
    let text = error.to_string();
    assert!(
        text.contains("did not end within 0.2 s of real time"),
        "{text}"
    );
    assert!(
        text.contains("open operations: STEP \"hang\" (STARTED)"),
        "{text}"
    );
    Ok(())
}

#[durable_execution]
async fn hangs_outside(_event: Value, _ctx: DurableContext) -> Result<(), BoxError> {
    std::future::pending().await
}

#[durable_test(handler = hangs_outside)]
async fn a_handler_that_hangs_outside_of_operations_has_none_open(
    runner: DurableRunner,
) -> TestOutcome {
    let run = runner.run(json!(null)).timeout(Duration::from_millis(200));

    let error = run.await.expect_err("the handler never ends");
    assert!(
        error.to_string().contains("no operation is open"),
        "{error}"
    );
    Ok(())
}

#[durable_execution]
async fn waits_for_ever(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    loop {
        ctx.wait(Duration::from_secs(1)).name("tick").await?;
    }
}

#[durable_test(handler = waits_for_ever, local_only = "it limits the number of invocations")]
async fn an_endless_loop_fails_after_the_limit_of_invocations(
    runner: DurableRunner,
) -> TestOutcome {
    let run = runner.run(json!(null)).max_invocations(20);

    let error = run.await.expect_err("the loop never ends");
    let text = error.to_string();
    assert!(text.contains("did not end within 20 invocations"), "{text}");
    assert!(text.contains(".max_invocations(..)"), "{text}");
    Ok(())
}

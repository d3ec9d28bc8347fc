//! Suite 3 of AWS's conformance requirements: child contexts. `requirement_3_12_…` stands for requirement
//! 3-12 (`CONFORMANCE.md`).

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expect::assert_history;

const INPUT: &str = "k3Yw9aQz";

#[durable_step]
async fn echo(text: String) -> Result<String, BoxError> {
    Ok(text)
}

#[durable_execution]
async fn step_inside(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let result = ctx
        .run_in_child_context(|ctx| async move { Ok(echo(&ctx, event).await?) })
        .await?;
    Ok(result)
}

#[durable_test(handler = step_inside)]
async fn requirement_3_1_a_step_belongs_to_its_context(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx
        3 StepStarted      Step $step in $ctx
        4 StepSucceeded    Step $step in $ctx Result.Payload="\"k3Yw9aQz\""
        5 ContextSucceeded RunInChildContext $ctx Result.Payload="\"k3Yw9aQz\""
        6 InvocationCompleted
        "#,
    );
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
    value: String,
}

#[durable_execution]
async fn named_context(event: Named, ctx: DurableContext) -> Result<String, BoxError> {
    let result = ctx
        .run_in_child_context(|ctx| async move { Ok(echo(&ctx, event.value).await?) })
        .name(event.name)
        .await?;
    Ok(result)
}

#[durable_test(handler = named_context)]
async fn requirement_3_2_a_context_has_the_name_it_was_given(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"name": "Qh7sLm2x", "value": INPUT}))
        .await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx name=Qh7sLm2x
        3 StepStarted      Step $step in $ctx
        4 StepSucceeded    Step $step in $ctx Result.Payload="\"k3Yw9aQz\""
        5 ContextSucceeded RunInChildContext $ctx name=Qh7sLm2x Result.Payload="\"k3Yw9aQz\""
        6 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_step(retry(max_attempts = 1))]
async fn fail() -> Result<String, BoxError> {
    Err("no luck".into())
}

#[durable_with_child_context]
async fn doomed(ctx: DurableContext) -> Result<String, BoxError> {
    Ok(fail(&ctx).await?)
}

#[durable_execution]
async fn recovers(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    match doomed(&ctx).await {
        Ok(result) => Ok(result),
        Err(_) => Ok(echo(&ctx, event).await?),
    }
}

#[durable_test(handler = recovers)]
async fn requirement_3_5_the_error_of_a_context_can_be_caught(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted RunInChildContext $ctx
        3 StepStarted    Step $failed in $ctx
        4 StepFailed     Step $failed in $ctx Error=*
        5 ContextFailed  RunInChildContext $ctx Error=*
        6 StepStarted    Step $recovery
        7 StepSucceeded  Step $recovery Result.Payload="\"k3Yw9aQz\""
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
async fn echo_at_second_try(step: StepContext, text: String) -> Result<String, BoxError> {
    if step.attempt() == 1 {
        return Err("not yet".into());
    }
    Ok(text)
}

#[durable_with_child_context]
async fn stubborn(ctx: DurableContext, text: String) -> Result<String, BoxError> {
    Ok(echo_at_second_try(&ctx, text).await?)
}

#[durable_execution]
async fn retries_inside(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(stubborn(&ctx, event).await?)
}

#[durable_test(handler = retries_inside)]
async fn requirement_3_7_a_step_is_retried_within_its_context(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx name=stubborn
        3 StepStarted      Step $step in $ctx
        4 StepFailed       Step $step in $ctx Error=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=*
        5 InvocationCompleted
        6 StepStarted      Step $step in $ctx
        7 StepSucceeded    Step $step in $ctx Result.Payload="\"k3Yw9aQz\"" RetryDetails.CurrentAttempt=2
        8 ContextSucceeded RunInChildContext $ctx name=stubborn Result.Payload="\"k3Yw9aQz\""
        9 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_with_child_context]
async fn echo_and_wait(ctx: DurableContext, text: String) -> Result<String, BoxError> {
    let text = echo(&ctx, text).await?;
    ctx.wait(Duration::from_secs(2)).await?;
    Ok(text)
}

#[durable_execution]
async fn step_and_wait_inside(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(echo_and_wait(&ctx, event).await?)
}

#[durable_test(handler = step_and_wait_inside)]
async fn requirement_3_10_a_context_holds_steps_and_waits(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx name=echo_and_wait
        3 StepStarted      Step $step in $ctx
        4 StepSucceeded    Step $step in $ctx Result.Payload="\"k3Yw9aQz\""
        5 WaitStarted      Wait $wait in $ctx Duration=*
        6 InvocationCompleted
        7 WaitSucceeded    Wait $wait in $ctx Duration=*
        8 ContextSucceeded RunInChildContext $ctx name=echo_and_wait Result.Payload="\"k3Yw9aQz\""
        9 InvocationCompleted
        "#,
    );
    Ok(())
}

static RUNS: AtomicU32 = AtomicU32::new(0);

#[durable_step]
async fn crash_once(text: String) -> Result<String, BoxError> {
    assert!(RUNS.fetch_add(1, Ordering::Relaxed) > 0, "the process dies");
    Ok(text)
}

#[durable_with_child_context]
async fn interrupted(ctx: DurableContext, text: String) -> Result<String, BoxError> {
    Ok(crash_once(&ctx, text).await?)
}

#[durable_execution]
async fn crashes_inside(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(interrupted(&ctx, event).await?)
}

#[durable_test(handler = crashes_inside, local_only = "it counts runs in this process")]
async fn requirement_3_12_an_interrupted_context_runs_again(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_eq!(RUNS.load(Ordering::Relaxed), 2);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx
        3 StepStarted      Step $step in $ctx
        4 InvocationCompleted Error.Payload.ErrorType="Runtime.ExitError"
        5 StepSucceeded    Step $step in $ctx Result.Payload="\"k3Yw9aQz\""
        6 ContextSucceeded RunInChildContext $ctx Result.Payload="\"k3Yw9aQz\""
        7 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_with_child_context]
async fn only_a_wait(ctx: DurableContext, text: String) -> Result<String, BoxError> {
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(text)
}

#[durable_execution]
async fn wait_then_step(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let text = only_a_wait(&ctx, event).await?;
    Ok(echo(&ctx, text).await?)
}

#[durable_test(handler = wait_then_step)]
async fn requirement_3_13_a_context_resumes_after_its_wait(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx name=only_a_wait
        3 WaitStarted      Wait $wait in $ctx Duration=*
        4 InvocationCompleted
        5 WaitSucceeded    Wait $wait in $ctx Duration=*
        6 ContextSucceeded RunInChildContext $ctx name=only_a_wait Result.Payload="\"k3Yw9aQz\""
        7 StepStarted      Step $step
        8 StepSucceeded    Step $step Result.Payload="\"k3Yw9aQz\""
        9 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_with_child_context]
async fn broken(_ctx: DurableContext) -> Result<(), BoxError> {
    Err("broken from the start".into())
}

#[durable_execution]
async fn fails_without_a_step(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    broken(&ctx).await?;
    Ok(())
}

#[durable_test(handler = fails_without_a_step)]
async fn requirement_3_15_a_context_can_fail_without_an_operation(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 ContextStarted RunInChildContext $ctx name=broken
        3 ContextFailed  RunInChildContext $ctx name=broken Error.Payload.ErrorMessage=* Error.Payload.ErrorType=*
        4 InvocationCompleted
        ",
    );
    Ok(())
}

static BODIES: AtomicU32 = AtomicU32::new(0);

#[durable_with_child_context]
async fn counted(_ctx: DurableContext, text: String) -> Result<String, BoxError> {
    BODIES.fetch_add(1, Ordering::Relaxed);
    Ok(text)
}

#[durable_execution]
async fn context_then_wait(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let text = counted(&ctx, event).await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(text)
}

#[durable_test(handler = context_then_wait, local_only = "it counts runs in this process")]
async fn requirement_3_17_replay_does_not_run_a_completed_context(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(INPUT).await?;

    assert_eq!(result.result::<String>()?, INPUT);
    assert_eq!(BODIES.load(Ordering::Relaxed), 1);
    assert_history(
        &result,
        r#"
        2 ContextStarted   RunInChildContext $ctx name=counted
        3 ContextSucceeded RunInChildContext $ctx name=counted Result.Payload="\"k3Yw9aQz\""
        4 WaitStarted      Wait $wait Duration=*
        5 InvocationCompleted
        6 WaitSucceeded    Wait $wait Duration=*
        7 InvocationCompleted
        "#,
    );
    Ok(())
}

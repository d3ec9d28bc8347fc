//! Suite 1 of AWS's conformance requirements: steps. `requirement_1_17_…` stands for requirement
//! 1-17 (`CONFORMANCE.md`).

use std::error::Error;
use std::iter;
use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_runtime::sdk::Serdes;
use durable_runtime::sdk::serdes::SerdesContext;
use durable_test::prelude::*;
use serde_json::Value;

use crate::expect::assert_history;

#[durable_execution]
async fn named(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let greeting = ctx
        .step(move |_| async move { Ok(format!("Hello, {event}!")) })
        .name("custom_step_name")
        .await?;
    Ok(greeting)
}

#[durable_test(handler = named)]
async fn requirement_1_2_a_step_has_the_name_it_was_given(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("World").await?;

    assert_eq!(result.result::<String>()?, "Hello, World!");
    assert_history(
        &result,
        "
        2 StepStarted   Step $step name=custom_step_name
        3 StepSucceeded Step $step name=custom_step_name
        4 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn dependent(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let first = ctx.step(|_| async { Ok("first".to_owned()) }).await?;
    let both = ctx
        .step(move |_| async move { Ok(format!("{first}_second")) })
        .await?;
    Ok(both)
}

#[durable_test(handler = dependent)]
async fn requirement_1_3_a_step_takes_the_result_of_the_one_before(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "first_second");
    assert_history(
        &result,
        "
        2 StepStarted   Step $one
        3 StepSucceeded Step $one
        4 StepStarted   Step $two
        5 StepSucceeded Step $two
        6 InvocationCompleted
        ",
    );
    Ok(())
}

/// Stores texts in capitals.
struct Uppercase;

impl Serdes<String> for Uppercase {
    async fn serialize(&self, value: String, _: SerdesContext) -> Result<String, BoxError> {
        Ok(value.to_uppercase())
    }

    async fn deserialize(&self, wire: String, _: SerdesContext) -> Result<String, BoxError> {
        Ok(wire)
    }
}

#[durable_execution]
async fn uppercased(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let stored = ctx
        .step(move |_| async move { Ok(event) })
        .serdes(Uppercase)
        .await?;
    Ok(stored)
}

#[durable_test(handler = uppercased)]
async fn requirement_1_6_a_step_has_a_serdes_of_its_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("hello world").await?;

    assert_eq!(result.result::<String>()?, "HELLO WORLD");
    assert_history(
        &result,
        "
        2 StepStarted   Step $step
        3 StepSucceeded Step $step Result.Payload=~HELLO
        4 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn step_and_wait(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let computed = ctx.step(|_| async { Ok("computed".to_owned()) }).await?;
    ctx.wait(Duration::from_secs(2)).await?;
    Ok(computed)
}

#[durable_test(handler = step_and_wait)]
async fn requirement_1_8_replay_skips_a_completed_step(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "computed");
    assert_history(
        &result,
        "
        2 StepStarted   Step $step
        3 StepSucceeded Step $step
        4 WaitStarted   Wait $wait Duration=2
        5 InvocationCompleted
        6 WaitSucceeded Wait $wait Duration=2
        7 InvocationCompleted
        ",
    );
    Ok(())
}

static FAILING_RUNS: AtomicU32 = AtomicU32::new(0);

#[durable_step(retry(max_attempts = 1))]
async fn fail_for_good() -> Result<(), BoxError> {
    FAILING_RUNS.fetch_add(1, Ordering::Relaxed);
    Err("fails for good".into())
}

#[durable_execution]
async fn caught_before_a_wait(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let caught = fail_for_good(&ctx).await.err();
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(caught.map_or_else(String::new, |error| format!("{error:#}")))
}

#[durable_test(handler = caught_before_a_wait, local_only = "it counts runs in this process")]
async fn requirement_1_10_replay_raises_the_recorded_error(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let caught: String = result.result()?;
    assert!(caught.ends_with("fails for good"), "{caught}");
    assert_eq!(FAILING_RUNS.load(Ordering::Relaxed), 1);
    assert_history(
        &result,
        "
        2 StepStarted   Step $step
        3 StepFailed    Step $step Error.Payload.ErrorMessage=* Error.Payload.ErrorType=*
        4 WaitStarted   Wait $wait Duration=1
        5 InvocationCompleted
        6 WaitSucceeded Wait $wait Duration=1
        7 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_step(retry(max_attempts = 4, initial_delay = "1s", backoff_rate = 1.0))]
async fn always_fail() -> Result<(), BoxError> {
    Err("fails always".into())
}

#[durable_execution]
async fn exhausted(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    always_fail(&ctx).await?;
    Ok(())
}

#[durable_test(handler = exhausted)]
async fn requirement_1_12_retries_end_with_the_last_attempt(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2  StepStarted Step $step
        3  StepFailed  Step $step Error.Payload=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=1
        4  InvocationCompleted
        5  StepStarted Step $step
        6  StepFailed  Step $step Error.Payload=* RetryDetails.CurrentAttempt=2 RetryDetails.NextAttemptDelaySeconds=1
        7  InvocationCompleted
        8  StepStarted Step $step
        9  StepFailed  Step $step Error.Payload=* RetryDetails.CurrentAttempt=3 RetryDetails.NextAttemptDelaySeconds=1
        10 InvocationCompleted
        11 StepStarted Step $step
        12 StepFailed  Step $step Error.Payload=* RetryDetails.CurrentAttempt=4 RetryDetails.NextAttemptDelaySeconds=-
        13 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn default_strategy(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let done = ctx
        .step(|step| async move {
            if step.attempt() < 3 {
                return Err("not yet".into());
            }
            Ok("done".to_owned())
        })
        .await?;
    Ok(done)
}

#[durable_test(handler = default_strategy)]
async fn requirement_1_13_the_default_strategy_backs_off_with_jitter(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_history(
        &result,
        "
        2  StepStarted   Step $step
        3  StepFailed    Step $step Error.Payload=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=0..5
        4  InvocationCompleted
        5  StepStarted   Step $step
        6  StepFailed    Step $step Error.Payload=* RetryDetails.CurrentAttempt=2 RetryDetails.NextAttemptDelaySeconds=0..10
        7  InvocationCompleted
        8  StepStarted   Step $step
        9  StepSucceeded Step $step Result=* RetryDetails.CurrentAttempt=3
        10 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_step(retry(max_attempts = 5, initial_delay = "2s", backoff_rate = 3.0))]
async fn third_time_lucky(step: StepContext) -> Result<String, BoxError> {
    if step.attempt() < 3 {
        return Err("not yet".into());
    }
    Ok("done".to_owned())
}

#[durable_execution]
async fn custom_strategy(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(third_time_lucky(&ctx).await?)
}

#[durable_test(handler = custom_strategy)]
async fn requirement_1_14_a_declared_strategy_sets_the_delays(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_history(
        &result,
        "
        2  StepStarted   Step $step
        3  StepFailed    Step $step Error.Payload=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=2
        4  InvocationCompleted
        5  StepStarted   Step $step
        6  StepFailed    Step $step Error.Payload=* RetryDetails.CurrentAttempt=2 RetryDetails.NextAttemptDelaySeconds=6
        7  InvocationCompleted
        8  StepStarted   Step $step
        9  StepSucceeded Step $step Result=* RetryDetails.CurrentAttempt=3
        10 InvocationCompleted
        ",
    );
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("try again some day")]
struct TransientError;

/// Retries everything but transient errors.
fn all_but_transient(error: &StepError, _attempt: u32) -> RetryDecision {
    let mut causes = iter::successors(error.source(), |cause| (**cause).source());
    if causes.any(<dyn Error>::is::<TransientError>) {
        return RetryDecision::Stop;
    }
    RetryDecision::Retry {
        delay: Duration::from_secs(1),
    }
}

#[durable_step(retry = all_but_transient)]
async fn fail_transiently() -> Result<(), TransientError> {
    Err(TransientError)
}

#[durable_execution]
async fn not_retried(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    fail_transiently(&ctx).await?;
    Ok(())
}

#[durable_test(handler = not_retried)]
async fn requirement_1_16_a_strategy_can_refuse_an_error_by_its_type(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 StepStarted Step $step
        3 StepFailed  Step $step Error.Payload.ErrorMessage=* Error.Payload.ErrorType=~TransientError
        4 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_step(retry(max_attempts = 1))]
async fn refuse() -> Result<String, BoxError> {
    Err("refused".into())
}

#[durable_execution]
async fn fails_at_once(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(refuse(&ctx).await?)
}

#[durable_test(handler = fails_at_once)]
async fn requirement_1_19_without_retries_a_step_fails_for_good(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 StepStarted Step $step
        3 StepFailed  Step $step Error.Payload.ErrorMessage=* Error.Payload.ErrorType=*
        4 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn falls_back(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let value = refuse(&ctx).await.unwrap_or_else(|_| "fallback".to_owned());
    let result = ctx
        .step(move |_| async move { Ok(format!("{value}_result")) })
        .await?;
    Ok(result)
}

#[durable_test(handler = falls_back)]
async fn requirement_1_20_a_caught_error_does_not_end_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "fallback_result");
    assert_history(
        &result,
        "
        2 StepStarted   Step $failed
        3 StepFailed    Step $failed Error.Payload.ErrorMessage=* Error.Payload.ErrorType=*
        4 StepStarted   Step $next
        5 StepSucceeded Step $next
        6 InvocationCompleted
        ",
    );
    Ok(())
}

static CRASHES_FOR_GOOD: AtomicU32 = AtomicU32::new(0);

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn crash_for_good() -> Result<String, BoxError> {
    CRASHES_FOR_GOOD.fetch_add(1, Ordering::Relaxed);
    panic!("the process dies")
}

#[durable_execution]
async fn at_most_once(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(crash_for_good(&ctx).await?)
}

#[durable_test(handler = at_most_once, local_only = "it counts runs in this process")]
async fn requirement_1_17_an_interrupted_at_most_once_step_fails(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(CRASHES_FOR_GOOD.load(Ordering::Relaxed), 1);
    assert_history(
        &result,
        r#"
        2 StepStarted Step $step
        3 InvocationCompleted Error.Payload.ErrorType="Runtime.ExitError"
        4 StepFailed  Step $step Error.Payload=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=-
        5 InvocationCompleted
        6 ExecutionFailed Error=*
        "#,
    );
    Ok(())
}

static CRASHES_AT_FIRST: AtomicU32 = AtomicU32::new(0);

#[durable_step(
    semantics = "at_most_once",
    retry(max_attempts = 2, initial_delay = "1s")
)]
async fn crash_at_first(step: StepContext) -> Result<String, BoxError> {
    CRASHES_AT_FIRST.fetch_add(1, Ordering::Relaxed);
    assert!(step.attempt() > 1, "the process dies");
    Ok("done".to_owned())
}

#[durable_execution]
async fn at_most_once_with_retry(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(crash_at_first(&ctx).await?)
}

#[durable_test(handler = at_most_once_with_retry, local_only = "it counts runs in this process")]
async fn requirement_1_18_an_interrupted_at_most_once_step_is_retried(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "done");
    assert_eq!(CRASHES_AT_FIRST.load(Ordering::Relaxed), 2);
    assert_history(
        &result,
        r#"
        2 StepStarted   Step $step
        3 InvocationCompleted Error.Payload.ErrorType="Runtime.ExitError" Error.Truncated=false
        4 StepFailed    Step $step Error.Payload=* RetryDetails.CurrentAttempt=1 RetryDetails.NextAttemptDelaySeconds=1
        5 InvocationCompleted
        6 StepStarted   Step $step
        7 StepSucceeded Step $step RetryDetails.CurrentAttempt=2
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn throws(_event: Value, _ctx: DurableContext) -> Result<(), BoxError> {
    Err("no way".into())
}

#[durable_test(handler = throws)]
async fn the_error_of_a_handler_is_the_executions(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.history().len(), 3);
    assert_history(
        &result,
        "
        1 ExecutionStarted Input.Payload=*
        2 InvocationCompleted
        3 ExecutionFailed Error.Payload.ErrorMessage=~no
        ",
    );
    Ok(())
}

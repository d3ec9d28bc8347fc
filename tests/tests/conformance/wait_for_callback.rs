//! Suite 7 of AWS's conformance requirements: waits for a callback. `requirement_7_13_…` stands for requirement
//! 7-13 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expect::assert_history;

const NAME: &str = "tB6yHc1Uoe";
const PAYLOAD: &str = "vX4sJm8Gk2Ra";

/// A submitter that has nothing to do.
async fn submit(_step: StepContext, _callback_id: String) -> Result<(), BoxError> {
    Ok(())
}

#[durable_execution]
async fn named_approval(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx
        .wait_for_callback::<String, _, _>(submit)
        .name("approval")
        .await?;
    Ok(answer)
}

#[durable_test(handler = named_approval)]
async fn requirement_7_2_a_wait_for_a_callback_has_the_name_it_was_given(
    runner: DurableRunner,
) -> TestOutcome {
    let answer = CallbackReply::success(PAYLOAD).after(Duration::from_secs(1));
    let result = runner
        .run(json!(null))
        .on_callback("approval", answer)
        .await?;

    assert_eq!(result.result::<String>()?, PAYLOAD);
    assert_history(
        &result,
        r#"
        2  ContextStarted    WaitForCallback $wait name=approval
        3  CallbackStarted   Callback $callback in $wait CallbackId=*
        4  StepStarted       Step $step in $wait
        5  StepSucceeded     Step $step in $wait
        6  InvocationCompleted
        7  CallbackSucceeded Callback $callback in $wait Result.Payload="\"vX4sJm8Gk2Ra\""
        8  ContextSucceeded  WaitForCallback $wait name=approval
        9  InvocationCompleted
        10 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn nameless(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(ctx.wait_for_callback::<String, _, _>(submit).await?)
}

#[durable_test(handler = nameless)]
async fn requirement_7_3_a_wait_for_a_callback_needs_no_name(runner: DurableRunner) -> TestOutcome {
    let answer = CallbackReply::success(PAYLOAD).after(Duration::from_secs(1));
    let result = runner.run(json!(null)).on_callback("*", answer).await?;

    assert_eq!(result.result::<String>()?, PAYLOAD);
    assert_eq!(result.contexts().next().and_then(Operation::name), None);
    assert_history(
        &result,
        r#"
        2  ContextStarted    WaitForCallback $wait
        3  CallbackStarted   Callback $callback in $wait CallbackId=*
        4  StepStarted       Step $step in $wait
        5  StepSucceeded     Step $step in $wait
        6  InvocationCompleted
        7  CallbackSucceeded Callback $callback in $wait Result.Payload="\"vX4sJm8Gk2Ra\""
        8  ContextSucceeded  WaitForCallback $wait
        9  InvocationCompleted
        10 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn three_seconds(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx
        .wait_for_callback::<String, _, _>(submit)
        .name(event)
        .timeout(Duration::from_secs(3))
        .await?;
    Ok(answer)
}

#[durable_test(handler = three_seconds)]
async fn requirement_7_5_a_wait_for_a_callback_times_out(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(NAME).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(3));
    assert_history(
        &result,
        r#"
        2  ContextStarted   WaitForCallback $wait name=tB6yHc1Uoe
        3  CallbackStarted  Callback $callback in $wait CallbackId=* Timeout=3
        4  StepStarted      Step $step in $wait
        5  StepSucceeded    Step $step in $wait
        6  InvocationCompleted
        7  CallbackTimedOut Callback $callback in $wait Error.Payload.ErrorType="Callback.Timeout"
        8  ContextFailed    WaitForCallback $wait name=tB6yHc1Uoe Error.Payload.ErrorType=*
        9  InvocationCompleted
        10 ExecutionFailed Error.Payload.ErrorType=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn recovers_from_outside(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx
        .wait_for_callback::<String, _, _>(submit)
        .name(event)
        .await;
    Ok(answer.unwrap_or_else(|_| "recovered".to_owned()))
}

#[durable_test(handler = recovers_from_outside)]
async fn requirement_7_6_a_failure_from_outside_can_be_caught(
    runner: DurableRunner,
) -> TestOutcome {
    let rejected = CallbackReply::failure("RejectedError", "not approved");
    let result = runner
        .run(NAME)
        .on_callback(NAME, rejected.after(Duration::from_secs(1)))
        .await?;

    assert_eq!(result.result::<String>()?, "recovered");
    let callback = result.callbacks().next().and_then(Operation::error);
    assert_eq!(
        callback.and_then(|error| error.error_message.as_deref()),
        Some("not approved")
    );
    assert_history(
        &result,
        r#"
        2  ContextStarted  WaitForCallback $wait name=tB6yHc1Uoe
        3  CallbackStarted Callback $callback in $wait CallbackId=*
        4  StepStarted     Step $step in $wait
        5  StepSucceeded   Step $step in $wait
        6  InvocationCompleted
        7  CallbackFailed  Callback $callback in $wait Error.Payload.ErrorType="RejectedError"
        8  ContextFailed   WaitForCallback $wait name=tB6yHc1Uoe Error.Payload.ErrorType=*
        9  InvocationCompleted
        10 ExecutionSucceeded Result.Payload="\"recovered\""
        "#,
    );
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Approval {
    status: String,
}

#[durable_execution]
async fn structured(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let approval = ctx
        .wait_for_callback::<Approval, _, _>(submit)
        .name(event)
        .await?;
    Ok(approval.status)
}

#[durable_test(handler = structured)]
async fn requirement_7_11_the_answer_can_be_an_object(runner: DurableRunner) -> TestOutcome {
    // The text of the requirement, with its blank.
    let approved = CallbackReply::success_text(r#"{"status": "approved"}"#);
    let result = runner
        .run(NAME)
        .on_callback(NAME, approved.after(Duration::from_secs(1)))
        .await?;

    let callback = result.callbacks().next();
    assert_eq!(
        callback.and_then(Operation::result_json),
        Some(r#"{"status": "approved"}"#)
    );
    assert_history(
        &result,
        r#"
        2  ContextStarted    WaitForCallback $wait name=tB6yHc1Uoe
        3  CallbackStarted   Callback $callback in $wait CallbackId=*
        4  StepStarted       Step $step in $wait
        5  StepSucceeded     Step $step in $wait
        6  InvocationCompleted
        7  CallbackSucceeded Callback $callback in $wait Result.Payload=~approved
        8  ContextSucceeded  WaitForCallback $wait name=tB6yHc1Uoe
        9  InvocationCompleted
        10 ExecutionSucceeded Result.Payload="\"approved\""
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn impatient(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx
        .wait_for_callback::<String, _, _>(submit)
        .name(event)
        .heartbeat(Duration::from_secs(5))
        .await?;
    Ok(answer)
}

#[durable_test(handler = impatient)]
async fn requirement_7_12_without_a_heartbeat_the_wait_fails(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(NAME).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(5));
    assert_history(
        &result,
        r#"
        2  ContextStarted   WaitForCallback $wait name=tB6yHc1Uoe
        3  CallbackStarted  Callback $callback in $wait CallbackId=* HeartbeatTimeout=5
        4  StepStarted      Step $step in $wait
        5  StepSucceeded    Step $step in $wait
        6  InvocationCompleted
        7  CallbackTimedOut Callback $callback in $wait Error.Payload.ErrorType="Callback.Heartbeat"
        8  ContextFailed    WaitForCallback $wait name=tB6yHc1Uoe Error.Payload.ErrorType=*
        9  InvocationCompleted
        10 ExecutionFailed Error.Payload.ErrorType=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn ten_seconds_to_beat(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx
        .wait_for_callback::<String, _, _>(submit)
        .name(event)
        .heartbeat(Duration::from_secs(10))
        .await?;
    Ok(answer)
}

#[durable_test(handler = ten_seconds_to_beat)]
async fn requirement_7_13_a_heartbeat_leaves_no_event(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(NAME).await?;
    let callback = running.wait_for_callback(NAME).await?;
    // Where time is virtual, the answer comes when only the heartbeat can have kept the callback open.
    let is_local = runner.mode() == RunnerMode::Local;
    if is_local {
        running.advance(Duration::from_secs(9)).await?;
    }
    callback.heartbeat().await?;
    if is_local {
        running.advance(Duration::from_secs(9)).await?;
    }
    callback.succeed(PAYLOAD).await?;
    let result = running.result().await?;

    assert_eq!(result.result::<String>()?, PAYLOAD);
    assert_eq!(result.history().len(), 10);
    assert_history(
        &result,
        r#"
        2  ContextStarted    WaitForCallback $wait name=tB6yHc1Uoe
        3  CallbackStarted   Callback $callback in $wait CallbackId=* HeartbeatTimeout=10
        4  StepStarted       Step $step in $wait
        5  StepSucceeded     Step $step in $wait
        6  InvocationCompleted
        7  CallbackSucceeded Callback $callback in $wait Result.Payload="\"vX4sJm8Gk2Ra\""
        8  ContextSucceeded  WaitForCallback $wait name=tB6yHc1Uoe
        9  InvocationCompleted
        10 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

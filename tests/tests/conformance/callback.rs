//! Suite 4 of AWS's conformance requirements: callbacks. `requirement_4_9_…` stands for requirement
//! 4-9 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_runtime::sdk::Serdes;
use durable_runtime::sdk::serdes::SerdesContext;
use durable_test::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expect::assert_history;

const NAME: &str = "fM2xVw8Rqa";
const PAYLOAD: &str = "pZ7kLw3Dn9Qs";

/// An answer one second after the start of the callback.
fn in_a_second<T: Serialize + ?Sized>(value: &T) -> CallbackReply {
    CallbackReply::success(value).after(Duration::from_secs(1))
}

#[durable_execution]
async fn asks_for_approval(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx.create_callback::<String>().name("approval").await?;
    Ok(callback.result().await?)
}

#[durable_test(handler = asks_for_approval)]
async fn requirement_4_2_a_callback_has_the_name_it_was_given(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("approval", in_a_second(PAYLOAD))
        .await?;

    assert_eq!(result.result::<String>()?, PAYLOAD);
    assert_history(
        &result,
        r#"
        2 CallbackStarted   Callback $callback name=approval CallbackId=*
        3 InvocationCompleted
        4 CallbackSucceeded Callback $callback name=approval Result.Payload="\"pZ7kLw3Dn9Qs\""
        5 InvocationCompleted
        6 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn five_seconds_to_answer(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx
        .create_callback::<String>()
        .name(event)
        .timeout(Duration::from_secs(5))
        .await?;
    Ok(callback.result().await?)
}

#[durable_test(handler = five_seconds_to_answer)]
async fn requirement_4_3_without_an_answer_the_timeout_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(NAME).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(5));
    assert_history(
        &result,
        r#"
        2 CallbackStarted  Callback $callback name=fM2xVw8Rqa CallbackId=* Timeout=5
        3 InvocationCompleted
        4 CallbackTimedOut Callback $callback name=fM2xVw8Rqa Error.Payload.ErrorType="Callback.Timeout"
        5 InvocationCompleted
        6 ExecutionFailed Error.Payload.ErrorType=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn five_seconds_to_beat(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx
        .create_callback::<String>()
        .name(event)
        .heartbeat(Duration::from_secs(5))
        .await?;
    Ok(callback.result().await?)
}

#[durable_test(handler = five_seconds_to_beat)]
async fn requirement_4_4_without_a_heartbeat_its_timeout_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(NAME).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_secs(5));
    assert_history(
        &result,
        r#"
        2 CallbackStarted  Callback $callback name=fM2xVw8Rqa CallbackId=* HeartbeatTimeout=5
        3 InvocationCompleted
        4 CallbackTimedOut Callback $callback name=fM2xVw8Rqa Error.Payload.ErrorType="Callback.Heartbeat"
        5 InvocationCompleted
        6 ExecutionFailed Error.Payload.ErrorType=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn step_before_the_answer(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx
        .create_callback::<String>()
        .name(event)
        .timeout(Duration::from_secs(5))
        .await?;
    ctx.step(|_| async { Ok("done".to_owned()) }).await?;
    Ok(callback.result().await?)
}

#[durable_test(handler = step_before_the_answer)]
async fn requirement_4_8_a_callback_times_out_after_a_step(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(NAME).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        r#"
        2 CallbackStarted  Callback $callback name=fM2xVw8Rqa CallbackId=* Timeout=5
        3 StepStarted      Step $step
        4 StepSucceeded    Step $step
        5 InvocationCompleted
        6 CallbackTimedOut Callback $callback name=fM2xVw8Rqa Error.Payload.ErrorType="Callback.Timeout"
        7 InvocationCompleted
        8 ExecutionFailed Error.Payload.ErrorType=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn wait_before_the_answer(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx.create_callback::<String>().name(event).await?;
    ctx.wait(Duration::from_secs(5)).await?;
    Ok(callback.result().await?)
}

#[durable_test(handler = wait_before_the_answer)]
async fn requirement_4_9_a_callback_is_answered_during_a_wait(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(NAME)
        .on_callback(NAME, in_a_second(PAYLOAD))
        .await?;

    assert_eq!(result.result::<String>()?, PAYLOAD);
    assert_history(
        &result,
        r#"
        2 CallbackStarted   Callback $callback name=fM2xVw8Rqa CallbackId=*
        3 WaitStarted       Wait $wait Duration=5
        4 InvocationCompleted
        5 CallbackSucceeded Callback $callback name=fM2xVw8Rqa Result.Payload="\"pZ7kLw3Dn9Qs\""
        6 InvocationCompleted
        7 WaitSucceeded     Wait $wait Duration=5
        8 InvocationCompleted
        9 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn caught_failure(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx.create_callback::<String>().name(event).await?;
    let message = match callback.result().await {
        Ok(answer) => answer,
        Err(error) => error
            .wire()
            .and_then(|wire| wire.error_message())
            .unwrap_or("no message")
            .to_owned(),
    };
    ctx.wait(Duration::from_secs(2)).await?;
    Ok(message)
}

#[durable_test(handler = caught_failure)]
async fn requirement_4_13_a_caught_failure_is_replayed(runner: DurableRunner) -> TestOutcome {
    let rejected = CallbackReply::failure("RejectedError", "not approved");
    let result = runner
        .run(NAME)
        .on_callback(NAME, rejected.after(Duration::from_secs(1)))
        .await?;

    assert_eq!(result.result::<String>()?, "not approved");
    assert_history(
        &result,
        r#"
        2 CallbackStarted Callback $callback name=fM2xVw8Rqa CallbackId=*
        3 InvocationCompleted
        4 CallbackFailed  Callback $callback name=fM2xVw8Rqa Error.Payload.ErrorType="RejectedError" Error.Payload.ErrorMessage=~approved
        5 WaitStarted     Wait $wait Duration=2
        6 InvocationCompleted
        7 WaitSucceeded   Wait $wait Duration=2
        8 InvocationCompleted
        9 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

/// The answer of the callback.
#[derive(Deserialize)]
struct Sent {
    id: String,
    message: String,
    timestamp: String,
}

/// The same with its time in seconds.
#[derive(Serialize)]
struct Received {
    id: String,
    message: String,
    timestamp: u64,
}

#[derive(Serialize)]
struct Output {
    received: Received,
}

/// Reads a time as text.
struct WithDate;

impl Serdes<Received> for WithDate {
    async fn serialize(&self, _: Received, _: SerdesContext) -> Result<String, BoxError> {
        Err("a callback's result is only read".into())
    }

    async fn deserialize(&self, wire: String, _: SerdesContext) -> Result<Received, BoxError> {
        let sent: Sent = serde_json::from_str(&wire)?;
        let year = sent
            .timestamp
            .strip_suffix("-01-01T00:00:00.000Z")
            .ok_or("the time is not the first second of a year")?;
        Ok(Received {
            id: sent.id,
            message: sent.message,
            timestamp: start_of_year(year.parse()?),
        })
    }
}

/// The first second of a year in Unix time.
fn start_of_year(year: u64) -> u64 {
    let leap = |year: &u64| year.is_multiple_of(4) && !year.is_multiple_of(100);
    let days: u64 = (1970..year).map(|year| 365 + u64::from(leap(&year))).sum();
    // 2000 is the one year of a full century that is a leap year.
    (days + u64::from(year > 2000)) * 86_400
}

#[durable_execution]
async fn dated(event: String, ctx: DurableContext) -> Result<Output, BoxError> {
    let callback = ctx
        .create_callback::<Received>()
        .name(event)
        .serdes(WithDate)
        .await?;
    let received = callback.result().await?;
    Ok(Output { received })
}

#[durable_test(handler = dated)]
async fn requirement_4_15_a_callback_has_a_serdes_of_its_own(runner: DurableRunner) -> TestOutcome {
    let payload = json!({"id": "a1", "message": "hello", "timestamp": "2026-01-01T00:00:00.000Z"});
    let result = runner
        .run(NAME)
        .on_callback(NAME, in_a_second(&payload))
        .await?;

    assert_eq!(
        result.result::<Value>()?,
        json!({"received": {"id": "a1", "message": "hello", "timestamp": 1_767_225_600}})
    );
    assert_history(
        &result,
        "
        2 CallbackStarted   Callback $callback name=fM2xVw8Rqa CallbackId=*
        3 InvocationCompleted
        4 CallbackSucceeded Callback $callback name=fM2xVw8Rqa Result=*
        5 InvocationCompleted
        6 ExecutionSucceeded Result=*
        ",
    );
    Ok(())
}

#[durable_execution]
async fn one_after_the_other(
    event: [String; 2],
    ctx: DurableContext,
) -> Result<[String; 2], BoxError> {
    let [a, b] = event;
    let a = ctx.create_callback::<String>().name(a).await?;
    let a = a.result().await?;
    let b = ctx.create_callback::<String>().name(b).await?;
    let b = b.result().await?;
    Ok([a, b])
}

#[durable_test(handler = one_after_the_other)]
async fn requirement_4_17_callbacks_follow_each_other(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(["first", "second"])
        .on_callback("first", in_a_second("A"))
        .on_callback("second", in_a_second("B"))
        .await?;

    assert_eq!(result.result::<[String; 2]>()?, ["A", "B"]);
    assert_history(
        &result,
        r#"
        2 CallbackStarted   Callback $a name=first CallbackId=*
        3 InvocationCompleted
        4 CallbackSucceeded Callback $a name=first Result.Payload="\"A\""
        5 CallbackStarted   Callback $b name=second CallbackId=*
        6 InvocationCompleted
        7 CallbackSucceeded Callback $b name=second Result.Payload="\"B\""
        8 InvocationCompleted
        9 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn both_at_once(event: [String; 2], ctx: DurableContext) -> Result<[String; 2], BoxError> {
    let [a, b] = event;
    let a = ctx.create_callback::<String>().name(a).await?;
    let b = ctx.create_callback::<String>().name(b).await?;
    Ok([a.result().await?, b.result().await?])
}

#[durable_test(handler = both_at_once)]
async fn requirement_4_18_callbacks_are_open_at_the_same_time(
    runner: DurableRunner,
) -> TestOutcome {
    let after = |seconds, text| CallbackReply::success(text).after(Duration::from_secs(seconds));
    let result = runner
        .run(["first", "second"])
        .on_callback("first", after(1, "A"))
        .on_callback("second", after(2, "B"))
        .await?;

    assert_eq!(result.result::<[String; 2]>()?, ["A", "B"]);
    assert_history(
        &result,
        r#"
        2 CallbackStarted   Callback $a name=first CallbackId=*
        3 CallbackStarted   Callback $b name=second CallbackId=*
        4 InvocationCompleted
        5 CallbackSucceeded Callback $a name=first Result.Payload="\"A\""
        6 InvocationCompleted
        7 CallbackSucceeded Callback $b name=second Result.Payload="\"B\""
        8 InvocationCompleted
        9 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

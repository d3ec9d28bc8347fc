//! Suite 6 of AWS's conformance requirements: waits for a condition. `requirement_6_5_…` stands for requirement
//! 6-5 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_runtime::sdk::Serdes;
use durable_runtime::sdk::builders::wait_for_condition::{WaitDecision, WaitStrategy};
use durable_runtime::sdk::serdes::SerdesContext;
use durable_test::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expect::assert_history;

#[durable_execution]
async fn met_at_once(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let state = ctx
        .wait_for_condition(|_, state: u32| async move { Ok(state) }, event)
        .wait_strategy(WaitStrategy::builder(|state| *state >= 5).build())
        .await?;
    Ok(state)
}

#[durable_test(handler = met_at_once)]
async fn requirement_6_2_a_condition_that_holds_does_not_suspend(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(5).await?;

    assert_eq!(result.result::<u32>()?, 5);
    assert_history(
        &result,
        r#"
        2 StepStarted   WaitForCondition $check
        3 StepSucceeded WaitForCondition $check Result.Payload="5"
        5 ExecutionSucceeded Result.Payload="5"
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn fixed_delay(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let strategy = WaitStrategy::builder(move |state| *state >= event)
        .initial_delay(Duration::from_secs(2))
        .backoff_rate(1.0)
        .jitter(JitterStrategy::None)
        .build();
    let state = ctx
        .wait_for_condition(|_, state: u32| async move { Ok(state + 1) }, 0)
        .wait_strategy(strategy)
        .await?;
    Ok(state)
}

#[durable_test(handler = fixed_delay)]
async fn requirement_6_5_each_check_records_its_state_and_delay(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(3).await?;

    assert_eq!(result.result::<u32>()?, 3);
    assert_eq!(result.duration(), Duration::from_secs(4));
    assert_history(
        &result,
        r#"
        2  StepStarted   WaitForCondition $check
        3  StepSucceeded WaitForCondition $check Result.Payload="1" RetryDetails.NextAttemptDelaySeconds=2
        4  InvocationCompleted
        5  StepStarted   WaitForCondition $check
        6  StepSucceeded WaitForCondition $check Result.Payload="2" RetryDetails.NextAttemptDelaySeconds=2
        7  InvocationCompleted
        8  StepStarted   WaitForCondition $check
        9  StepSucceeded WaitForCondition $check Result.Payload="3" RetryDetails.NextAttemptDelaySeconds=-
        11 ExecutionSucceeded Result.Payload="3"
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn never_met(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let strategy = WaitStrategy::builder(|_| false)
        .max_attempts(3)
        .initial_delay(Duration::from_secs(1))
        .jitter(JitterStrategy::None)
        .build();
    let state = ctx
        .wait_for_condition(|_, state: u32| async move { Ok(state + 1) }, event)
        .wait_strategy(strategy)
        .await?;
    Ok(state)
}

#[durable_test(handler = never_met)]
async fn requirement_6_6_too_many_checks_fail(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(0).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2  StepStarted   WaitForCondition $check
        3  StepSucceeded WaitForCondition $check
        4  InvocationCompleted
        5  StepStarted   WaitForCondition $check
        6  StepSucceeded WaitForCondition $check
        7  InvocationCompleted
        8  StepStarted   WaitForCondition $check
        9  StepFailed    WaitForCondition $check Error=*
        11 ExecutionFailed Error=*
        ",
    );
    Ok(())
}

async fn broken_check(ctx: &DurableContext) -> Result<u32, OperationError> {
    ctx.wait_for_condition(
        |_, _: u32| async { Err::<u32, BoxError>("the check is broken".into()) },
        0,
    )
    .wait_strategy_fn(|_, _| WaitDecision::continue_with(Duration::from_secs(1)))
    .await
}

#[durable_execution]
async fn check_fails(_event: Value, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(broken_check(&ctx).await?)
}

#[durable_test(handler = check_fails)]
async fn requirement_6_7_the_error_of_a_check_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 StepStarted WaitForCondition $check
        3 StepFailed  WaitForCondition $check Error=*
        5 ExecutionFailed Error=*
        ",
    );
    Ok(())
}

#[durable_execution]
async fn check_fails_and_is_caught(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    match broken_check(&ctx).await {
        Ok(state) => Ok(state.to_string()),
        Err(_) => Ok("recovered".to_owned()),
    }
}

#[durable_test(handler = check_fails_and_is_caught)]
async fn requirement_6_8_the_error_of_a_check_can_be_caught(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "recovered");
    assert_history(
        &result,
        r#"
        2 StepStarted WaitForCondition $check
        3 StepFailed  WaitForCondition $check Error=*
        5 ExecutionSucceeded Result.Payload="\"recovered\""
        "#,
    );
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    status: Status,
    attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Pending,
    Done,
}

#[durable_execution]
async fn structured_state(_event: Value, ctx: DurableContext) -> Result<Progress, BoxError> {
    let start = Progress {
        status: Status::Pending,
        attempts: 0,
    };
    let strategy = WaitStrategy::builder(|state: &Progress| state.status == Status::Done)
        .initial_delay(Duration::from_secs(1))
        .build();
    let state = ctx
        .wait_for_condition(
            |_, state: Progress| async move {
                let attempts = state.attempts + 1;
                let status = if attempts < 2 {
                    Status::Pending
                } else {
                    Status::Done
                };
                Ok(Progress { status, attempts })
            },
            start,
        )
        .wait_strategy(strategy)
        .await?;
    Ok(state)
}

#[durable_test(handler = structured_state)]
async fn requirement_6_9_the_state_can_be_an_object(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(
        result.result::<Value>()?,
        json!({"status": "DONE", "attempts": 2})
    );
    assert_history(
        &result,
        "
        2 StepStarted   WaitForCondition $check
        3 StepSucceeded WaitForCondition $check
        4 InvocationCompleted
        5 StepStarted   WaitForCondition $check
        6 StepSucceeded WaitForCondition $check
        8 ExecutionSucceeded Result=*
        ",
    );
    Ok(())
}

/// Stores a text with a mark in front.
struct Marked;

impl Serdes<String> for Marked {
    async fn serialize(&self, value: String, _: SerdesContext) -> Result<String, BoxError> {
        Ok(format!("mark:{value}"))
    }

    async fn deserialize(&self, wire: String, _: SerdesContext) -> Result<String, BoxError> {
        let value = wire.strip_prefix("mark:").ok_or("the mark is missing")?;
        Ok(value.to_owned())
    }
}

#[durable_execution]
async fn marked_state(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let strategy = WaitStrategy::builder(|state: &String| state.len() >= 2)
        .initial_delay(Duration::from_secs(1))
        .build();
    let state = ctx
        .wait_for_condition(
            |_, state: String| async move { Ok(format!("{state}x")) },
            String::new(),
        )
        .wait_strategy(strategy)
        .serdes(Marked)
        .await?;
    Ok(state)
}

#[durable_test(handler = marked_state)]
async fn requirement_6_11_the_state_has_a_serdes_of_its_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "xx");
    assert_history(
        &result,
        r#"
        2 StepStarted   WaitForCondition $check
        3 StepSucceeded WaitForCondition $check Result.Payload="mark:x"
        4 InvocationCompleted
        5 StepStarted   WaitForCondition $check
        6 StepSucceeded WaitForCondition $check Result.Payload="mark:xx"
        8 ExecutionSucceeded Result=*
        "#,
    );
    Ok(())
}

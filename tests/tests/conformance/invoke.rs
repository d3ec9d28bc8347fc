//! Suite 5 of AWS's conformance requirements: chained invokes. `requirement_5_7_…` stands for requirement
//! 5-7 (`CONFORMANCE.md`).

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_runtime::sdk::Serdes;
use durable_runtime::sdk::serdes::SerdesContext;
use durable_test::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::expect::assert_history;

/// A target that returns what it is given.
#[durable_execution]
async fn echo_target(event: Value, _ctx: DurableContext) -> Result<Value, BoxError> {
    Ok(event)
}

/// A target that fails.
#[durable_execution]
async fn failing_target(_event: Value, _ctx: DurableContext) -> Result<Value, BoxError> {
    Err("the target fails".into())
}

const ECHO: &str = "echo_target:$LATEST";
const FAILING: &str = "failing_target:$LATEST";

#[derive(Deserialize)]
struct Named {
    name: String,
    payload: String,
}

#[durable_execution]
async fn invoke_by_name(event: Named, ctx: DurableContext) -> Result<String, BoxError> {
    let echoed = ctx
        .invoke::<String, _>(ECHO, event.payload)
        .name(event.name)
        .await?;
    Ok(echoed)
}

#[durable_test(handler = invoke_by_name)]
async fn requirement_5_2_an_invoke_has_the_name_it_was_given(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"name": "k2Jd9x", "payload": "m8Qz"}))
        .await?;

    assert_eq!(result.result::<String>()?, "m8Qz");
    assert_history(
        &result,
        r#"
        2 ChainedInvokeStarted   ChainedInvoke $invoke name=k2Jd9x FunctionName=* Input.Payload="\"m8Qz\"" ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke name=k2Jd9x Result.Payload="\"m8Qz\""
        5 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn invoke_echo(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    Ok(ctx.invoke::<Value, _>(ECHO, event).await?)
}

#[durable_test(handler = invoke_echo)]
async fn requirement_5_3_a_nested_object_goes_there_and_back(runner: DurableRunner) -> TestOutcome {
    let input = json!({"nested": {"key": "value", "items": [1, 2, 3]}, "source": "test"});
    let result = runner.run(&input).await?;

    assert_eq!(result.result::<Value>()?, input);
    assert_history(
        &result,
        "
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input.Payload=* ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result.Payload=*
        5 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn invoke_failing(_event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    Ok(ctx.invoke::<Value, _>(FAILING, json!({})).await?)
}

#[durable_test(handler = invoke_failing)]
async fn requirement_5_5_the_failure_of_the_target_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 ChainedInvokeStarted ChainedInvoke $invoke FunctionName=* Input=* ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeFailed  ChainedInvoke $invoke Error=*
        5 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn invoke_failing_caught(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx.invoke::<String, _>(FAILING, json!({})).await;
    Ok(answer.unwrap_or_else(|_| "fallback".to_owned()))
}

#[durable_test(handler = invoke_failing_caught)]
async fn requirement_5_6_the_failure_of_the_target_can_be_caught(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "fallback");
    assert_history(
        &result,
        "
        2 ChainedInvokeStarted ChainedInvoke $invoke FunctionName=* Input=* ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeFailed  ChainedInvoke $invoke Error=*
        5 InvocationCompleted
        ",
    );
    Ok(())
}

/// Near the service's limit of 262,144 bytes.
const LARGE: usize = 262_000;

#[durable_execution]
async fn length_target(event: String, _ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(event.len())
}

#[durable_execution]
async fn invoke_large(_event: Value, ctx: DurableContext) -> Result<usize, BoxError> {
    let payload = "x".repeat(LARGE);
    let length = ctx
        .invoke::<usize, _>("length_target:$LATEST", payload)
        .await?;
    Ok(length)
}

#[durable_test(handler = invoke_large)]
async fn requirement_5_7_a_large_payload_reaches_the_target(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<usize>()?, LARGE);
    assert_history(
        &result,
        r#"
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input.Payload=~xxx ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result.Payload="262000"
        5 InvocationCompleted
        "#,
    );
    Ok(())
}

static TARGET_RUNS: AtomicU32 = AtomicU32::new(0);

#[durable_execution]
async fn counted_target(_event: Value, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(TARGET_RUNS.fetch_add(1, Ordering::Relaxed) + 1)
}

#[durable_execution]
async fn invoke_and_wait(_event: Value, ctx: DurableContext) -> Result<u32, BoxError> {
    let run = ctx
        .invoke::<u32, _>("counted_target:$LATEST", json!({}))
        .await?;
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(run)
}

// The target counts its runs outside of a step, so that it is not deterministic, on purpose.
#[durable_test(handler = invoke_and_wait, local_only = "it counts runs in this process", check_determinism = false)]
async fn requirement_5_9_replay_does_not_invoke_again(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<u32>()?, 1);
    assert_eq!(TARGET_RUNS.load(Ordering::Relaxed), 1);
    assert_history(
        &result,
        "
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input=* ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result=*
        5 WaitStarted            Wait $wait Duration=1
        6 InvocationCompleted
        7 WaitSucceeded          Wait $wait Duration=1
        8 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn invoke_then_step(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let echoed = ctx.invoke::<String, _>(ECHO, "echoed".to_owned()).await?;
    let used = ctx
        .step(move |_| async move { Ok(format!("{echoed} and used")) })
        .await?;
    Ok(used)
}

#[durable_test(handler = invoke_then_step)]
async fn requirement_5_12_a_step_takes_the_result_of_an_invoke(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "echoed and used");
    assert_history(
        &result,
        "
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input=* ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result=*
        5 StepStarted            Step $step
        6 StepSucceeded          Step $step
        7 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn invoke_inside(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let echoed = ctx
        .run_in_child_context(|ctx: DurableContext| async move {
            Ok(ctx.invoke::<String, _>(ECHO, "inside".to_owned()).await?)
        })
        .await?;
    Ok(echoed)
}

#[durable_test(handler = invoke_inside)]
async fn requirement_5_13_an_invoke_belongs_to_its_context(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<String>()?, "inside");
    assert_history(
        &result,
        "
        2 ContextStarted         RunInChildContext $context
        3 ChainedInvokeStarted   ChainedInvoke $invoke in $context FunctionName=* Input=* ExecutedVersion=* DurableExecutionArn=*
        4 InvocationCompleted
        5 ChainedInvokeSucceeded ChainedInvoke $invoke in $context Result=*
        6 ContextSucceeded       RunInChildContext $context Result=*
        7 InvocationCompleted
        ",
    );
    Ok(())
}

/// Writes and reads texts in capitals.
struct Capitals;

impl Serdes<Value> for Capitals {
    async fn serialize(&self, value: Value, _: SerdesContext) -> Result<String, BoxError> {
        Ok(value.to_string().to_uppercase())
    }

    async fn deserialize(&self, wire: String, _: SerdesContext) -> Result<Value, BoxError> {
        Ok(serde_json::from_str(&wire.to_uppercase())?)
    }
}

#[durable_execution]
async fn invoke_with_payload_serdes(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let echoed = ctx
        .invoke::<Value, _>(ECHO, event)
        .payload_serdes(Capitals)
        .await?;
    Ok(echoed)
}

#[durable_test(handler = invoke_with_payload_serdes)]
async fn requirement_5_15_the_payload_has_a_serdes_of_its_own(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!({"data": "hello"})).await?;

    assert_eq!(result.result::<Value>()?, json!({"DATA": "HELLO"}));
    assert_history(
        &result,
        r#"
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input.Payload="{\"DATA\":\"HELLO\"}" ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result.Payload=*
        5 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn invoke_with_result_serdes(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    Ok(ctx.invoke::<Value, _>(ECHO, event).serdes(Capitals).await?)
}

#[durable_test(handler = invoke_with_result_serdes)]
async fn requirement_5_16_the_result_has_a_serdes_of_its_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("hello").await?;

    assert_eq!(result.result::<String>()?, "HELLO");
    assert_history(
        &result,
        r#"
        2 ChainedInvokeStarted   ChainedInvoke $invoke FunctionName=* Input.Payload="\"hello\"" ExecutedVersion=* DurableExecutionArn=*
        3 InvocationCompleted
        4 ChainedInvokeSucceeded ChainedInvoke $invoke Result.Payload="\"hello\""
        5 InvocationCompleted
        "#,
    );
    Ok(())
}

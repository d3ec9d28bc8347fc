//! Suite 8 of AWS's conformance requirements: parallel branches. `requirement_8_12_…` stands for requirement
//! 8-12 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_runtime::sdk::Serdes;
use durable_runtime::sdk::builders::map_parallel::{CompletionConfig, NestingMode};
use durable_runtime::sdk::serdes::SerdesContext;
use durable_test::prelude::*;
use serde_json::Value;

use crate::expect::assert_history;
use crate::projection::Projection;

#[durable_step]
async fn echo(text: &'static str) -> Result<String, BoxError> {
    Ok(text.to_owned())
}

/// A branch of a single step.
fn step(name: &'static str, text: &'static str) -> Branch<String> {
    Branch::new(name, move |ctx: DurableContext| async move {
        Ok(echo(&ctx, text).await?)
    })
}

/// A branch that returns at once.
fn value(name: &'static str, value: Value) -> Branch<Value> {
    Branch::new(name, move |_: DurableContext| async move { Ok(value) })
}

/// A branch that fails at once.
fn failure(name: &'static str) -> Branch<Value> {
    Branch::new(name, move |_: DurableContext| async move {
        Err(format!("{name} fails").into())
    })
}

#[durable_execution]
async fn two_steps(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let results = ctx
        .parallel([step("branch0", "task-1"), step("branch1", "task-2")])
        .name("parallel")
        .max_concurrency(1)
        .await?;
    Ok(results)
}

#[durable_test(handler = two_steps)]
async fn requirement_8_1_branches_have_contexts_of_their_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["task-1", "task-2"]);
    assert_history(
        &result,
        r#"
        2  ContextStarted   Parallel       $all name=parallel
        3  ContextStarted   ParallelBranch $b1 in $all
        4  StepStarted      Step           $s1 in $b1
        5  StepSucceeded    Step           $s1 in $b1 Result.Payload="\"task-1\""
        6  ContextSucceeded ParallelBranch $b1 in $all Result.Payload="\"task-1\""
        7  ContextStarted   ParallelBranch $b2 in $all
        8  StepStarted      Step           $s2 in $b2
        9  StepSucceeded    Step           $s2 in $b2 Result.Payload="\"task-2\""
        10 ContextSucceeded ParallelBranch $b2 in $all Result.Payload="\"task-2\""
        11 ContextSucceeded Parallel       $all name=parallel
        12 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn mixed_types(_event: Value, ctx: DurableContext) -> Result<Vec<Value>, BoxError> {
    let results = ctx
        .parallel([
            value("text", json!("hello")),
            value("number", json!(42)),
            value("object", json!({"k": "v"})),
        ])
        .max_concurrency(1)
        .await?;
    Ok(results)
}

#[durable_test(handler = mixed_types)]
async fn requirement_8_4_branches_return_different_types(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Value>()?, json!(["hello", 42, {"k": "v"}]));
    assert_history(
        &result,
        r#"
        2  ContextStarted   Parallel       $all
        3  ContextStarted   ParallelBranch $b1 in $all
        4  ContextSucceeded ParallelBranch $b1 in $all Result.Payload="\"hello\""
        5  ContextStarted   ParallelBranch $b2 in $all
        6  ContextSucceeded ParallelBranch $b2 in $all Result.Payload="42"
        7  ContextStarted   ParallelBranch $b3 in $all
        8  ContextSucceeded ParallelBranch $b3 in $all
        9  ContextSucceeded Parallel       $all
        10 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn branches_fail_fast(_event: Value, ctx: DurableContext) -> Result<Vec<Value>, BoxError> {
    let results = ctx
        .parallel([failure("b0"), value("b1", json!("never"))])
        .max_concurrency(1)
        .completion(CompletionConfig::with_tolerated_failure_count(0))
        .await?;
    Ok(results)
}

#[durable_test(handler = branches_fail_fast)]
async fn requirement_8_7_the_failure_of_a_branch_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_history(
        &result,
        "
        2 ContextStarted   Parallel       $all
        3 ContextStarted   ParallelBranch $b1 in $all
        4 ContextFailed    ParallelBranch $b1 in $all Error=*
        5 ContextSucceeded Parallel       $all
        6 InvocationCompleted
        7 ExecutionFailed Error.Payload.ErrorType=*
        ",
    );
    Ok(())
}

#[durable_execution]
async fn two_of_four(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let batch = ctx
        .parallel(["b0", "b1", "b2", "b3"].map(|name| value(name, json!(name))))
        .max_concurrency(1)
        .completion(CompletionConfig::with_min_successful(2))
        .await_batch()
        .await?;
    Ok(Projection::of(&batch))
}

#[durable_test(handler = two_of_four)]
async fn requirement_8_8_enough_successes_end_the_parallel(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "MIN_SUCCESSFUL_REACHED");
    assert_eq!(projection.counts(), (2, 0, 2));
    assert_history(
        &result,
        "
        2 ContextStarted   Parallel       $all
        3 ContextStarted   ParallelBranch $b1 in $all
        4 ContextSucceeded ParallelBranch $b1 in $all
        5 ContextStarted   ParallelBranch $b2 in $all
        6 ContextSucceeded ParallelBranch $b2 in $all
        7 ContextSucceeded Parallel       $all
        8 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn flat_branches_of_steps(
    _event: Value,
    ctx: DurableContext,
) -> Result<Vec<String>, BoxError> {
    let results = ctx
        .parallel([step("b0", "fa"), step("b1", "fb")])
        .name("flat")
        .max_concurrency(1)
        .nesting(NestingMode::Flat)
        .await?;
    Ok(results)
}

#[durable_test(handler = flat_branches_of_steps)]
async fn requirement_8_12_flat_branches_have_no_contexts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["fa", "fb"]);
    assert_history(
        &result,
        r#"
        2 ContextStarted   Parallel $all name=flat
        3 StepStarted      Step     $s1 in $all
        4 StepSucceeded    Step     $s1 in $all Result.Payload="\"fa\""
        5 StepStarted      Step     $s2 in $all
        6 StepSucceeded    Step     $s2 in $all Result.Payload="\"fb\""
        7 ContextSucceeded Parallel $all name=flat
        8 InvocationCompleted
        "#,
    );
    Ok(())
}

/// Two failures, then two branches that must not start.
async fn two_failures(
    ctx: &DurableContext,
    completion: CompletionConfig,
) -> Result<Projection, OperationError> {
    let batch = ctx
        .parallel([
            failure("b0"),
            failure("b1"),
            value("b2", json!("never")),
            value("b3", json!("never")),
        ])
        .max_concurrency(1)
        .completion(completion)
        .await_batch()
        .await?;
    Ok(Projection::of(&batch))
}

/// The history of [`two_failures`].
const TWO_FAILURES: &str = "
    2 ContextStarted   Parallel       $all
    3 ContextStarted   ParallelBranch $b1 in $all
    4 ContextFailed    ParallelBranch $b1 in $all Error=*
    5 ContextStarted   ParallelBranch $b2 in $all
    6 ContextFailed    ParallelBranch $b2 in $all Error=*
    7 ContextSucceeded Parallel       $all
    8 InvocationCompleted
";

#[durable_execution]
async fn a_quarter_may_fail(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let completion = CompletionConfig::with_tolerated_failure_percentage(25);
    Ok(two_failures(&ctx, completion).await?)
}

#[durable_test(handler = a_quarter_may_fail)]
async fn requirement_8_13_too_large_a_share_of_failures_ends_the_parallel(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "FAILURE_TOLERANCE_EXCEEDED");
    assert_eq!(projection.counts(), (0, 2, 2));
    assert_history(&result, TWO_FAILURES);
    Ok(())
}

/// Wraps values in an object.
struct Wrapped;

impl Serdes<String> for Wrapped {
    async fn serialize(&self, value: String, _: SerdesContext) -> Result<String, BoxError> {
        Ok(json!({ "wrapped": value }).to_string())
    }

    async fn deserialize(&self, wire: String, _: SerdesContext) -> Result<String, BoxError> {
        let envelope: Value = serde_json::from_str(&wire)?;
        let value = envelope.get("wrapped").and_then(Value::as_str);
        Ok(value.ok_or("the value is not wrapped")?.to_owned())
    }
}

#[durable_execution]
async fn wrapped(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let branch = |text: &'static str| {
        Branch::new(
            text,
            move |_: DurableContext| async move { Ok(text.to_owned()) },
        )
    };
    let results = ctx
        .parallel([branch("x"), branch("y")])
        .name("serde")
        .max_concurrency(1)
        .serdes(Wrapped)
        .await?;
    Ok(results)
}

#[durable_test(handler = wrapped)]
async fn requirement_8_15_branches_have_a_serdes_of_their_own(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["x", "y"]);
    assert_history(
        &result,
        "
        2 ContextStarted   Parallel       $all
        3 ContextStarted   ParallelBranch $b1 in $all
        4 ContextSucceeded ParallelBranch $b1 in $all Result.Payload=~wrapped
        5 ContextStarted   ParallelBranch $b2 in $all
        6 ContextSucceeded ParallelBranch $b2 in $all Result.Payload=~wrapped
        7 ContextSucceeded Parallel       $all
        8 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn combined(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let completion = CompletionConfig::builder()
        .min_successful(3)
        .tolerated_failure_count(1)
        .build()?;
    Ok(two_failures(&ctx, completion).await?)
}

#[durable_test(handler = combined)]
async fn requirement_8_18_of_two_conditions_the_first_ends_the_parallel(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "FAILURE_TOLERANCE_EXCEEDED");
    assert_eq!(projection.counts(), (0, 2, 2));
    assert_history(&result, TWO_FAILURES);
    Ok(())
}

#[durable_execution]
async fn nested(_event: Value, ctx: DurableContext) -> Result<Vec<Vec<String>>, BoxError> {
    let outer = Branch::new("a", |ctx: DurableContext| async move {
        let inner = ctx
            .parallel([step("s0", "i1"), step("s1", "i2")])
            .name("inner")
            .max_concurrency(1)
            .await?;
        Ok(inner)
    });
    let results = ctx
        .parallel([outer])
        .name("outer")
        .max_concurrency(1)
        .await?;
    Ok(results)
}

#[durable_test(handler = nested)]
async fn requirement_8_21_a_parallel_stands_in_a_branch(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Value>()?, json!([["i1", "i2"]]));
    assert_history(
        &result,
        r#"
        2  ContextStarted   Parallel       $outer
        3  ContextStarted   ParallelBranch $a in $outer
        4  ContextStarted   Parallel       $inner in $a
        5  ContextStarted   ParallelBranch $b1 in $inner
        6  StepStarted      Step           $s1 in $b1
        7  StepSucceeded    Step           $s1 in $b1 Result.Payload="\"i1\""
        8  ContextSucceeded ParallelBranch $b1 in $inner
        9  ContextStarted   ParallelBranch $b2 in $inner
        10 StepStarted      Step           $s2 in $b2
        11 StepSucceeded    Step           $s2 in $b2 Result.Payload="\"i2\""
        12 ContextSucceeded ParallelBranch $b2 in $inner
        13 ContextSucceeded Parallel       $inner in $a
        14 ContextSucceeded ParallelBranch $a in $outer
        15 ContextSucceeded Parallel       $outer
        16 InvocationCompleted
        "#,
    );
    Ok(())
}

#[durable_execution]
async fn exactly_a_quarter(_event: Value, ctx: DurableContext) -> Result<Projection, BoxError> {
    let batch = ctx
        .parallel([
            failure("b0"),
            value("b1", json!(1)),
            value("b2", json!(2)),
            value("b3", json!(3)),
        ])
        .max_concurrency(1)
        .completion(CompletionConfig::with_tolerated_failure_percentage(25))
        .await_batch()
        .await?;
    Ok(Projection::of(&batch))
}

#[durable_test(handler = exactly_a_quarter)]
async fn requirement_8_22_the_tolerated_share_itself_is_tolerated(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let projection: Projection = result.result()?;
    assert_eq!(projection.completion_reason, "ALL_COMPLETED");
    assert_eq!(projection.status, "FAILED");
    assert_eq!(projection.counts(), (3, 1, 4));
    assert_history(
        &result,
        "
        2  ContextStarted   Parallel       $all
        3  ContextStarted   ParallelBranch $b1 in $all
        4  ContextFailed    ParallelBranch $b1 in $all Error=*
        5  ContextStarted   ParallelBranch $b2 in $all
        6  ContextSucceeded ParallelBranch $b2 in $all
        7  ContextStarted   ParallelBranch $b3 in $all
        8  ContextSucceeded ParallelBranch $b3 in $all
        9  ContextStarted   ParallelBranch $b4 in $all
        10 ContextSucceeded ParallelBranch $b4 in $all
        11 ContextSucceeded Parallel       $all
        12 InvocationCompleted
        ",
    );
    Ok(())
}

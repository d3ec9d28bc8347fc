//! Golden histories as a test writes them, with `assert_history!`.
//!
//! `INSTA_UPDATE=always cargo test --test histories` accepts the present ones.

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_workflow_tests::child_context::child_context_workflow;
use durable_workflow_tests::order::order_workflow;
use durable_workflow_tests::parallel_ops::parallel_ops;
use durable_workflow_tests::retry::retry_workflow;

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn steps_in_turn(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    assert_history!(result);
    Ok(())
}

#[durable_test(
    handler = order_workflow,
    lambda_function_name = "order_workflow",
    flavor = "multi_thread",
    repeat = 3
)]
async fn each_repetition_finds_the_snapshots_of_the_test(runner: DurableRunner) -> TestOutcome {
    let first = runner.run(json!({"order_id": "order-1"})).await?;
    assert_history!(first);

    let second = runner.run(json!({"order_id": "order-2"})).await?;
    assert_history!(&second);
    Ok(())
}

#[durable_test(handler = child_context_workflow, lambda_function_name = "child_context_workflow")]
async fn a_child_context(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"item_id": "item-1"})).await?;

    assert_history!("a_named_snapshot", result, { ".**.item_id" => "[item]" });
    Ok(())
}

#[durable_test(handler = parallel_ops, lambda_function_name = "parallel_ops")]
async fn branches_side_by_side(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({})).await?;

    assert_history!(result);
    Ok(())
}

#[durable_test(handler = retry_workflow, lambda_function_name = "retry_workflow")]
async fn retries_with_their_delays(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({})).await?;

    assert_history!(
        result,
        @r#"
    SUCCEEDED at +3s
    input: {}
    result: "Operation succeeded"

    +0s      unreliable (Step)
    +0s        StepFailed, attempt 1, next in 1s: TransientError: Transient error
    +1s        StepStarted
    +1s        StepFailed, attempt 2, next in 2s: TransientError: Transient error
    +3s        StepStarted
    +3s        StepSucceeded, attempt 3: "Operation succeeded"
    "#
    );
    Ok(())
}

/// Records what differs from run to run on AWS: ids, an answer from outside, and the members of a `HashMap`.
#[durable_execution]
async fn records_ids(
    (): (),
    ctx: DurableContext,
) -> Result<std::collections::HashMap<String, String>, BoxError> {
    let callback = ctx
        .create_callback::<String>()
        .name("approval")
        .timeout(Duration::from_hours(24))
        .await?;
    let id = callback.id().to_owned();
    let sent = ctx
        .step(move |_| async move { Ok(format!("mailed {id}")) })
        .name("mail")
        .await?;
    let answer = callback.result().await?;
    let arn = ctx.execution_arn().to_owned();
    Ok([("sent", sent), ("answer", answer), ("arn", arn)]
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}

#[durable_test(handler = records_ids)]
async fn ids_are_named(runner: DurableRunner) -> TestOutcome {
    let granted = CallbackReply::success("granted");
    let result = runner.run(()).on_callback("approval", granted).await?;

    assert_history!(result);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it crashes the function")]
async fn a_crash_shows(runner: DurableRunner) -> TestOutcome {
    let run = runner.run(json!({"order_id": "order-123"}));
    let result = run.crash(CrashPoint::after_stored("payment")).await?;

    assert_history!(result);
    Ok(())
}

fn main() -> std::process::ExitCode {
    durable_workflow_tests::target::main(durable_test::harness::main)
}

//! Suite 2 of AWS's conformance requirements: waits. `requirement_2_5_…` stands for requirement
//! 2-5 (`CONFORMANCE.md`).

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::Serialize;
use serde_json::Value;

use crate::expect::assert_history;

#[durable_execution]
async fn two_seconds(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.wait(Duration::from_secs(2)).await?;
    Ok(())
}

#[durable_test(handler = two_seconds)]
async fn requirement_2_1_a_wait_suspends_the_execution(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.history().len(), 6);
    assert_history(
        &result,
        "
        2 WaitStarted   Wait $wait Duration=2
        3 InvocationCompleted
        4 WaitSucceeded Wait $wait Duration=2
        5 InvocationCompleted
        6 ExecutionSucceeded Result=*
        ",
    );
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waited {
    completed_waits: u32,
}

#[durable_execution]
async fn two_waits(_event: Value, ctx: DurableContext) -> Result<Waited, BoxError> {
    ctx.wait(Duration::from_secs(2)).name("wait-1").await?;
    ctx.wait(Duration::from_secs(2)).name("wait-2").await?;
    Ok(Waited { completed_waits: 2 })
}

#[durable_test(handler = two_waits)]
async fn requirement_2_3_waits_follow_each_other(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Value>()?, json!({"completedWaits": 2}));
    assert_history(
        &result,
        "
        2 WaitStarted   Wait $one name=wait-1 Duration=2
        3 InvocationCompleted
        4 WaitSucceeded Wait $one name=wait-1 Duration=2
        5 WaitStarted   Wait $two name=wait-2 Duration=2
        6 InvocationCompleted
        7 WaitSucceeded Wait $two name=wait-2 Duration=2
        8 InvocationCompleted
        ",
    );
    Ok(())
}

#[durable_execution]
async fn an_hour(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.wait(Duration::from_hours(1)).await?;
    Ok(())
}

#[durable_test(handler = an_hour)]
async fn requirement_2_5_an_hour_is_recorded_in_seconds(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.duration(), Duration::from_hours(1));
    assert_history(
        &result,
        "
        2 WaitStarted Wait $wait Duration=3600
        3 InvocationCompleted
        ",
    );
    Ok(())
}

//! A loop that waits for an event that never happens: the workflow runs until its execution timeout, up to a
//! year.

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::prelude::*;

use crate::assert_message;

#[durable_step]
async fn ask(job: String) -> bool {
    job == "a job that ends"
}

async fn waits_forever(job: String, ctx: DurableContext) -> Result<(), BoxError> {
    while !ask(&ctx, job.clone()).await? {
        ctx.wait(Duration::from_mins(1)).name("pause").await?;
    }
    Ok(())
}

#[durable_test(handler = waits_forever, local_only)]
async fn a_loop_without_end_is_found(runner: DurableRunner) {
    let run = runner.run("a job that hangs").max_invocations(20);
    let error = run.await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Local { .. }));
    assert_message!("loops-without-end", error);
}

async fn gives_up(job: String, ctx: DurableContext) -> Result<(), BoxError> {
    for _ in 0..10 {
        if ask(&ctx, job.clone()).await? {
            return Ok(());
        }
        ctx.wait(Duration::from_mins(1)).name("pause").await?;
    }
    Err(format!("{job} has not ended in ten minutes").into())
}

#[durable_test(handler = gives_up, local_only)]
async fn a_loop_with_a_limit_ends(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("a job that hangs").max_invocations(20).await?;
    let error = result.error().map(ToString::to_string).unwrap_or_default();
    assert!(
        error.ends_with("a job that hangs has not ended in ten minutes"),
        "{error}"
    );
    Ok(())
}

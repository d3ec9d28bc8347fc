//! Operations that a handler started and never awaited.

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::CompletionConfig;
use durable_test::prelude::*;
use durable_test::results::Operation;

async fn unanswered((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let _approval = ctx.create_callback::<String>().name("approval").await?;
    Ok(())
}

#[durable_test(handler = unanswered, local_only)]
async fn an_unanswered_callback_is_listed(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    let open: Vec<_> = result.unfinished().map(Operation::label).collect();
    assert_eq!(open, ["approval"]);
    assert!(
        result
            .to_string()
            .ends_with("unfinished: callback \"approval\""),
        "{result}"
    );
    Ok(())
}

/// Asks for approvals in contexts that end without them.
async fn unanswered_inside((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let ask = |ctx: DurableContext| async move {
        let _approval = ctx.create_callback::<String>().name("approval").await?;
        Ok(())
    };
    ctx.run_in_child_context(ask).name("order").await?;
    ctx.parallel([Branch::new("branch", ask)])
        .name("all")
        .await?;
    Ok(())
}

#[durable_test(handler = unanswered_inside, local_only)]
async fn callbacks_inside_completed_contexts_are_listed(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    let open: Vec<_> = result.unfinished().map(Operation::path).collect();
    assert_eq!(open, ["order/approval", "all/branch/approval"]);
    Ok(())
}

/// The second branch decides.
async fn late_branch((): (), ctx: DurableContext) -> Result<Vec<()>, BoxError> {
    let branches = [24, 1].map(|hours| {
        Branch::new(
            format!("{hours} h"),
            move |ctx: DurableContext| async move {
                ctx.wait(Duration::from_hours(hours)).await?;
                Ok(())
            },
        )
    });
    let first = CompletionConfig::with_min_successful(1);
    Ok(ctx.parallel(branches).completion(first).await?)
}

#[durable_test(handler = late_branch, local_only)]
async fn a_branch_that_was_too_late_is_not_listed(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    let is_open = |operation: &&Operation| !operation.status().is_terminal();
    assert_eq!(result.operations().iter().filter(is_open).count(), 2);
    assert_eq!(result.unfinished().count(), 0);
    Ok(())
}

async fn losers((): (), ctx: DurableContext) -> Result<&'static str, BoxError> {
    let long = ctx.wait(Duration::from_hours(24)).name("long").future();
    let short = ctx.wait(Duration::from_secs(1)).name("short").future();
    ctx.race(vec![long, short]).name("first").await?;
    Ok("short")
}

#[durable_test(handler = losers, local_only)]
async fn the_loser_of_a_race_is_not_listed(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    assert_eq!(result.get_wait("long")?.status(), OperationStatus::Started);
    assert_eq!(result.unfinished().count(), 0);
    Ok(())
}

/// Gives a slow step up for a signal that another one sends.
async fn gives_a_step_up((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let slow = ctx.step(move |_| async move {
        let _ = sender.send(());
        std::future::pending::<()>().await;
        Ok(())
    });
    tokio::select! {
        biased;
        done = slow.name("slow").future() => done?,
        _ = receiver => {}
    }
    Ok(())
}

#[durable_test(handler = gives_a_step_up, check_determinism = false, local_only)]
async fn an_abandoned_step_is_told(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    let told = "unfinished: step \"slow\" (abandoned: its future was dropped while it ran)";
    assert!(result.to_string().ends_with(told), "{result}");
    Ok(())
}

//! Maps and parallels whose joined result is larger than one record: the service keeps the results of
//! the items, and a replay joins them again.

use durable_runtime::prelude::*;
use durable_test::explore::Loss;
use durable_test::faults::CrashPoint;
use durable_test::prelude::*;

/// Larger than a quarter of what one checkpoint may store.
const PART: usize = 60_000;

#[durable_execution]
async fn collects(items: usize, ctx: DurableContext) -> Result<usize, BoxError> {
    let parts: Vec<String> = ctx
        .map(
            (0..items).collect::<Vec<_>>(),
            |item: DurableContext, _: usize, _| async move {
                let part = item.step(|_| async { Ok::<_, BoxError>("x".repeat(PART)) });
                Ok(part.name("part").await?)
            },
        )
        .name("parts")
        .await?;
    Ok(parts.iter().map(String::len).sum())
}

#[durable_execution]
async fn collects_and_waits(items: usize, ctx: DurableContext) -> Result<usize, BoxError> {
    let size = ctx
        .run_in_child_context(
            move |child: DurableContext| async move { collects(items, child).await },
        )
        .name("inside")
        .await?;
    ctx.wait(Duration::from_hours(1)).name("pause").await?;
    Ok(size)
}

#[durable_test(handler = collects, lambda_function_name = "collects")]
async fn a_small_one_and_a_large_one_both_pass_the_check(runner: DurableRunner) -> TestOutcome {
    for items in [4, 5] {
        let result = runner.run(items).await?;
        assert_eq!(result.result::<usize>()?, items * PART);
    }
    Ok(())
}

#[durable_test(handler = collects, lambda_function_name = "collects", local_only)]
async fn a_large_one_survives_the_loss_of_its_response(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(5).crash(CrashPoint::response_lost(1)).await?;
    assert_eq!(result.result::<usize>()?, 5 * PART);
    Ok(())
}

#[durable_test(handler = collects, lambda_function_name = "collects", local_only)]
async fn the_recording_of_a_large_one_fits(runner: DurableRunner) -> TestOutcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("collects.json");
    runner.run(5).await?.save(&file)?;
    assert!(runner.replay(&file).await?.is_to_the_end());
    Ok(())
}

#[durable_test(handler = collects_and_waits, lambda_function_name = "collects_and_waits", local_only)]
async fn a_large_one_before_a_wait_fits_too(runner: DurableRunner) -> TestOutcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("collects.json");
    let result = runner.run(5).await?;
    assert_eq!(result.result::<usize>()?, 5 * PART);
    result.save(&file)?;
    assert!(runner.replay(&file).await?.is_to_the_end());
    Ok(())
}

#[durable_test(handler = collects, lambda_function_name = "collects", local_only)]
async fn no_crash_of_a_large_one_is_an_alarm(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(5).sample(12).await?;
    assert_eq!(report.points(), 12, "{report}");
    let report = runner
        .explore_crashes(5)
        .losses([Loss::ResponseLost])
        .await?;
    assert_eq!(report.points(), 1, "{report}");
    Ok(())
}

#[durable_test(handler = collects_and_waits, lambda_function_name = "collects_and_waits", local_only)]
async fn no_crash_of_a_large_one_before_a_wait_is_an_alarm(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(5).sample(8).await?;
    assert_eq!(report.points(), 8, "{report}");
    // A replay of it joins the results of the items again.
    let report = runner
        .explore_crashes(5)
        .losses([Loss::ResponseLost])
        .await?;
    assert_eq!(report.points(), 2, "{report}");
    Ok(())
}

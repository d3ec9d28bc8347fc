//! Operations that somebody began and nobody awaited.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn unanswered((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let _approval = ctx.create_callback::<String>().name("approval").await?;
    Ok(())
}

#[durable_test(handler = unanswered, local_only)]
async fn a_callback_that_nobody_answered_is_listed(runner: DurableRunner) -> TestOutcome {
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

async fn losers((): (), ctx: DurableContext) -> Result<&'static str, BoxError> {
    let long = ctx.wait(Duration::from_hours(24)).name("long").future();
    let short = ctx.wait(Duration::from_secs(1)).name("short").future();
    ctx.race(vec![long, short]).name("first").await?;
    Ok("short")
}

#[durable_test(handler = losers, local_only)]
async fn the_loser_of_a_race_is_not(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    assert_eq!(result.get_wait("long")?.status(), OperationStatus::Started);
    assert_eq!(result.unfinished().count(), 0);
    Ok(())
}

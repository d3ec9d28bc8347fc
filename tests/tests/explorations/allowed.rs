//! What a test allows without need is told.

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::Allow;
use durable_test::prelude::*;

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

async fn pays(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(charge(&ctx, cents).await?)
}

#[durable_test(handler = pays, local_only)]
async fn what_no_run_needs_is_listed(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes(5)
        .allow(Allow::result())
        .allow(Allow::operation("charge"))
        .allow(Allow::interruption_of("charge"))
        .await?;
    let unused = ["Allow::result()", "Allow::operation(\"charge\")"];
    assert_eq!(report.unused_allows(), unused);
    let shown = report.to_string();
    assert!(
        shown.ends_with("\nno run needed `.allow(Allow::operation(\"charge\"))`; leave it out"),
        "{shown}"
    );

    let report = runner.explore_orders(5).allow(Allow::outcome()).await?;
    assert_eq!(report.unused_allows(), ["Allow::outcome()"], "{report}");
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_part_of_the_runs_says_nothing_about_the_rest(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes(5)
        .sample(2)
        .allow(Allow::operation("chrage"))
        .await?;
    assert!(report.unused_allows().is_empty(), "{report}");
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_misspelt_operation_is_an_error(runner: DurableRunner) {
    let misspelt = || Allow::operation("chrage");
    let crashes = runner.explore_crashes(5).allow(misspelt()).await;
    let orders = runner.explore_orders(5).allow(misspelt()).await;
    for error in [crashes.unwrap_err(), orders.unwrap_err()] {
        assert!(
            matches!(error.kind(), ErrorKind::NoOperation { .. }),
            "{error}"
        );
        let message = error.to_string();
        assert!(message.contains("\"chrage\""), "{message}");
        assert!(message.contains("its operations: \"charge\""), "{message}");
    }
}

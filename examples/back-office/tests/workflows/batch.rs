//! Many accounts at once.

use back_office::batch::{Night, Report};
use back_office::nightly_batch;
use durable_test::prelude::*;

fn night(accounts: usize, frozen_every: Option<usize>) -> Night {
    Night {
        date: "2026-11-28".to_owned(),
        accounts,
        frozen_every,
    }
}

#[durable_test(handler = nightly_batch, lambda_function_name = "nightly_batch")]
async fn two_hundred_accounts_get_their_interest(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(night(200, None)).await?;

    let report: Report = result.result()?;
    assert_eq!((report.posted, report.cents), (200, 2_000));
    assert_eq!(report.left_over, [""; 0]);
    // The list, the report, and two steps for each account.
    assert_eq!(result.steps().count(), 2 + 200 * 2);
    Ok(())
}

#[durable_test(handler = nightly_batch, lambda_function_name = "nightly_batch")]
async fn a_few_frozen_accounts_are_reported(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(night(200, Some(60))).await?;

    let report: Report = result.result()?;
    assert_eq!(report.posted, 197);
    let left_over = ["account-60", "account-120", "account-180"];
    assert_eq!(report.left_over, left_over);
    let frozen = result.get_step("accounts/account-120/post_interest")?;
    let error = frozen.error().expect("a frozen account is an error");
    assert_eq!(
        error.error_message.as_deref(),
        Some("LedgerError: account 120 is frozen")
    );
    Ok(())
}

#[durable_test(handler = nightly_batch, lambda_function_name = "nightly_batch")]
async fn the_batch_stops_when_too_many_fail(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(night(200, Some(2))).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let started = result.get_context("accounts")?.children().count();
    assert!(started < 200, "the rest is not begun: {started}");
    assert!(result.get_step("file_report").is_err());
    Ok(())
}

#[durable_test(handler = nightly_batch, local_only = "orders are explored")]
async fn the_report_does_not_depend_on_who_is_first(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(night(3, Some(3))).await?;
    assert!(report.orders() > 0, "{report}");
    Ok(())
}

#[durable_test(handler = nightly_batch, local_only = "crashes are explored")]
async fn a_crash_loses_no_account(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes(night(4, None))
        .check(|result| {
            let report: Report = result.result()?;
            assert_eq!(report.posted, 4);
            Ok(())
        })
        .await?;
    assert!(report.points() > 0, "{report}");
    Ok(())
}

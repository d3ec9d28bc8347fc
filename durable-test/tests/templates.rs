//! A run is the template of explorations: they take over its options.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::faults::Calls;
use durable_test::prelude::*;
use durable_test::{ErrorKind, Run};
use serde_json::Value;

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

async fn pays_when_approved(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let approval = ctx.create_callback::<bool>().name("approval").await?;
    if approval.result().await? {
        return Ok(charge(&ctx, cents).await?);
    }
    Ok(0)
}

fn approved(runner: &DurableRunner) -> Run {
    let granted = CallbackReply::success(&true).after(Duration::from_hours(1));
    runner.run(4_990).on_callback("approval", granted)
}

#[durable_test(handler = pays_when_approved, local_only = "explores")]
async fn the_options_of_a_run_are_those_of_its_explorations(runner: DurableRunner) -> TestOutcome {
    let crashes = approved(&runner).name("first").explore_crashes().await?;
    assert_eq!(crashes.points(), 3 * 4 + 2);
    let orders = approved(&runner).name("first").explore_orders().await?;
    assert!(orders.is_exhaustive());

    // Half an hour is not enough for an answer that comes after one.
    let brief = approved(&runner).execution_timeout(Duration::from_mins(30));
    let timed_out = |result: &ExecutionResult| -> TestOutcome {
        assert_eq!(result.status(), ExecutionStatus::TimedOut);
        Ok(())
    };
    brief.explore_orders().check(timed_out).await?;
    Ok(())
}

#[durable_test(handler = pays_when_approved, local_only = "explores")]
async fn faults_of_a_run_strike_in_its_explorations(runner: DurableRunner) -> TestOutcome {
    let throttled = Faults::new().throttle(Calls::of("charge").first(1));
    let twice = |result: &ExecutionResult| -> TestOutcome {
        assert_eq!(result.invocations().len(), 3);
        Ok(())
    };
    let run = approved(&runner).faults(throttled.clone());
    run.explore_orders().check(twice).await?;
    let report = approved(&runner)
        .faults(throttled)
        .explore_crashes()
        .await?;
    assert_eq!(report.invocations(), 3);

    let never = Faults::new().throttle("chrage");
    let error = approved(&runner)
        .faults(never)
        .explore_crashes()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::FaultMissed { .. }),
        "{error}"
    );
    Ok(())
}

#[durable_test(handler = pays_when_approved, local_only = "explores")]
async fn a_check_that_an_order_fails_names_the_order(runner: DurableRunner) -> TestOutcome {
    let error = approved(&runner)
        .explore_orders()
        .check(|result| {
            assert_eq!(result.result::<u64>()?, 1);
            Ok(())
        })
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("in the order `.order(Order::choices([]))`: the check failed: "),
        "{message}"
    );
    Ok(())
}

#[durable_test(handler = pays_when_approved, local_only = "explores")]
async fn every_run_is_set_up(runner: DurableRunner) -> TestOutcome {
    let set_up = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&set_up);
    let orders = approved(&runner)
        .explore_orders()
        .repeat(3)
        .setup(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .await?;
    assert_eq!(set_up.load(Ordering::Relaxed), orders.runs());
    Ok(())
}

#[durable_test(handler = pays_when_approved, local_only = "explores")]
async fn the_code_that_repeats_a_run_has_all_of_its_options(runner: DurableRunner) -> TestOutcome {
    let run = approved(&runner)
        .name("first")
        .faults(Faults::new().delay_answer(1, Duration::from_secs(2)))
        .max_invocations(9);
    let error = run
        .explore_crashes()
        .never_repeats(["charge"])
        .allow(Allow::outcome())
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(
            "runner.run(input).crash(CrashPoint::before_stored(3)).name(\"first\")\
             .faults(Faults::new().delay_answer(1, Duration::from_secs(2)))\
             .on_callback(\"approval\", ..).max_invocations(9).check_determinism(false).await"
        ),
        "{message}"
    );
    Ok(())
}

#[durable_test(handler = pays_when_approved, local_only = "reads virtual times")]
async fn results_and_reports_are_data(runner: DurableRunner) -> TestOutcome {
    let result = serde_json::to_value(approved(&runner).name("first").await?)?;
    assert_eq!(result["Status"], "SUCCEEDED");
    assert_eq!(result["Result"], 4_990);
    assert_eq!(result["DurableExecutionName"], "first");
    let names = |operations: &Value| -> Vec<Value> {
        let operations = operations.as_array().unwrap().iter();
        operations
            .map(|operation| operation["Name"].clone())
            .collect()
    };
    assert_eq!(names(&result["Operations"]), ["approval", "charge"]);
    assert_eq!(result["Operations"][1]["Result"], 4_990);
    assert_eq!(result["EndTimestamp"], "2026-01-01T01:00:00.000Z");
    assert_eq!(result["Invocations"].as_array().unwrap().len(), 2);

    let report = serde_json::to_value(approved(&runner).explore_crashes().await?)?;
    assert_eq!(report["repeated"][0]["path"], "charge");
    let first = &report["repeated"][0]["first_seen_at"][0];
    assert_eq!(*first, "CrashPoint::before_stored(3)");
    let report = serde_json::to_value(approved(&runner).explore_orders().await?)?;
    assert_eq!(report["is_exhaustive"], true);
    Ok(())
}

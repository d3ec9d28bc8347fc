//! How often step bodies run when something is lost, and how the exploration reports it.

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, Finding, Loss};
use durable_test::faults::{Calls, OperationAction};
use durable_test::prelude::*;
use serde_json::Value;

#[durable_step]
async fn quick() {
    tokio::task::yield_now().await;
}

static CHARGES: AtomicU32 = AtomicU32::new(0);

/// Asks the bank at once, and waits for its answer.
#[durable_step]
async fn charge() {
    CHARGES.fetch_add(1, Ordering::Relaxed);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[durable_execution]
async fn buy_at_once(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let quick = quick(&ctx).spawn();
    let charged = charge(&ctx).spawn();
    quick.await?;
    Ok(charged.await?)
}

/// The crash that cuts off `charge` in the middle of its body.
fn success_of_quick() -> CrashPoint {
    CrashPoint::before_stored(Calls::of("quick").action(OperationAction::Succeed).nth(1))
}

#[durable_test(handler = buy_at_once, lambda_function_name = "local-only")]
async fn a_body_that_is_cut_off_counts_as_a_run(runner: DurableRunner) -> TestOutcome {
    CHARGES.store(0, Ordering::Relaxed);
    let run = runner.run(()).check_determinism(false);
    run.crash(success_of_quick()).await?;
    assert_eq!(CHARGES.load(Ordering::Relaxed), 2);

    let never = runner.explore_crashes(()).never_repeats(["charge"]);
    let error = never.await.unwrap_err();
    let ErrorKind::Crash(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.points(), [CrashPoint::before_stored(3)]);
    assert!(error.to_string().contains("(SUCCEED of Step \"quick\")"));

    let report = runner.explore_crashes(()).await?;
    let repeated: Vec<_> = report
        .repeated_steps()
        .iter()
        .map(|step| {
            (
                step.path.as_str(),
                step.max_executions,
                step.first_seen_at.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        repeated,
        [
            ("charge", 2, [CrashPoint::before_stored(3)].as_slice()),
            ("quick", 2, [CrashPoint::before_stored(2)].as_slice()),
        ]
    );
    Ok(())
}

static SETUPS: AtomicU32 = AtomicU32::new(0);

#[durable_step(retry(max_attempts = 1))]
async fn pay() {}

/// Simulates an SDK that keeps its guarantee only at first: the step is at-most-once in the first three runs
/// of an exploration.
#[durable_execution]
async fn pay_once_at_first(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let semantics = match SETUPS.load(Ordering::Relaxed) {
        ..=3 => StepSemantics::AtMostOncePerRetry,
        _ => StepSemantics::AtLeastOncePerRetry,
    };
    let _ = pay(&ctx).semantics(semantics).await;
    Ok(())
}

#[durable_test(handler = pay_once_at_first, lambda_function_name = "local-only")]
async fn the_body_of_an_at_most_once_step_that_runs_twice_in_an_attempt_is_found(
    runner: DurableRunner,
) {
    SETUPS.store(0, Ordering::Relaxed);
    let exploration = runner
        .explore_crashes(())
        .setup(|| {
            SETUPS.fetch_add(1, Ordering::Relaxed);
        })
        .allow(Allow::interruption_of("pay"));
    let error = exploration.await.unwrap_err();
    let ErrorKind::Crash(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.points(), [CrashPoint::given_up(1)]);
    assert!(
        matches!(failure.findings(), [Finding::Doubled { step, attempt: 1 }] if step == "pay"),
        "{error}"
    );
}

#[durable_step(semantics = "at_most_once")]
async fn ask() -> u64 {
    42
}

/// Overrides the declared semantics at the call: the step may run again.
#[durable_execution]
async fn ask_again(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let asked = ask(&ctx).semantics(StepSemantics::AtLeastOncePerRetry);
    Ok(asked.await?)
}

#[durable_test(handler = ask_again, lambda_function_name = "local-only")]
async fn a_call_overrides_what_the_step_declares(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(()).await?;
    let [asked] = report.repeated_steps() else {
        panic!("one step is repeated: {report}");
    };
    assert_eq!((asked.path.as_str(), asked.max_executions), ("ask", 2));
    Ok(())
}

#[durable_execution]
async fn asks_twice_at_once(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let one = charge(&ctx).spawn();
    let other = charge(&ctx).spawn();
    one.await?;
    Ok(other.await?)
}

#[durable_test(handler = asks_twice_at_once, lambda_function_name = "local-only")]
async fn two_of_one_name_that_ran_again_are_told_apart(runner: DurableRunner) -> TestOutcome {
    // Both bodies run when the first of their successes is lost, and both run again.
    let killed = [Loss::BeforeStored];
    let report = runner.explore_crashes(()).losses(killed).await?;
    let [first, second] = report.repeated_steps() else {
        panic!("two steps are repeated: {report}");
    };
    assert_eq!(
        (first.path.as_str(), second.path.as_str()),
        ("charge", "charge#2")
    );
    assert_eq!(report.runs(), 1 + 4);
    for charged in [first, second] {
        assert_eq!(
            (charged.max_executions, charged.in_runs),
            (2, 2),
            "{report}"
        );
    }
    Ok(())
}

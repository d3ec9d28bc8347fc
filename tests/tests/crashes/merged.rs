//! Crash points that need no run of their own, for another one leaves the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use durable_runtime::prelude::*;
use durable_test::CallbackReply;
use durable_test::explore::{CrashReport, ExploreCrashes, Loss};
use durable_test::prelude::*;
use durable_test::settings::Transport;
use durable_workflow_tests::order::order_workflow;
use serde_json::Value;

use crate::catalogue;

/// All that an exploration says but how many runs it took.
fn said(explored: Result<CrashReport, durable_test::Error>) -> (String, Value) {
    match explored {
        Ok(report) => {
            let mut json = serde_json::to_value(&report).unwrap();
            json.as_object_mut().unwrap().remove("merged");
            (report.to_string(), json)
        }
        Err(error) => (error.to_string(), Value::Null),
    }
}

/// Asserts that it says the same if all runs are made; returns how many were not.
async fn assert_same(explore: impl Fn() -> ExploreCrashes, name: &str) -> usize {
    let some = explore().await;
    let merged = some.as_ref().map_or(0, CrashReport::merged);
    if some.is_ok() && merged == 0 {
        return 0;
    }
    // With code of the test's own in them, all runs are made.
    let all = explore().setup(|| ()).await;
    assert_eq!(all.as_ref().map_or(0, CrashReport::merged), 0);
    assert_eq!(said(some), said(all), "{name}");
    merged
}

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_report_is_that_of_all_runs(_runner: DurableRunner) {
    let mut merged = 0;
    for (number, case) in catalogue::all().iter().enumerate() {
        // The booking system of these keeps state across runs.
        if case.name.starts_with("with-retry") {
            continue;
        }
        let mut losses = vec![Loss::BeforeStored, Loss::AfterStored, Loss::AnswerLost];
        // Functions that are given up take most of the time.
        if number.is_multiple_of(3) {
            losses.push(Loss::GivenUp);
        }
        let explore = || {
            let exploration = case.explore(Transport::InProcess).unwrap();
            exploration.losses(losses.clone()).pairs(4)
        };
        merged += assert_same(explore, case.name).await;
    }
    assert!(merged > 100, "{merged}");
}

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_report_is_that_of_all_runs_by_http(_runner: DurableRunner) {
    for case in catalogue::all().iter().take(3) {
        let explore = || case.explore(Transport::Http).unwrap();
        assert!(assert_same(explore, case.name).await > 0);
    }
}

#[durable_step]
async fn add_one(n: u64) -> u64 {
    n + 1
}

async fn steps(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut n = 0;
    for _ in 0..count {
        n = add_one(&ctx, n).await?;
    }
    Ok(n)
}

#[durable_test(handler = steps, lambda_function_name = "local-only")]
async fn a_chain_of_steps_is_cut_between_its_steps_once(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(10).await?;
    assert_eq!(report.points(), 20 * 4 + 1);
    // All lost answers, and all kills after a call that are kills before the next one; a function that is given up after
    // a step does nothing more either.
    assert_eq!(report.merged(), 20 + 19 + 9);
    assert_eq!(report, runner.explore_crashes(10).threads(3).await?);
    let kept = runner.explore_crashes(10).budget(40).await?;
    assert_eq!((kept.runs(), kept.merged()), (40, 19));
    Ok(())
}

/// A lost answer is no other run than the undisturbed one.
#[durable_test(handler = steps, lambda_function_name = "local-only")]
async fn what_no_disturbed_run_would_show_is_known(runner: DurableRunner) -> TestOutcome {
    let lost = || runner.explore_crashes(3).losses([Loss::AnswerLost]);
    let report = lost().never_repeats(["add_one"]).await?;
    assert_eq!((report.points(), report.merged()), (6, 5));
    let error = lost().never_repeats(["none"]).await.unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
    Ok(())
}

async fn plain_steps(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut n = 0;
    for _ in 0..3 {
        n += ctx.step(|_| async { Ok(1_u64) }).name("one").await?;
    }
    Ok(n)
}

#[durable_test(handler = plain_steps, lambda_function_name = "local-only")]
async fn the_body_of_a_plain_step_may_run_between_two_calls(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(()).await?;
    assert_eq!(report.merged(), 6 + 2 + 2);
    assert_same(|| runner.explore_crashes(()), "plain steps").await;
    Ok(())
}

/// A plain step whose body is under way when the next call is made, in the same task.
async fn joined(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let body = |_| async {
        tokio::task::yield_now().await;
        Ok(1_u64)
    };
    let (one, waited) = tokio::join!(
        ctx.step(body).name("one").future(),
        ctx.wait(Duration::from_hours(1)).future(),
    );
    waited?;
    Ok(one? + add_one(&ctx, 1).await?)
}

#[durable_test(handler = joined, lambda_function_name = "local-only")]
async fn a_body_beside_the_next_call_is_not_given_up_by_it(runner: DurableRunner) -> TestOutcome {
    assert!(assert_same(|| runner.explore_crashes(()), "joined").await > 0);
    let never = || runner.explore_crashes(()).never_repeats(["one"]);
    assert_same(never, "joined, never repeated").await;
    Ok(())
}

async fn asks(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let n = add_one(&ctx, 1).await?;
    let m = add_one(&ctx, n).await?;
    let answer = ctx.create_callback::<u64>().name("answer").await?;
    Ok(m + answer.result().await?)
}

#[durable_test(handler = asks, lambda_function_name = "local-only")]
async fn every_run_is_made_where_code_of_the_test_runs_in_it(runner: DurableRunner) -> TestOutcome {
    let explore = || {
        let reply = CallbackReply::success(1_u64);
        runner.explore_crashes(()).on_callback("answer", reply)
    };
    assert_eq!(explore().await?.merged(), 0);
    runner.mock(add_one).returns(5);
    assert_eq!(explore().await?.merged(), 0);

    let checked = DurableRunner::local(steps)?;
    assert!(checked.explore_crashes(2).await?.merged() > 0);
    let report = checked.explore_crashes(2).check(|_| Ok(())).await?;
    assert_eq!(report.merged(), 0);
    checked.register_function(
        "price",
        |cents: u64| async move { Ok::<_, BoxError>(cents) },
    );
    assert_eq!(checked.explore_crashes(2).await?.merged(), 0);

    let with_bank = DurableRunner::local(steps)?;
    let accounts = Arc::new(AtomicU64::new(0));
    with_bank.register_durable_function("bank", move |count: u64, ctx: DurableContext| {
        let accounts = Arc::clone(&accounts);
        async move {
            accounts.fetch_add(1, Ordering::Relaxed);
            steps(count, ctx).await
        }
    });
    assert_eq!(with_bank.explore_crashes(2).await?.merged(), 0);

    let fake = Arc::new(AtomicU64::new(0));
    let with_fake = DurableRunner::local(move |count: u64, ctx: DurableContext| {
        let fake = Arc::clone(&fake);
        async move {
            fake.fetch_add(1, Ordering::Relaxed);
            steps(count, ctx).await
        }
    })?;
    assert_eq!(with_fake.explore_crashes(2).await?.merged(), 0);
    Ok(())
}

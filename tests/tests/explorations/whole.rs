//! Explorations of everything: crashes, orders, faults and variants in one budget.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{ExplorationFailure, FaultKind, Variant};
use durable_test::prelude::*;

#[durable_step]
async fn reserve(item: String) -> String {
    format!("{item} is reserved")
}

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

async fn buy(item: String, ctx: DurableContext) -> Result<(String, u64), BoxError> {
    let reserved = reserve(&ctx, item).await?;
    ctx.wait(Duration::from_mins(5)).name("think").await?;
    Ok((reserved, charge(&ctx, 42).await?))
}

fn failure(error: &durable_test::Error) -> &ExplorationFailure {
    match error.kind() {
        ErrorKind::Exploration(failure) => failure,
        other => panic!("{other}"),
    }
}

#[durable_test(handler = buy, local_only)]
async fn every_sequence_of_crashes_is_covered(runner: DurableRunner) -> TestOutcome {
    let report = runner.run("a lamp").explore().await?;

    assert!(report.is_closed(), "{report}");
    assert_eq!(report.open_states(), 0);
    assert!(report.merged() > 0, "{report}");
    let text = report.to_string();
    let claim = "states, closed: every sequence of crashes, orders and declared faults";
    assert!(text.contains(claim), "{text}");
    for step in report.coverage() {
        assert_eq!(step.missing(), [""; 0], "{text}");
    }
    assert_eq!(report, runner.run("a lamp").explore().await?);
    assert_eq!(report, runner.run("a lamp").explore().threads(2).await?);
    Ok(())
}

#[durable_test(handler = buy, local_only)]
async fn every_plan_meets_fewer_states_with_as_many_runs(runner: DurableRunner) -> TestOutcome {
    let pruned = runner.explore("a lamp").await?;
    let every = runner.explore("a lamp").every_plan();
    let every = every.budget(pruned.plans()).await?;

    assert_eq!(every.plans(), pruned.plans());
    assert!(pruned.is_closed() && !every.is_closed(), "{every}");
    assert!(every.states() < pruned.states(), "{every}\n{pruned}");
    assert_eq!(every.merged(), 0);
    Ok(())
}

#[durable_test(handler = buy, local_only)]
async fn a_budget_leaves_states_open(runner: DurableRunner) -> TestOutcome {
    let report = runner.run("a lamp").explore().budget(8).await?;

    assert!(!report.is_closed());
    assert_eq!(report.plans(), 8);
    assert!(report.open_states() > 0 && report.left_out() > 0);
    let text = report.to_string();
    assert!(text.contains("open: ") && text.contains(" left"), "{text}");
    Ok(())
}

#[durable_test(handler = buy, local_only)]
async fn declared_faults_are_tried_with_crashes(runner: DurableRunner) -> TestOutcome {
    let alone = runner.run("a lamp").explore().await?;
    let faults = [FaultKind::Throttled, FaultKind::Overrun];
    let report = runner.run("a lamp").explore().try_faults(faults).await?;

    assert!(report.plans() > alone.plans(), "{report}");
    assert!(report.is_closed(), "{report}");
    Ok(())
}

/// Three branches that do not touch each other.
async fn fan_out((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let branches =
        (1..=3).map(|cents| charge(&ctx, cents).name(format!("charge-{cents}")).future());
    let charged = ctx.try_join_all(branches.collect::<Vec<_>>()).await?;
    Ok(charged.into_iter().sum())
}

#[durable_test(handler = fan_out, local_only)]
async fn crashes_and_orders_go_together(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().budget(120).await?;

    assert!(report.orders() > 1, "{report}");
    assert!(
        report.classes() > 1 && report.classes() <= report.orders(),
        "{report}"
    );
    assert!(report.states() > 4, "{report}");
    Ok(())
}

static CHARGED: AtomicU64 = AtomicU64::new(0);

#[durable_step]
async fn charge_once_more() -> u64 {
    CHARGED.fetch_add(1, Ordering::SeqCst)
}

async fn pays((): (), ctx: DurableContext) -> Result<(), BoxError> {
    charge_once_more(&ctx).name("charge").await?;
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_failing_plan_is_small_and_in_words(runner: DurableRunner) {
    let error = runner
        .run(())
        .explore()
        .setup(|| CHARGED.store(0, Ordering::SeqCst))
        .check(|_| {
            assert_eq!(CHARGED.load(Ordering::SeqCst), 1, "charged twice");
            Ok(())
        })
        .allow(durable_test::explore::Allow::operation("charge"))
        .allow(durable_test::explore::Allow::outcome_if(|_, _| true))
        .await
        .unwrap_err();

    let failure = failure(&error);
    assert_eq!(failure.plan().deviations(), 1, "{error}");
    let timeline = failure.actual().timeline();
    assert_eq!(timeline.deviations().len(), 1, "{error}");
    assert!(timeline.to_html().contains("class=\"dt-deviation\""));
    let text = error.to_string();
    assert!(text.contains("\n    deviations "), "{text}");
    assert!(
        text.contains("killed before the service stored checkpoint call 2"),
        "{text}"
    );
    assert!(
        text.contains("DURABLE_PLAN=\"crash:2/before-stored;order:default\" cargo test"),
        "{text}"
    );
    assert!(
        text.contains("#[durable_test(.., plan = \"crash:2/before-stored;order:default\")]"),
        "{text}"
    );
}

#[durable_test(handler = pays, plan = "crash:2/before-stored", local_only)]
async fn a_plan_of_the_attribute_is_the_one_that_runs(runner: DurableRunner) -> TestOutcome {
    CHARGED.store(0, Ordering::SeqCst);
    let result = runner.run(()).await?;

    assert_eq!(result.invocations().len(), 2);
    let report = runner
        .explore_crashes(())
        .allow(durable_test::explore::Allow::operation("charge"));
    let report = report
        .allow(durable_test::explore::Allow::outcome_if(|_, _| true))
        .await?;
    assert_eq!(report.points(), 1);
    Ok(())
}

#[durable_test(handler = buy, local_only)]
async fn a_plan_that_is_not_reached_is_an_error(runner: DurableRunner) -> TestOutcome {
    for text in [
        "crash:99/after-stored",
        "order:0,7",
        "late:99",
        "fault:9/overrun",
    ] {
        let plan: durable_test::explore::Plan = text.parse()?;
        let errors = [
            runner
                .run("a lamp")
                .plan(plan.clone())
                .await
                .map(drop)
                .unwrap_err(),
            runner
                .run("a lamp")
                .plan(plan.clone())
                .explore_crashes()
                .await
                .map(drop)
                .unwrap_err(),
            runner
                .run("a lamp")
                .plan(plan.clone())
                .explore_orders()
                .await
                .map(drop)
                .unwrap_err(),
            runner
                .run("a lamp")
                .plan(plan.clone())
                .explore()
                .await
                .map(drop)
                .unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error.kind(), ErrorKind::PlanNotReached { .. }),
                "{text}: {error}"
            );
            assert!(
                error.to_string().contains(&format!("plan: {text}")),
                "{error}"
            );
        }
    }
    Ok(())
}

#[durable_test(handler = buy, local_only)]
async fn a_correct_workflow_does_not_notice_variants(runner: DurableRunner) -> TestOutcome {
    let undisturbed = runner.run("a lamp").await?;
    for variant in Variant::ALL {
        let plan = durable_test::explore::Plan::new().variant(*variant);
        let result = runner.run("a lamp").plan(plan).await?;
        assert_eq!(result.result_json(), undisturbed.result_json(), "{variant}");
        let invocations = result.invocations().len();
        match variant {
            Variant::AlwaysSuspend => assert_eq!(invocations, 4, "{variant}"),
            Variant::EmptyInvocation => assert_eq!(invocations, 3, "{variant}"),
            _ => assert_eq!(invocations, 2, "{variant}"),
        }
    }
    Ok(())
}

#[durable_test(handler = buy, local_only)]
#[ignore = "run by the test below, with a plan"]
async fn repeats_what_the_environment_says(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("a lamp").await?;
    assert_eq!(result.invocations().len(), 3);
    Ok(())
}

/// Runs the test above, with a plan in the environment.
fn with_plan(plan: &str) -> (bool, String) {
    let this = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let ran = std::process::Command::new(this)
        .env("DURABLE_PLAN", plan)
        .args([
            "--ignored",
            "--exact",
            "whole::repeats_what_the_environment_says",
        ])
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let output = String::from_utf8_lossy(&ran.stdout).into_owned();
    (ran.status.success() && output.contains("1 passed"), output)
}

#[durable_test(handler = buy, local_only)]
async fn the_environment_has_a_plan_repeated(_runner: DurableRunner) {
    let (passes, output) = with_plan("crash:2/before-stored");
    assert!(passes, "{output}");
    let (passes, output) = with_plan("crash:99/before-stored");
    assert!(
        !passes && output.contains("the plan proves nothing"),
        "{output}"
    );
    let (passes, output) = with_plan("crash:2/before");
    assert!(
        !passes && output.contains("DURABLE_PLAN: the plan \"crash:2/before\" is not understood"),
        "{output}"
    );
}

#[durable_test(handler = buy, local_only)]
async fn what_no_run_meets_fails_the_exploration(runner: DurableRunner) -> TestOutcome {
    let explored = runner.explore_crashes("a lamp").check(|result| {
        if result.status() == ExecutionStatus::Failed {
            durable_test::sometimes!("it fails");
        }
        Ok(())
    });
    let error = explored.await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NeverMet { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("sometimes! \"it fails\" (tests/"),
        "{error}"
    );

    let explored = runner.run("a lamp").explore().check(|result| {
        durable_test::sometimes!(result.invocations().len() > 2, "it is invoked again");
        Ok(())
    });
    explored.await?;
    Ok(())
}

//! What an exploration of everything claims, and what it must not.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, FaultKind, Loss};
use durable_test::faults::Calls;
use durable_test::prelude::*;

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

async fn pays((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let charged = charge(&ctx, 42).await?;
    ctx.wait(Duration::from_mins(5)).name("think").await?;
    Ok(charged)
}

#[durable_test(handler = pays, local_only)]
async fn not_all_losses_make_no_claim(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().losses([Loss::AnswerLost]).await?;
    assert!(!report.is_closed(), "{report}");
    let claim =
        "nothing claimed about sequences of crashes: of the losses only answer-lost were tried";
    assert!(report.to_string().contains(claim), "{report}");

    let report = runner.run(()).explore().losses([]).await?;
    assert_eq!(report.unclaimed(), ["no losses were tried"]);

    let report = runner.run(()).explore().await?;
    assert!(report.is_closed(), "{report}");
    assert_eq!(report.unclaimed(), [""; 0]);
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_budget_is_not_exceeded_by_threads(runner: DurableRunner) -> TestOutcome {
    for threads in 1..=3 {
        let explored = runner.run(()).explore().budget(8).threads(threads);
        assert_eq!(explored.await?.plans(), 8);
        let explored = runner.run(()).explore().sample(4).threads(threads);
        assert_eq!(explored.await?.plans(), 5);
    }
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn the_report_of_a_repeated_plan_says_so(runner: DurableRunner) -> TestOutcome {
    let plan = "crash:2/before-stored".parse()?;
    let report = runner.run(()).plan(plan).explore().await?;
    let text = "repeats the plan crash:2/before-stored alone; nothing else was explored";
    assert!(report.to_string().ends_with(text), "{report}");
    assert!(!report.is_closed(), "{report}");
    Ok(())
}

static CHARGED: AtomicU64 = AtomicU64::new(0);

/// A step whose body no hook sees.
async fn plain((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let charged = ctx.step(|_| async {
        CHARGED.fetch_add(1, Ordering::SeqCst);
        Ok::<_, BoxError>(42)
    });
    Ok(charged.name("charge-plainly").await?)
}

#[durable_test(handler = plain, local_only)]
async fn bodies_that_are_not_counted_make_no_claim(runner: DurableRunner) -> TestOutcome {
    let reset = || CHARGED.store(0, Ordering::SeqCst);
    let report = runner.run(()).explore().setup(reset).await?;
    assert!(!report.is_closed(), "{report}");
    let text = report.unclaimed().join("; ");
    assert!(
        text.contains("bodies of charge-plainly are not counted"),
        "{text}"
    );

    let report = runner.run(()).explore().setup(reset);
    let report = report
        .outside(|| CHARGED.load(Ordering::SeqCst).min(1))
        .await?;
    assert!(report.is_closed(), "{report}");
    Ok(())
}

/// Steps side by side whose bodies no hook holds.
async fn plain_beside((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let one = ctx.step(|_| async { Ok::<_, BoxError>(1) }).name("one");
    let two = ctx.step(|_| async { Ok::<_, BoxError>(2) }).name("two");
    let sum = ctx.try_join_all(vec![one.future(), two.future()]).await?;
    Ok(sum.into_iter().sum())
}

#[durable_test(handler = plain_beside, local_only)]
async fn orders_of_bodies_that_are_not_held_are_not_claimed(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().budget(3_000).await?;
    let text = report.to_string();
    assert!(report.is_closed(), "{text}");
    assert!(
        text.contains("closed: every sequence of crashes\n"),
        "{text}"
    );
    assert!(
        text.contains("not all of their orders were tried"),
        "{text}"
    );
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_plan_beside_optional_faults_must_be_reached(runner: DurableRunner) -> TestOutcome {
    let optional = || Faults::new().throttle(Calls::from(99)).optional();
    let run = |plan: &str| {
        plan.parse()
            .map(|plan| runner.run(()).faults(optional()).plan(plan))
    };
    let error = run("crash:98/after-stored")?.await.map(drop).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::PlanNotReached { .. }),
        "{error}"
    );
    assert_eq!(run("crash:2/before-stored")?.await?.invocations().len(), 3);

    let report = runner.run(()).faults(optional()).explore().await?;
    assert_eq!(report.uncontrolled(), [""; 0]);
    assert!(report.is_closed(), "{report}");
    Ok(())
}

/// One invocation of two calls.
async fn pays_at_once((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(charge(&ctx, 42).await?)
}

#[durable_test(handler = pays_at_once, local_only)]
async fn a_response_is_lost_after_lost_answers_too(runner: DurableRunner) -> TestOutcome {
    let explored = runner.run(()).explore().orders(false).variants([]);
    let report = explored
        .losses([Loss::AnswerLost, Loss::ResponseLost])
        .await?;
    // Either answer, both or none, each with the response lost or not; and a second response lost, which leads to a
    // state that was met: nothing is ever due here, so how often the function failed does not matter.
    assert_eq!(report.plans(), 9, "{report}");
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn one_loss_that_is_left_out_is_enough_to_claim_nothing(
    runner: DurableRunner,
) -> TestOutcome {
    let losses = [
        Loss::BeforeStored,
        Loss::AfterStored,
        Loss::ResponseLost,
        Loss::AnswerLost,
    ];
    let report = runner.run(()).explore().losses(losses).await?;
    assert!(!report.is_closed(), "{report}");
    assert_eq!(report.unclaimed().len(), 1, "{report}");
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn without_orders_none_are_claimed(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().orders(false).await?;
    assert!(report.is_closed(), "{report}");
    let text = report.to_string();
    assert!(
        text.contains("closed: every sequence of crashes\n"),
        "{text}"
    );
    Ok(())
}

#[durable_test(handler = pays, local_only)]
async fn a_budget_that_is_just_enough_cuts_nothing(runner: DurableRunner) -> TestOutcome {
    let full = runner.run(()).explore().await?;
    let enough = runner.run(()).explore().budget(full.plans()).await?;
    assert_eq!(enough, full);
    assert_eq!(enough.cut(), None);

    let misspelt = Allow::operation("chrage");
    let short = runner.run(()).explore().budget(3).allow(misspelt).await?;
    assert!(short.cut().is_some());
    assert_eq!(short.unused_allows(), [""; 0]);
    Ok(())
}

#[durable_test(handler = pays_at_once, local_only)]
async fn orders_and_faults_that_are_left_out_are_not_claimed(runner: DurableRunner) -> TestOutcome {
    let explore = || {
        let explored = runner.run(()).explore().variants([]);
        explored.try_faults([FaultKind::Throttled])
    };
    let full = explore().await?;
    assert!(full.to_string().contains("declared faults"), "{full}");
    // Plans of crashes alone come before others with equally many deviations.
    let cut = explore().budget(full.plans() - 1).await?;
    assert_eq!(cut.left_out(), 1, "{cut}");
    assert!(cut.is_closed(), "{cut}");
    assert!(!cut.to_string().contains("declared faults"), "{cut}");
    Ok(())
}

#[durable_test(handler = pays, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn several_threads_make_no_claim(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().budget(60).await?;
    assert!(!report.is_closed(), "{report}");
    let reason = "several threads run the function".to_owned();
    assert!(report.unclaimed().contains(&reason), "{report}");
    Ok(())
}

//! Plans that an exploration prints, and plans that do not repeat anything.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::explore::{ExplorationFailure, Finding, Plan, Variant};
use durable_test::prelude::*;
use durable_test::{Error, ErrorKind};

use crate::reduction::{SHOPS, price, slowest};

/// The text of a plan in a message, as a shell reads it.
fn printed(message: &str) -> &str {
    let (_, rest) = message.split_once("DURABLE_PLAN=\"").unwrap();
    rest.split_once('"').unwrap().0
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
async fn the_plan_of_a_reduced_exploration_repeats_its_failure(runner: DurableRunner) {
    let undisturbed = runner.run(SHOPS).await.unwrap();
    let reduced = runner.explore_orders(SHOPS).independent(["price"]);
    let error = reduced.await.unwrap_err();
    let ErrorKind::OrdersDisagree(disagree) = error.kind() else {
        panic!("{error}");
    };
    let message = error.to_string();
    let plan: Plan = printed(&message).parse().unwrap();

    let again = runner.run(SHOPS).plan(plan.clone()).await.unwrap();
    assert_eq!(again.result_json(), Some(disagree.other.found.as_str()));
    assert_ne!(again.result_json(), undisturbed.result_json());
    let orders = runner.run(SHOPS).plan(plan.clone()).explore_orders();
    let error = orders.independent(["price"]).await.unwrap_err();
    let ErrorKind::OrdersDisagree(repeated) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(repeated.other.found, disagree.other.found);

    let whole = runner.run(SHOPS).explore().losses([]).variants([]);
    let error = whole.independent(["price"]).await.unwrap_err();
    let failure = failure(&error);
    let message = error.to_string();
    let plan: Plan = printed(&message).parse().unwrap();
    assert_eq!(&plan, failure.plan());
    let again = runner.run(SHOPS).plan(plan).await.unwrap();
    assert_eq!(again.result_json(), failure.actual().result_json());
}

fn failure(error: &Error) -> &ExplorationFailure {
    match error.kind() {
        ErrorKind::Exploration(failure) => failure,
        other => panic!("{other}"),
    }
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
#[ignore = "run by the test below, with a plan"]
async fn has_the_last_shop_last(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(SHOPS).await?.result::<String>()?, "Dee");
    Ok(())
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
async fn so_does_the_environment(runner: DurableRunner) {
    let (passes, output) = run_with("none", "has_the_last_shop_last");
    assert!(passes, "{output}");
    let reduced = runner.explore_orders(SHOPS).independent(["price"]);
    let message = reduced.await.unwrap_err().to_string();
    let (passes, output) = run_with(printed(&message), "has_the_last_shop_last");
    assert!(!passes && output.contains("right: \"Dee\""), "{output}");
}

/// Runs an ignored test of this module, with a plan in the environment; returns whether it passes, and its output.
fn run_with(plan: &str, test: &str) -> (bool, String) {
    let this = std::env::current_exe().unwrap();
    let test = format!("plans::{test}");
    let ran = std::process::Command::new(this)
        .env("DURABLE_PLAN", plan)
        .args(["--ignored", "--exact", &test])
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&ran.stdout).into_owned();
    (ran.status.success() && output.contains("1 passed"), output)
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
async fn what_a_run_does_not_reach_is_named(runner: DurableRunner) -> TestOutcome {
    for (plan, says) in [
        (
            "crash:99/after-stored",
            "CrashPoint::after_stored(99) never struck: the run made 18 checkpoint calls in 1 invocations",
        ),
        (
            "crash:\"prize\"/after-stored",
            "CrashPoint::after_stored(\"prize\") never struck",
        ),
        ("crash:9/response-lost", "never struck"),
        ("fault:99/throttled", "never struck"),
        (
            "order:0,7",
            "chooses option 7 at index 1, where the run offers 3",
        ),
        (
            "late:99",
            "delays checkpoint call 99, and the run makes no such call",
        ),
    ] {
        let run = runner.run(SHOPS).plan(plan.parse()?);
        let error = run.explore().await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains(says), "{plan}: {message}");
        assert!(message.contains(&format!("plan: {plan}")), "{message}");
        let hint = "explore again for one that fits the present ones";
        assert!(message.ends_with(hint), "{message}");
    }
    Ok(())
}

async fn cheapest(shops: Vec<String>, ctx: DurableContext) -> Result<Option<usize>, BoxError> {
    let prices = shops.into_iter().map(|shop| price(&ctx, shop).future());
    let prices = ctx.try_join_all(prices.collect::<Vec<_>>()).await?;
    Ok(prices.into_iter().min())
}

#[durable_test(handler = cheapest, local_only)]
#[ignore = "run by the test below, with a plan"]
async fn replays_what_it_recorded(runner: DurableRunner) -> TestOutcome {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("plans/slowest.json");
    runner.run(SHOPS).await?.save(&file)?;
    runner.replay(&file).await?;
    Ok(())
}

#[durable_test(handler = slowest, local_only)]
async fn a_replay_beside_a_plan_of_the_environment_is_refused(_runner: DurableRunner) {
    let (passes, output) = run_with("", "replays_what_it_recorded");
    assert!(passes, "{output}");
    let (passes, output) = run_with("crash:2/before-stored", "replays_what_it_recorded");
    let says = "recordings are replayed as they are, without the plan in `DURABLE_PLAN`";
    assert!(!passes && output.contains(says), "{output}");
}

static ASKED: AtomicU64 = AtomicU64::new(0);

/// Busy whenever it is asked for the third time, in whatever run.
#[durable_step]
async fn ask() -> Result<u64, BoxError> {
    if ASKED.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
        return Err("busy".into());
    }
    Ok(7)
}

async fn asks((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ask(&ctx).await?)
}

#[durable_test(handler = asks, local_only)]
async fn runs_of_one_plan_that_differ_make_no_claim(runner: DurableRunner) -> TestOutcome {
    let report = runner.run(()).explore().await?;

    assert!(!report.is_closed(), "{report}");
    assert!(!report.uncontrolled().is_empty(), "{report}");
    let text = report.to_string();
    let plan = report.uncontrolled().first().unwrap();
    let says = format!("two runs of the plan {plan} did not agree, or one did not reach all of it");
    assert!(text.contains(&says), "{text}");
    let reason = "not all is under the harness's control".to_owned();
    assert!(report.unclaimed().contains(&reason), "{text}");
    Ok(())
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
async fn a_failure_that_does_not_come_again_is_not_the_plans(runner: DurableRunner) {
    let checks = AtomicU64::new(0);
    let explored = runner.run(["Alma"]).explore().check(move |_| {
        assert_ne!(checks.fetch_add(1, Ordering::Relaxed), 3, "once");
        Ok(())
    });
    let error = explored.await.unwrap_err();

    let failure = failure(&error);
    assert!(
        matches!(failure.findings(), [Finding::Uncontrolled]),
        "{error}"
    );
    let plan = failure.plan();
    let says = format!("two runs of the plan {plan} do not agree: something is not under");
    assert!(error.to_string().contains(&says), "{error}");
}

static STARTED: AtomicU64 = AtomicU64::new(0);

/// Counts its invocations where no step holds the number.
async fn counts((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    STARTED.fetch_add(1, Ordering::Relaxed);
    ctx.wait(Duration::from_mins(1)).await?;
    Ok(7)
}

#[durable_test(handler = counts, local_only)]
async fn a_variant_that_makes_a_difference_is_named(runner: DurableRunner) -> TestOutcome {
    let explore = |limit: u64| {
        let explored = runner.run(()).explore().losses([]).orders(false);
        explored
            .setup(|| STARTED.store(0, Ordering::Relaxed))
            .check(move |_| {
                let started = STARTED.load(Ordering::Relaxed);
                assert!(started <= limit, "{started} invocations");
                Ok(())
            })
    };
    let error = explore(2).await.unwrap_err();
    let failed = failure(&error);
    assert_eq!(
        failed.plan().to_string(),
        "order:default;variant:empty-invocation"
    );
    assert_eq!(
        failed.deviations(),
        ["on the service's variant \"empty-invocation\""]
    );

    // Each of the five variants is tried once, and none is blamed.
    let report = explore(3).await?;
    assert_eq!(report.plans(), 6);
    Ok(())
}

thread_local! {
    /// Handlers and bodies run on the thread of their test.
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// Busy when it is asked for the third time, in whatever run.
#[durable_step]
async fn look() -> Result<u64, BoxError> {
    let looks = LOOKS.get() + 1;
    LOOKS.set(looks);
    if looks == 3 {
        return Err("busy".into());
    }
    Ok(7)
}

async fn looks((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(look(&ctx).await?)
}

#[durable_test(handler = looks, local_only)]
async fn one_of_a_few_plans_is_run_twice(runner: DurableRunner) -> TestOutcome {
    LOOKS.set(0);
    let explored = runner.run(()).explore().losses([]).orders(false);
    let report = explored.variants([Variant::PageOfOne]).await?;

    assert_eq!(report.plans(), 2, "{report}");
    assert_eq!(report.uncontrolled().len(), 1, "{report}");
    Ok(())
}

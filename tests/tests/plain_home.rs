//! Durable tests in an ordinary test target: each is a `#[test]` of libtest. Those that are to fail are ignored; a
//! test beside them runs each in a process of its own, and looks at what it says.
#![allow(
    clippy::exit,
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::ReplayReport;
use durable_workflow_tests::long_wait::long_wait;
use durable_workflow_tests::order::{Order, order_workflow};
use program::Ran;

#[path = "support/covered.rs"]
mod covered;
#[path = "support/program.rs"]
mod program;

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_durable_test_passes(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    assert_eq!(result.result::<Order>()?.order_id, "order-123");
    Ok(())
}

#[durable_test(handler = long_wait, lambda_function_name = "long_wait")]
async fn a_body_may_return_nothing(runner: DurableRunner) {
    let result = runner.run(json!({})).await.unwrap();

    assert_eq!(result.duration(), Duration::from_hours(1));
}

#[durable_test(handler = long_wait, lambda_function_name = "long_wait")]
async fn a_body_may_return_an_error_of_its_own(runner: DurableRunner) -> Result<(), String> {
    let result = runner.run(json!({})).await.map_err(|e| e.to_string())?;

    match result.result::<String>() {
        Ok(text) if text == "Complete" => Ok(()),
        other => Err(format!("unexpected: {other:?}")),
    }
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
#[ignore = "shows that an ignored test does not run"]
async fn an_ignored_test_does_not_run(_runner: DurableRunner) {
    panic!("this test was to be ignored");
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
#[should_panic(expected = "no step named \"delivery\"")]
async fn a_panic_can_be_expected(runner: DurableRunner) {
    let result = runner.run(json!({"order_id": "o-1"})).await.unwrap();

    let _ = result.get_step("delivery").unwrap();
}

#[durable_test(handler = long_wait, replay = "tests/histories/long-wait*.json")]
async fn recordings_are_replayed_in_one_test(replayed: ReplayReport) {
    assert!(replayed.is_to_the_end());
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_history_is_compared_with_a_snapshot_of_the_test(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    assert_history!(result);
    Ok(())
}

#[test]
fn plain_tests_stand_beside_durable_ones() {
    assert_eq!(
        durable_workflow_tests::combinators::with_retry::BookingSystem::default().calls(),
        0
    );
}

/// Runs one of the ignored tests in a process of its own.
fn run_alone(test: &str) -> Ran {
    let program = std::env::current_exe().unwrap();
    program::run_file(&program, &["--ignored", "--exact", test], &[])
}

#[durable_step]
fn quote(item: String) -> u64 {
    item.len() as u64
}

#[durable_execution]
async fn quotes(item: String, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(quote(&ctx, item).await?)
}

#[durable_execution]
async fn hangs(_event: (), _ctx: DurableContext) -> Result<(), BoxError> {
    loop {
        std::thread::park();
    }
}

#[durable_test(handler = quotes)]
#[ignore = "is to fail"]
async fn runs_nothing(runner: DurableRunner) {
    let _ = runner.run("tea");
}

#[test]
fn a_test_that_runs_nothing_fails() {
    let ran = run_alone("runs_nothing");

    assert_eq!(ran.code, Some(101), "{}", ran.out);
    assert!(ran.out.contains("the test ran nothing: "), "{}", ran.out);
}

#[durable_test(handler = quotes)]
#[ignore = "is to fail"]
async fn starts_and_leaves(runner: DurableRunner) {
    let _ = runner.start("tea").await;
}

#[test]
fn an_execution_that_is_started_and_left_fails_its_test() {
    let ran = run_alone("starts_and_leaves");

    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let expected = "the execution that was started at tests/tests/plain_home.rs:";
    assert!(ran.out.contains(expected), "{}", ran.out);
}

#[durable_test(handler = quotes)]
#[ignore = "is to fail"]
async fn expects_more_runs(runner: DurableRunner) -> TestOutcome {
    let quoted = runner.mock(quote);
    quoted.returns(3_u64).expects(2);
    runner.run("tea").await?.ensure_succeeded()?;
    Ok(())
}

#[test]
fn a_mock_that_ran_less_often_than_expected_fails_its_test_with_its_calls() {
    let ran = run_alone("expects_more_runs");

    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let expected = "the mock of `quote` expects 2 runs, but saw one run";
    assert!(ran.out.contains(expected), "{}", ran.out);
    assert!(ran.out.contains("  1. (\"tea\",)"), "{}", ran.out);
}

#[durable_test(handler = hangs)]
#[ignore = "ends the process"]
async fn blocks_its_thread(runner: DurableRunner) {
    let _ = runner.run(()).timeout(Duration::from_millis(50)).await;
}

#[test]
fn the_end_of_a_process_whose_thread_is_blocked_is_seen_past_the_capture() {
    let ran = run_alone("blocks_its_thread");

    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let expected =
        "the handler of function \"hangs\" has blocked its thread since its timeout of 50ms was up";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

/// An end of the process that no lint sees in the step.
fn leave() -> u64 {
    std::process::exit(0)
}

#[durable_step]
async fn leaves() -> u64 {
    leave()
}

#[durable_execution]
async fn calls_what_leaves(_event: (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(leaves(&ctx).spawn().await?)
}

#[durable_test(handler = calls_what_leaves)]
#[ignore = "ends the process"]
async fn ends_the_process(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = calls_what_leaves, flavor = "multi_thread", worker_threads = 2)]
#[ignore = "ends the process"]
async fn ends_the_process_on_another_thread(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = calls_what_leaves)]
#[ignore = "ends the process"]
async fn ends_the_process_in_an_exploration(runner: DurableRunner) -> TestOutcome {
    // The first run is on the thread of the test.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let steps = runner.mock(leaves);
    steps.with(|| match RUNS.fetch_add(1, Ordering::Relaxed) {
        0 => 0,
        _ => leave(),
    });
    runner.explore_crashes(()).threads(2).await?;
    Ok(())
}

#[test]
fn a_test_that_ends_the_process_does_not_pass() {
    for test in [
        "ends_the_process",
        "ends_the_process_on_another_thread",
        "ends_the_process_in_an_exploration",
    ] {
        let ran = run_alone(test);

        assert_ne!(ran.code, Some(0), "{test}: {}", ran.out);
        let expected = format!("durable-test: the test {test} ended its process");
        assert!(ran.err.contains(&expected), "{}", ran.err);
    }
}

/// In a test that no `#[durable_test]` makes, the runner reports it when it goes.
#[test]
#[should_panic(expected = "was left: the test neither drove it nor looked at it")]
fn a_runner_of_a_plain_test_reports_what_was_left() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let runner = DurableRunner::local(quotes).unwrap();
    drop(runtime.block_on(runner.start("tea").into_future()));
}

#[test]
fn coverage_is_left_here_too() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("DURABLE_COVERAGE", folder.path().to_str().unwrap())];
    let program = std::env::current_exe().unwrap();
    let ran = program::run_file(&program, &["--exact", "a_durable_test_passes"], &variables);
    assert_eq!(ran.code, Some(0), "{}", ran.out);

    let report = covered::coverage(folder.path()).to_json();
    let succeeded = |name: &str| covered::counts(&report, name)[0];
    assert_eq!((succeeded("order_workflow"), succeeded("quotes")), (1, 0));
}

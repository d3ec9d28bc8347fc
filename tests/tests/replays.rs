//! Every workflow of the library, saved to a file and replayed from it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "replays/effects.rs"]
mod effects;
#[path = "replays/files.rs"]
mod files;
#[path = "replays/unordered.rs"]
mod unordered;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::ReplayReport;
use durable_test::results::ErrorObject;
use durable_test::settings::Transport;
use durable_workflow_tests::long_wait::long_wait;
use durable_workflow_tests::order::order_workflow;
use serde_json::Value;

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_workflow_fits_its_own_history(_runner: DurableRunner) -> TestOutcome {
    for case in catalogue::all() {
        for transport in [Transport::InProcess, Transport::Http] {
            let (runner, result) = case.run_kept(transport).await?;
            let file = folder("library").join(format!("{}.json", case.name));
            result.save(&file)?;

            let report = runner.replay(&file).await?;
            assert_eq!(
                report.is_to_the_end(),
                result.error().is_none_or(is_the_handlers),
                "{report}"
            );
            assert_eq!(report.operations(), result.operations().len(), "{report}");
        }
    }
    Ok(())
}

/// Whether an error is what a handler returned.
fn is_the_handlers(error: &ErrorObject) -> bool {
    error.error_type() != Some("CheckpointFailedError")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[durable_test(handler = long_wait, replay = "tests/histories/long-wait*.json")]
async fn old_histories_still_fit(replayed: ReplayReport) {
    assert!(replayed.is_to_the_end());
    assert_eq!(replayed.compared(), replayed.operations());
}

#[durable_test(handler = long_wait, replay = "tests/histories/long-wait*.json")]
async fn a_body_may_be_empty() {}

/// The same with another end.
async fn other_end(event: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    long_wait(event, ctx).await?;
    Ok(7)
}

#[durable_test(handler = other_end, replay = "tests/histories/long-wait*.json", allow(changes))]
async fn a_difference_can_be_allowed(replayed: ReplayReport) {
    assert_eq!(replayed.accepted().len(), 1);
}

/// Whether somebody was here before.
static VISITED: AtomicBool = AtomicBool::new(true);

fn forget_visits() {
    VISITED.store(false, Ordering::Relaxed);
}

/// Goes another way where somebody was before.
async fn minds_visits(event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    if VISITED.load(Ordering::Relaxed) {
        return Err("somebody was here before".into());
    }
    long_wait(event, ctx).await
}

#[durable_test(
    handler = minds_visits,
    replay = "tests/histories/long-wait*.json",
    setup = forget_visits
)]
async fn state_is_reset_before_each_recording() {
    VISITED.store(true, Ordering::Relaxed);
}

static REPETITIONS: AtomicU32 = AtomicU32::new(0);

fn forget_repetitions() {
    REPETITIONS.store(7, Ordering::Relaxed);
}

#[durable_test(handler = long_wait, repeat = 3, setup = forget_repetitions, local_only)]
async fn state_is_reset_before_each_repetition(_runner: DurableRunner) {
    assert_eq!(REPETITIONS.fetch_add(1, Ordering::Relaxed), 7);
}

#[durable_test(handler = long_wait, setup = || panic!("no state"), should_panic = "no state", local_only)]
async fn a_panic_of_the_setup_fails_the_test(_runner: DurableRunner) {}

durable_test::main!();

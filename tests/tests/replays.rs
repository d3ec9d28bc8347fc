//! Every workflow of the library, saved to a file and replayed from it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "replays/effects.rs"]
mod effects;
#[path = "replays/files.rs"]
mod files;

use std::path::{Path, PathBuf};

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

durable_test::main!();

//! The history of every workflow, compared with the one under `snapshots/`.
//!
//! `INSTA_UPDATE=always cargo test --test golden` accepts the present histories.

#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "support/history.rs"]
mod history;

use durable_test::prelude::*;
use durable_test::settings::Transport;
use durable_workflow_tests::order::order_workflow;

/// Runs every workflow on a host of its own; the runner of this test is not used by the others.
#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn every_history_matches_its_snapshot(_runner: DurableRunner) -> TestOutcome {
    for case in catalogue::all() {
        let result = case.run(Transport::default()).await?;
        insta::with_settings!({ prepend_module_to_snapshot => false, description => case.handler }, {
            insta::assert_snapshot!(case.name, history::compact(&result));
        });
    }
    Ok(())
}

durable_test::main!();

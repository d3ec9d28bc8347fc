//! Every workflow of the library in the orders of its concurrent events: none of them is blamed for what it
//! does not do. `crashes/workflows.rs` has them with a crash at every checkpoint.

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, ExploreOrders, Loss};
use durable_test::prelude::*;
use durable_test::settings::Transport;

use crate::catalogue::{self, Case};
use crate::repetitions::repetitions;

/// Workflows whose outcome does depend on the order, as they are meant to: the first ones win, or the first
/// failure ends the rest.
const RACES: [&str; 7] = [
    "map-until-two",
    "parallel-first",
    "try-join-all-fails",
    "select-ok",
    "race-of-waits",
    "race-of-contexts",
    "race-to-failure",
];

async fn nothing((): (), _: DurableContext) -> Result<(), BoxError> {
    Ok(())
}

fn exploration(case: &Case, runs: usize, seed: u64) -> Result<ExploreOrders, durable_test::Error> {
    let exploration = case.explore_orders(Transport::InProcess)?.seed(seed);
    let exploration = exploration.budget(runs).allow(Allow::lost_token());
    if RACES.contains(&case.name) {
        return Ok(exploration
            .allow(Allow::outcome_if(|_, _| true))
            .allow(Allow::operations()));
    }
    Ok(exploration)
}

async fn agree(runs: usize) {
    let mut failures = Vec::new();
    for seed in repetitions() {
        for case in catalogue::all() {
            // The booking system of these keeps state across runs.
            if case.name.starts_with("with-retry") {
                continue;
            }
            if let Err(error) = exploration(&case, runs, seed).unwrap().await {
                failures.push(format!("{} ({seed}): {error}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[durable_test(handler = nothing, local_only)]
async fn the_orders_of_every_workflow_agree(runner: DurableRunner) {
    runner.run(()).await.unwrap();
    agree(40).await;
}

/// Crashes, orders and variants of the service together.
#[durable_test(handler = nothing, local_only)]
async fn every_workflow_survives_every_plan(runner: DurableRunner) {
    runner.run(()).await.unwrap();
    let mut failures = Vec::new();
    for case in catalogue::all() {
        if case.name.starts_with("with-retry") {
            continue;
        }
        for (losses, budget) in [(&[][..], 20), (Loss::ALL, 10)] {
            let exploration = case.explore_all(Transport::InProcess).unwrap();
            let exploration = exploration.losses(losses.iter().copied()).budget(budget);
            let exploration = exploration.allow(Allow::lost_token());
            let exploration = if RACES.contains(&case.name) {
                let exploration = exploration.allow(Allow::outcome_if(|_, _| true));
                exploration.allow(Allow::operations())
            } else {
                exploration
            };
            match exploration.await {
                Ok(report) if report.uncontrolled().is_empty() => {}
                Ok(report) => failures.push(format!("{}: {report}", case.name)),
                Err(error) => failures.push(format!("{}: {error}", case.name)),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[durable_test(handler = nothing, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn the_orders_of_every_workflow_agree_on_several_threads(runner: DurableRunner) {
    runner.run(()).await.unwrap();
    agree(4).await;
}

use std::collections::BTreeSet;

use durable_runtime::{HandlerEntry, handlers};
use durable_test::prelude::*;
use durable_test::settings::Transport;
use durable_workflow_tests::order::order_workflow;

use crate::catalogue;

/// Workflows that run a hundred times: branches, items, retries, waits, a race,
/// callbacks, calls of other functions.
const REPEATED: [&str; 11] = [
    "order",
    "parallel-ops",
    "retry",
    "map",
    "parallel-paced",
    "parallel-in-map",
    "race-of-contexts",
    "with-retry",
    "approval",
    "review-beside-timer",
    "two-payments",
];

#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn a_hundred_runs_have_one_history(_runner: DurableRunner) -> TestOutcome {
    let cases = catalogue::all();
    for name in REPEATED {
        let case = cases.iter().find(|case| case.name == name);
        let case = case.expect("the catalogue has every repeated workflow");
        let first = case.run(Transport::default()).await?;
        let first = serde_json::to_string(&first.history_json())?;
        for run in 2..=100 {
            let again = case.run(Transport::default()).await?;
            let again = serde_json::to_string(&again.history_json())?;
            assert_eq!(again, first, "run {run} of {name}");
        }
    }
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn both_transports_produce_the_same_history(_runner: DurableRunner) -> TestOutcome {
    for case in catalogue::all() {
        let wire = case.run(Transport::Http).await?;
        let short = case.run(Transport::InProcess).await?;
        assert_eq!(wire.history_json(), short.history_json(), "{}", case.name);
    }
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it makes a runner of its own")]
async fn the_catalogue_holds_every_registered_workflow(_runner: DurableRunner) -> TestOutcome {
    let listed: BTreeSet<&str> = catalogue::all().iter().map(|case| case.handler).collect();
    let missing: Vec<&str> = handlers()
        .into_iter()
        .filter(|entry| entry.module().starts_with("durable_workflow_tests"))
        .map(HandlerEntry::name)
        .filter(|name| !listed.contains(name))
        .collect();
    assert!(missing.is_empty(), "not in the catalogue: {missing:?}");
    // The one workflow that takes a dependency is not registered.
    assert_eq!(listed.len(), 45);
    Ok(())
}

//! `#[durable_test]` in a target with `harness = false`: there are no plain tests, and the registry is complete.
#![deny(warnings)]

use durable_runtime::prelude::*;
use durable_test::__private::{TestEntry, inventory};
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow)]
async fn passes(_runner: DurableRunner) -> TestOutcome {
    Ok(())
}

#[durable_test(handler = workflow)]
#[ignore = "slow"]
#[should_panic]
async fn is_ignored(_runner: DurableRunner) {}

fn main() {
    let entries = inventory::iter::<TestEntry>.into_iter();
    let mut names: Vec<_> = entries.map(|entry| entry.0.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["is_ignored", "passes"]);
}

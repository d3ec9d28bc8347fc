//! Crashes at every point, one after the other, and faults on demand.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "crashes/bodies.rs"]
mod bodies;
#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "crashes/comparison.rs"]
mod comparison;
#[path = "crashes/exploration.rs"]
mod exploration;
#[path = "crashes/faults.rs"]
mod faults;
#[path = "crashes/ledger.rs"]
mod ledger;
#[path = "crashes/leftovers.rs"]
mod leftovers;
#[path = "crashes/merged.rs"]
mod merged;
#[path = "crashes/workflows.rs"]
mod workflows;

durable_test::main!();

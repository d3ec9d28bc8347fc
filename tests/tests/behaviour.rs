//! What must hold beyond the workflows: repeatability, limits, crashes, errors, time limits, names.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "behaviour/crashes.rs"]
mod crashes;
#[path = "behaviour/errors.rs"]
mod errors;
#[path = "behaviour/handlers.rs"]
mod handlers;
#[path = "behaviour/large_batches.rs"]
mod large_batches;
#[path = "behaviour/limits.rs"]
mod limits;
#[path = "behaviour/lookups.rs"]
mod lookups;
#[path = "behaviour/names.rs"]
mod names;
#[path = "behaviour/repeatability.rs"]
mod repeatability;
#[path = "behaviour/runtimes.rs"]
mod runtimes;
#[path = "behaviour/selectors.rs"]
mod selectors;
#[path = "behaviour/time_limits.rs"]
mod time_limits;

fn main() -> std::process::ExitCode {
    durable_workflow_tests::target::main(durable_test::harness::main)
}

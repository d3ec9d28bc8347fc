//! Chained invokes: parents and children, plain functions, and missing targets.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "invokes/blocks.rs"]
mod blocks;
#[path = "invokes/children.rs"]
mod children;
#[path = "invokes/plain.rs"]
mod plain;
#[path = "invokes/targets.rs"]
mod targets;

fn main() -> std::process::ExitCode {
    durable_workflow_tests::target::main(durable_test::harness::main)
}

//! The deployed form of all workflows of this crate: each function is configured with the name of its
//! handler.

use std::process::ExitCode;

fn main() -> ExitCode {
    durable_workflow_tests::target::bootstrap()
}

//! The official requirements for SDKs and service that the Rust SDK can express; each test names
//! the requirement that it stands for. `CONFORMANCE.md` has the list.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "conformance/callback.rs"]
mod callback;
#[path = "conformance/child.rs"]
mod child;
#[path = "support/expect.rs"]
mod expect;
#[path = "conformance/invoke.rs"]
mod invoke;
#[path = "conformance/map.rs"]
mod map;
#[path = "conformance/matcher.rs"]
mod matcher;
#[path = "conformance/parallel.rs"]
mod parallel;
#[path = "conformance/projection.rs"]
mod projection;
#[path = "support/replays.rs"]
mod replays;
#[path = "conformance/step.rs"]
mod step;
#[path = "conformance/wait.rs"]
mod wait;
#[path = "conformance/wait_for_callback.rs"]
mod wait_for_callback;
#[path = "conformance/wait_for_condition.rs"]
mod wait_for_condition;

fn main() -> std::process::ExitCode {
    durable_workflow_tests::target::main()
}

//! The conformance requirements that AWS publishes for its durable execution SDKs, as far as the Rust
//! SDK can express them.
//!
//! A requirement describes a handler, its input, the events from outside, and the result and history that SDK
//! and service must show; AWS runs them against the service itself (`test-requirements/SUITE/NUMBER.yaml` in
//! aws/aws-durable-execution-conformance-tests). They are numbered by suite and requirement:
//! `requirement_9_5_…` stands for requirement 9-5, the fifth of suite 9. They are not the sections of
//! docs/service.md. `CONFORMANCE.md` has the list, with what is met.
//!
//! | Suite | Subject | Module |
//! |---|---|---|
//! | 1 | steps | `step` |
//! | 2 | waits | `wait` |
//! | 3 | child contexts | `child` |
//! | 4 | callbacks | `callback` |
//! | 5 | chained invokes | `invoke` |
//! | 6 | waits for a condition | `wait_for_condition` |
//! | 7 | waits for a callback | `wait_for_callback` |
//! | 8 | parallel branches | `parallel` |
//! | 9 | maps | `map` |

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "conformance/callback.rs"]
mod callback;
#[path = "conformance/child.rs"]
mod child;
#[path = "support/expect.rs"]
mod expect;
#[path = "conformance/explored.rs"]
mod explored;
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
#[path = "support/repetitions.rs"]
mod repetitions;
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
    durable_workflow_tests::target::main(durable_test::harness::main)
}

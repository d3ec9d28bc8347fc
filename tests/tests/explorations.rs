//! Explorations of plain steps, whose bodies no hook can hold, and of the SDK's own behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test is to fail if its assumption does not hold"
)]

#[path = "explorations/allowed.rs"]
mod allowed;
#[path = "support/catalogue.rs"]
mod catalogue;
#[path = "explorations/claims.rs"]
mod claims;
#[path = "explorations/invokes.rs"]
mod invokes;
#[path = "explorations/limits.rs"]
mod limits;
#[path = "explorations/plain_steps.rs"]
mod plain_steps;
#[path = "explorations/plans.rs"]
mod plans;
#[path = "explorations/reduction.rs"]
mod reduction;
#[path = "support/repetitions.rs"]
mod repetitions;
#[path = "explorations/size.rs"]
mod size;
#[path = "explorations/unstable.rs"]
mod unstable;
#[path = "explorations/whole.rs"]
mod whole;
#[path = "explorations/workflows.rs"]
mod workflows;

durable_test::main!();

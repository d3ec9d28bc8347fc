//! What the service does with the calls of a function, rule by rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something else than it expects is to panic"
)]

#[path = "service/function.rs"]
mod function;

#[path = "service/batches.rs"]
mod batches;
#[path = "service/callbacks.rs"]
mod callbacks;
#[path = "service/chained_invokes.rs"]
mod chained_invokes;
#[path = "service/contexts.rs"]
mod contexts;
#[path = "service/endings.rs"]
mod endings;
#[path = "service/invocations.rs"]
mod invocations;
#[path = "service/invoke.rs"]
mod invoke;
#[path = "service/limits.rs"]
mod limits;
#[path = "service/names.rs"]
mod names;
#[path = "service/pauses.rs"]
mod pauses;
#[path = "service/queries.rs"]
mod queries;
#[path = "service/restarts.rs"]
mod restarts;
#[path = "service/schedule.rs"]
mod schedule;
#[path = "service/skips.rs"]
mod skips;
#[path = "service/starts.rs"]
mod starts;
#[path = "service/state.rs"]
mod state;
#[path = "service/steps.rs"]
mod steps;
#[path = "service/timers.rs"]
mod timers;
#[path = "service/tokens.rs"]
mod tokens;
#[path = "service/waits.rs"]
mod waits;

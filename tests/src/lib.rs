//! Workflows written as users of the harness write them, each with its tests under `tests/`.
//!
//! The first modules are the patterns of the guide "Testing patterns", one each; [`combinators`]
//! shows the SDK's ways to run operations side by side, and [`time`] workflows whose point is how
//! long they take.

pub mod child_context;
pub mod combinators;
pub mod conditional;
pub mod long_wait;
pub mod max_attempts;
pub mod multiple_contexts;
pub mod order;
pub mod parallel_collection;
pub mod parallel_ops;
pub mod partial_failure;
pub mod polling;
pub mod retry;
pub mod time;
pub mod validation;

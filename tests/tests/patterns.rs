//! The patterns of the guide "Testing patterns": what ran, in which order, and with which results.

#[path = "patterns/callback_timeout.rs"]
mod callback_timeout;
#[path = "patterns/child_context.rs"]
mod child_context;
#[path = "patterns/conditional.rs"]
mod conditional;
#[path = "patterns/long_wait.rs"]
mod long_wait;
#[path = "patterns/max_attempts.rs"]
mod max_attempts;
#[path = "patterns/multiple_contexts.rs"]
mod multiple_contexts;
#[path = "patterns/order.rs"]
mod order;
#[path = "patterns/parallel_collection.rs"]
mod parallel_collection;
#[path = "patterns/parallel_ops.rs"]
mod parallel_ops;
#[path = "patterns/partial_failure.rs"]
mod partial_failure;
#[path = "patterns/polling.rs"]
mod polling;
#[path = "patterns/retry.rs"]
mod retry;
#[path = "patterns/validation.rs"]
mod validation;

durable_test::main!();

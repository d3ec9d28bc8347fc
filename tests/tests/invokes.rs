//! Chained invokes: parents and children, plain functions, and targets that are not there.
//!
//! No deployed function is called `local-only`: what is tested under that name is the local mode's.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "invokes/blocks.rs"]
mod blocks;
#[path = "invokes/children.rs"]
mod children;
#[path = "invokes/plain.rs"]
mod plain;
#[path = "invokes/targets.rs"]
mod targets;

durable_test::main!();

//! Uses the code that the macros expand to.
#![deny(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    unused_qualifications,
    warnings,
    clippy::pedantic
)]

mod allowed;
mod children;
mod durable_tests;
mod handlers;
mod lints;
pub mod public;
mod steps;

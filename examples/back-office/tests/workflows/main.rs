//! The five workflows, each with the kinds of tests that fit it.

mod agent;
mod batch;
mod billing;
mod loan;
mod trip;

durable_test::main!();

//! Mocks of steps, blocks and called functions, and handlers over a test's own clients.

#[path = "mocks/blocks.rs"]
mod blocks;
#[path = "mocks/clients.rs"]
mod clients;
#[path = "mocks/expectations.rs"]
mod expectations;
#[path = "mocks/explorations.rs"]
mod explorations;
#[path = "mocks/functions.rs"]
mod functions;
#[path = "mocks/names.rs"]
mod names;
#[path = "mocks/steps.rs"]
mod steps;

durable_test::main!();

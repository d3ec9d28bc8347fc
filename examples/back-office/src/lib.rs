//! The back office of a company: five durable workflows, deployed as one program.
//!
//! | Handler | What it shows |
//! |---|---|
//! | [`loan_approval`] | people who answer, or do not: callbacks with timeouts, and an escalation |
//! | [`nightly_batch`] | 200 accounts side by side, of which a few may fail |
//! | [`trip_saga`] | bookings that are undone, in reverse, when a later one fails |
//! | [`agent()`] | a language model in a loop, its tools, and a person above it; its client is an argument |
//! | [`year_of_billing`] | a year of waits, a cancellation at any time, and another durable function, [`payments`], that takes the money |
//!
//! The outside world (credit bureau, ledger, travel agency, model, bank) is simulated by rules that depend on
//! nothing but the input, so that every run of a workflow repeats.

pub mod agent;
pub mod batch;
pub mod billing;
mod callback;
pub mod loan;
pub mod trip;

pub use agent::agent;
pub use batch::nightly_batch;
pub use billing::{payments, year_of_billing};
pub use loan::loan_approval;
pub use trip::trip_saga;

//! What version 0.1.0 of the AWS SDK writes into histories and messages.
//!
//! The one place that knows: names of kinds, texts of errors, shapes of records, and what a replay
//! renders otherwise than the live run. Tests of the in-process host hold each against the SDK itself, so that
//! another version of it breaks this folder, and breaks it loudly.

pub mod batches;
mod brackets;
mod debug_form;
pub mod equality;
pub mod errors;
mod frames;
pub mod input;
pub mod mismatch;
mod missing_records;
pub mod payload;
pub mod readable;
pub mod retry_delays;
mod sketch;
pub mod stack_traces;
pub mod sub_types;
mod traces;

pub use sketch::OperationSketch;

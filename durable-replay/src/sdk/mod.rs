//! What version 0.1.0 of the AWS SDK writes into histories and messages.
//!
//! The one place that knows: names of kinds, texts of errors, shapes of records, and what a replay
//! renders otherwise than the live run. Tests of the in-process host hold each against the SDK itself, so that
//! another version of it breaks this folder, and breaks it loudly.
//!
//! ```
//! use durable_replay::sdk::{equality, errors, input, payload, sub_types};
//! use durable_service::model::{ErrorObject, OperationType};
//!
//! // Values are compared as JSON, and an array of a `HashSet` can be told from another list.
//! assert!(payload::json_eq(Some(r#"{"a": 1, "b": 2}"#), Some(r#"{"b":2,"a":1}"#)));
//! assert!(payload::differ_in_order_alone(Some("[1,2]"), Some("[2,1]")));
//! assert!(equality::text_eq("the same", "the same"));
//!
//! // What is known of errors and of kinds.
//! assert!(errors::is_not_the_handlers(&ErrorObject::new("Runtime.ExitError", "exit status: 1")));
//! assert_eq!(input::refused_input("a message of the handler"), None);
//! assert_eq!(sub_types::usual(OperationType::Wait), "Wait");
//! ```

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

//! Shows executions of AWS Lambda durable functions as text.
//!
//! The failure reports of tests and the command-line interface use this crate. It is pure: it turns values
//! of [`durable_service::model`] into text, and equal executions have equal texts.
//!
//! - [`Outline`] arranges operations as a tree, and labels each. Use it also to find an operation that a
//!   user names, so that the labels are the same.
//! - [`Drawing`] shows an execution as that tree, with statuses, times and attempts.
//! - [`Timeline`] shows it over time: as text, SVG, HTML or Mermaid.
//! - [`event_details`] sums up an event on one line.
//! - [`human`] and [`seconds`] format durations; [`shortened`], [`one_line`] and [`payload_line`] shorten
//!   texts; [`visible`] escapes what a screen does not show.
//!
//! # Example
//!
//! ```
//! use durable_service::fold::Fold;
//! use durable_service::wire::read;
//! use durable_view::{Drawing, Outline};
//! use serde_json::json;
//!
//! let events = [
//!     json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
//!            "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}}),
//!     json!({"EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1",
//!            "SubType": "Wait", "Name": "cool-off",
//!            "WaitStartedDetails": {"Duration": 3900, "ScheduledEndTimestamp": 3901}}),
//! ];
//! let events = events.iter().map(read::event).collect::<Result<Vec<_>, _>>()?;
//!
//! let fold = Fold::of(&events);
//! let outline = Outline::new(fold.operations().cloned().collect());
//! let execution = fold.execution().ok_or("the history has no start")?;
//! let drawing = Drawing {
//!     function: "order_workflow",
//!     status: fold.status(),
//!     error: fold.error(),
//!     started_at: execution.started_at,
//!     ended_at: execution.ended_at,
//!     seen_at: execution.started_at.after_seconds(61),
//!     invocations: fold.invocations().len(),
//!     outline: &outline,
//! };
//!
//! assert_eq!(
//!     drawing.to_string(),
//!     "order_workflow: RUNNING after 1m 1s (0 invocations)\n\
//!      └─ cool-off  wait  STARTED  +1s for 1m  due 1970-01-01T01:05:01.000Z"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod coverage;
mod drawing;
mod event_details;
mod fold;
mod outline;
#[cfg(test)]
mod testing;
pub mod timeline;
mod words;

pub use drawing::Drawing;
pub use event_details::event_details;
pub use outline::{Node, Outline};
pub use timeline::Timeline;
pub use words::{count, human, one_line, payload_line, seconds, shortened, visible, visible_lines};

//! The in-process host: handlers run on this thread, on the real SDK, against a local durable
//! execution service with a virtual clock.
//!
//! The SDK is unchanged; it is given an AWS client whose calls end in the local service (the
//! `client` module). [`LocalHost::run_until_closed`] is the loop that AWS would be: it invokes the
//! handler, lets it suspend, moves the clock to the next due time when no invocation is in flight,
//! and invokes it again with the recorded state.
//!
//! To test functions, use the crate `durable-test`, which is made of this one. Use this one to build another
//! harness, or a simulation of many executions.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use durable_host::{DriveLimits, HostSettings, LocalHost};
//! use durable_runtime::IntoService as _;
//! use durable_runtime::prelude::*;
//! use durable_service::StartRequest;
//! use durable_service::model::ExecutionStatus;
//!
//! async fn sleeper(_: (), ctx: DurableContext) -> Result<(), BoxError> {
//!     ctx.wait(Duration::from_hours(24)).await?;
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = LocalHost::new(HostSettings::default());
//! host.register("sleeper", |options| sleeper.into_service(options))?;
//! let arn = host.start(StartRequest::new("sleeper", "null"))?;
//!
//! let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
//! host.run_until_closed(&arn, limits).await?;
//!
//! let status = host.with_execution(&arn, |execution| execution.status())?;
//! assert_eq!(status, ExecutionStatus::Succeeded);
//! assert_eq!(host.invocations(), 2);
//! # Ok(())
//! # }
//! ```

mod attended;
mod client;
#[doc(hidden)]
pub mod coverage;
mod drive;
mod error;
mod first_pages;
mod host;
mod invoke;
mod newest_first;
mod panic_location;
mod plain;
pub mod quiescence;
mod replay;
pub mod reply;
mod schedule;
#[cfg(test)]
mod sdk_facts;
mod stand_ins;
mod steps;
#[doc(hidden)]
pub mod timeline;
mod variants;
mod vigil;
mod waiting;
mod watchdog;
mod world;

pub use attended::{Seen, seen};
pub use client::Transport;
pub use drive::{DriveLimits, Reached, Until};
pub use durable_replay::sdk::OperationSketch;
pub use durable_replay::{
    Accepted, Checked, Difference, Divergence, Effect, Nondeterminism, Outcome, Replay, names, sdk,
};
pub use error::LocalError;
pub use host::{HostSettings, LocalHost};
pub use plain::{PlainFunction, PlainFuture, plain_function};
pub use replay::{as_one_of_several, is_replayed, note_replayed};
pub use reply::{CallbackReply, CallbackRequest, IntoResponder, Responder};
pub use schedule::{Among, Choice, MissedChoice, Order, Scheduler, SeenCall};
pub use stand_ins::{FunctionStandIn, Run, StandIn, StandIns};
pub use variants::Variants;
pub use world::{
    Body, BodyEnd, BodyWatcher, CallFault, CallMark, CallTrace, Caller, Calls, Cause, Fault, Hold,
    Instant, InvocationFault, LostToken, NoteStates, OutsideWait, SeenState, Trace, UpdateTrace,
    WokenBy,
};

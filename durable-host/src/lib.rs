//! The in-process host: handlers run on this thread, on the real SDK, against a local durable
//! execution service with a virtual clock.
//!
//! The SDK is unchanged; it is given an AWS client whose calls end in the local service (the
//! `client` module). [`LocalHost::run_until_closed`] is the loop that AWS would be: it invokes the
//! handler, lets it suspend, moves the clock to the next due time when no invocation is in flight,
//! and invokes it again with the recorded state.

mod agenda;
mod bodies;
mod callbacks;
mod client;
mod clock;
mod drive;
mod error;
mod flight;
mod guard;
mod host;
mod invoke;
mod orders;
mod plain;
mod plan;
mod quiet;
mod replay;
pub mod same;
mod slow;
mod stack_trace;
mod steps;
mod trace;
mod world;

pub use bodies::{Body, BodyEnd, BodyWatcher, Hold};
pub use callbacks::callback_name;
pub use client::Transport;
pub use drive::{DriveLimits, Reached, Until};
pub use durable_runtime::reply::{CallbackReply, CallbackRequest, IntoResponder, Responder};
pub use error::LocalError;
pub use host::{HostSettings, LocalHost};
pub use orders::{Choice, MissedChoice, Order, OrderKeeper};
pub use plain::{PlainFunction, PlainFuture, plain_function};
pub use plan::{CallFault, Calls, Fault, InvocationFault};
pub use replay::{Divergence, OperationSketch, Outcome, Replay};
pub use trace::{CallTrace, Cause, Trace, UpdateTrace};

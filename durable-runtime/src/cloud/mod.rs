//! Cloud mode: runs deployed functions through AWS's API, or through another endpoint of it.
//!
//! [`CloudRunner::start`] invokes a function with the invocation type `Event` under a name of its own,
//! so that a repeated call never starts a second execution. [`CloudExecution::drive`] polls its
//! status at growing intervals, answers callbacks meanwhile, and [`CloudExecution::snapshot`] reads
//! what it did: its whole history, and those of the executions that it called.
//!
//! All calls are made on one background runtime of the process with one client for each endpoint, so
//! that a test may have any runtime, with a paused clock too.
//!
//! # Permissions
//!
//! A caller needs `lambda:InvokeFunction`, `lambda:GetDurableExecution` and
//! `lambda:GetDurableExecutionHistory` on the functions; to complete callbacks
//! `lambda:SendDurableExecutionCallbackSuccess`, `lambda:SendDurableExecutionCallbackFailure` and
//! `lambda:SendDurableExecutionCallbackHeartbeat`; to stop executions `lambda:StopDurableExecution`.

mod api;
mod background;
mod client;
mod error;
mod execution;
mod failure;
mod pace;
mod progress;
mod replies;
mod runner;
mod snapshot;

pub use crate::reply::{CallbackReply, CallbackRequest, IntoResponder, Responder};
pub use error::{CloudError, Place};
pub use execution::{CloudExecution, Reached, Until};
pub use failure::{Failure, FailureKind};
pub use runner::{CloudRunner, StartCloud};
pub use snapshot::{CalledExecution, CloudSnapshot};

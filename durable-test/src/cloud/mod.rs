//! Cloud mode: runs deployed functions through AWS's API, or through another endpoint of it.
//!
//! A run invokes its function with the invocation type `Event` under a unique execution name, so that a
//! repeated call never starts a second execution. It polls the status of the execution at growing
//! intervals, answers callbacks meanwhile, and reads the whole history, with those of the executions
//! that it called.
//!
//! All calls are made on one background runtime of the process with one client for each endpoint, so that a
//! test may use any runtime, even one with a paused clock.
//!
//! # Permissions
//!
//! A caller needs `lambda:InvokeFunction`, `lambda:GetDurableExecution` and
//! `lambda:GetDurableExecutionHistory` on the functions; to complete callbacks
//! `lambda:SendDurableExecutionCallbackSuccess`, `lambda:SendDurableExecutionCallbackFailure` and
//! `lambda:SendDurableExecutionCallbackHeartbeat`; to stop executions `lambda:StopDurableExecution`.
//!
//! [`DurableRunner::cloud`](crate::DurableRunner::cloud) makes a runner for a function; a test has one if `DURABLE_RUNNER_MODE` is
//! `cloud` ([`settings`](crate::settings)).

mod api;
mod background;
mod error;
mod execution;
mod pace;
mod progress;
mod replies;
mod runner;
mod snapshot;

pub use durable_client::{Failure, FailureKind, Location};
pub use error::{CallbackAct, CloudError};

pub(crate) use execution::{CloudExecution, Reached, Until};
pub(crate) use runner::{CloudRunner, StartCloud};
pub(crate) use snapshot::CloudSnapshot;

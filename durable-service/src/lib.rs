//! The AWS Lambda durable execution service as a deterministic state machine.
//!
//! This crate does no I/O, reads no clock and draws no random number: `now` is an argument of every
//! call that needs it, effects are return values, and ids, tokens and times of equal runs are
//! equal byte for byte. An in-process test host, an HTTP server or a fuzzer can drive the same
//! code.
//!
//! - [`Service`] holds executions: it starts them and answers the calls that a running function makes. A
//!   host drives it by three verbs: [`poll`](Service::poll) returns what to do next,
//!   [`poll_timeout`](Service::poll_timeout) when something is due, and
//!   [`handle_timeout`](Service::handle_timeout) fires what is due, in the order of a [`Schedule`].
//! - [`Execution`] is one durable execution: its operations, history, token and timers.
//! - [`model`] holds the values: ids, [`Operation`](model::Operation)s, [`Event`](model::Event)s,
//!   errors, updates.
//! - [`storage`] holds the records by which a service outlives a restart.
//! - [`wire`] holds the JSON shapes of the invocation event and of the API.
//! - [`fold`] rebuilds operations from events, and [`recording`] stores a history in a file.
//!
//! # What it follows
//!
//! How the service behaves is described in the repository, in `docs/service.md`: what the API model of
//! AWS Lambda, its documentation and observations of the service say. Comments cite its sections by
//! number, as in "docs/service.md, 5.4". Where these sources disagree or are silent, its section 10
//! names the choice that this crate makes and the alternatives; a choice that can be set is a field of
//! [`Policy`] or [`Limits`].
//!
//! # Example
//!
//! ```
//! use durable_service::model::{ExecutionStatus, Timestamp};
//! use durable_service::{
//!     InlineTimers, InvocationOutcome, Service, ServiceSettings, StartRequest, Work,
//! };
//!
//! let mut service = Service::new(ServiceSettings::default());
//! let now = Timestamp::from_millis(0);
//! let arn = service.start(now, StartRequest::new("hello", "{}"))?.arn;
//!
//! assert_eq!(service.poll(now), Some(Work::Invoke(arn.clone())));
//! let id = service.start_invocation(now, &arn)?.request_id;
//! let answer = serde_json::json!({"Status": "SUCCEEDED", "Result": "\"hi\""});
//! let outcome = InvocationOutcome::Returned(answer);
//! service.complete_invocation(now, &arn, &id, outcome, InlineTimers::Fire)?;
//!
//! assert_eq!(service.execution(&arn)?.status(), ExecutionStatus::Succeeded);
//! # Ok::<(), durable_service::ServiceError>(())
//! ```

mod callback_id;
mod change_count;
mod error;
mod execution;
pub mod fold;
mod functions;
mod history;
mod limits;
mod map;
pub mod model;
pub mod recording;
mod service;
pub mod storage;
mod token;
mod transitions;
mod validation;
pub mod wire;

pub use error::ServiceError;
pub use execution::{
    Caller, CheckpointRequest, CheckpointResponse, Execution, InlineTimers, InvocationInput,
    InvocationOutcome, InvocationRecord, PauseRequest, StatePage, needed_by_replay,
};
pub use functions::{DurableSettings, FunctionSettings, Published, Tenancy};
pub use limits::{Limits, Policy};
pub use service::{
    DueOperation, DueOrder, EventPage, ExecutionList, Family, Idle, InvokeRequest, Invoked,
    InvokedAs, ListRequest, Next, PlainInvocation, PlainOutcome, Schedule, Service,
    ServiceSettings, Skip, StartRequest, Started, Work,
};

//! The values of the service: ids, times, operations, updates, events, errors.
//!
//! # Example
//!
//! A function stores an [`OperationUpdate`], the service answers with the [`Operation`] that it made of it, and a reader of the
//! execution sees [`Event`]s.
//!
//! ```
//! use durable_service::model::{
//!     EventDetails, OperationAction, OperationStatus, OperationType, OperationUpdate, Seconds,
//!     Timestamp, WaitOptions,
//! };
//! use durable_service::{
//!     CheckpointRequest, InlineTimers, Service, ServiceSettings, StartRequest,
//! };
//!
//! let mut service = Service::new(ServiceSettings::default());
//! let now = Timestamp::from_millis(0);
//! let arn = service.start(now, StartRequest::new("hello", "{}"))?.arn;
//! assert_eq!(arn.function_name(), "hello");
//!
//! let invocation = service.start_invocation(now, &arn)?;
//! let pause = OperationUpdate {
//!     name: Some("cool-off".to_owned()),
//!     wait_options: Some(WaitOptions { wait_seconds: Some(60) }),
//!     ..OperationUpdate::new("wait-1", OperationType::Wait, OperationAction::Start)
//! };
//! let request = CheckpointRequest {
//!     checkpoint_token: invocation.checkpoint_token,
//!     client_token: None,
//!     updates: vec![pause],
//! };
//! let answer = service.checkpoint(now, &arn, request, InlineTimers::Fire)?;
//!
//! let [wait] = answer.operations.as_slice() else { panic!("{answer:?}") };
//! assert_eq!(wait.status, OperationStatus::Started);
//! assert_eq!(wait.operation_type(), OperationType::Wait);
//! let last = service.execution(&arn)?.history().last().ok_or("no event")?;
//! assert_eq!(last.event_type(), "WaitStarted");
//! assert!(matches!(last.details, EventDetails::WaitStarted { duration: Seconds(60), .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arn;
mod context;
mod error_object;
mod event;
mod function;
mod ids;
mod operation;
mod status;
mod time;
mod update;

pub use arn::ExecutionArn;
pub use context::InvocationContext;
pub use error_object::ErrorObject;
pub(crate) use event::event_kinds;
pub use event::{
    Event, EventDetails, EventEffect, EventOrigin, EventPayload, EventSubject, RetryDetails,
};
pub use function::{FunctionReference, NoFunction};
pub use ids::{CallbackId, CheckpointToken, OperationId, RequestId};
pub use operation::{
    CallbackCompletion, CallbackDetails, ChainedInvokeDetails, ContextDetails, Operation,
    OperationDetails, StepDetails, WaitDetails,
};
pub use status::{
    ExecutionStatus, InvocationType, OperationAction, OperationStatus, OperationType, UnknownName,
};
pub use time::{Seconds, Timestamp};
pub use update::{
    CallbackOptions, ChainedInvokeOptions, ContextOptions, OperationUpdate, StepOptions,
    WaitOptions,
};

//! The values of the service: ids, times, operations, updates, events, errors.

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

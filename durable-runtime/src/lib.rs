//! The crate that AWS Lambda durable functions are written with, and all that a deployed one carries.
//!
//! A thin layer over the AWS SDK for durable execution: step wrappers made by the attribute macros, a
//! registry of handlers, and the [`hook`] by which a test host stands between a step and its body.
//! The same code runs deployed and tested; this crate has no features and no conditional code.
//!
//! ```
//! use durable_runtime::prelude::*;
//!
//! #[durable_step]
//! async fn greet(name: String) -> Result<String, BoxError> {
//!     Ok(format!("Hello, {name}!"))
//! }
//!
//! #[durable_execution]
//! pub async fn hello(name: String, ctx: DurableContext) -> Result<String, BoxError> {
//!     let greeting = greet(&ctx, name).await?;
//!     ctx.wait(Duration::from_secs(3600)).name("cool-off").await?;
//!     Ok(greeting)
//! }
//! # fn main() {}
//! ```
//!
//! A `main` that hands the handler to Lambda is one line:
//!
//! ```no_run
//! # use durable_runtime::prelude::*;
//! # async fn hello(name: String, ctx: DurableContext) -> Result<String, BoxError> { Ok(name) }
//! # async fn run() -> Result<(), sdk::lambda_runtime::Error> {
//! durable_runtime::run(hello).await
//! # }
//! ```

mod bootstrap;
mod child;
mod error;
pub mod hook;
pub mod mode;
mod operation;
mod registry;
mod returned;
mod spec;
mod step;

pub use aws_durable_execution_sdk as sdk;
pub use aws_durable_execution_sdk::{run, run_with_options};
pub use bootstrap::run_registered;
pub use child::{ChildCall, ChildFn};
pub use operation::{
    DurableFn, OperationEntry, OperationKind, RegisteredOperation, StepFuture, operations,
};
pub use registry::{
    BoxedService, ChildBlock, HandlerEntry, HandlerFuture, IntoService, Registered, find_handler,
    handlers,
};
pub use spec::StepSpec;
pub use step::{StepCall, StepFn};

/// The names that a file with durable handlers needs. The [`crate`] has an example.
pub mod prelude {
    pub use std::time::Duration;

    pub use durable_macros::{durable_execution, durable_step, durable_with_child_context};

    pub use crate::sdk;
    pub use crate::sdk::builders::{JitterStrategy, RetryStrategyConfig};
    pub use crate::sdk::{
        BoxError, Branch, DurableContext, DurableFuture, OperationError, OperationErrorKind,
        RetryDecision, StepContext, StepError, StepSemantics, TypedError,
    };
}

/// What the output of the attribute macros calls. Not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::child::child;
    pub use crate::error::{ErrorTag, ViaBoxed, ViaStdError};
    pub use crate::hook::{HandlerKey, enter_handler};
    pub use crate::registry::{handler, into_service, type_id};
    pub use crate::returned::{Probe, Returned, Settled, Unless, plain, recorded};
    pub use crate::spec::{Retry, RetryOptions, StepSpec};
    pub use crate::step::step;
    pub use inventory;
}

//! What [`crate::sdk`] knows about the SDK, held against the SDK itself.

mod batches;
mod errors;
mod failures;
mod input;
mod mismatch;
mod operations;
mod records;
mod retry_delays;
mod stack_traces;
mod sub_types;

use std::future::Future;
use std::time::Duration;

use durable_runtime::IntoService as _;
use durable_runtime::sdk::{BoxError, DurableContext, RetryDecision, StepContext, TypedError};
use durable_service::model::{ErrorObject, ExecutionArn, ExecutionStatus, Operation};
use durable_service::{Execution, StartRequest};
use serde::Serialize;

use crate::reply::ANY_CALLBACK;
use crate::{
    CallbackReply, DriveLimits, Fault, HostSettings, IntoResponder as _, LocalHost, plain_function,
};

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(2),
    max_invocations: 100,
};

/// A second: the shortest wait.
const SECOND: Duration = Duration::from_secs(1);

/// An execution that is over.
struct Run {
    host: LocalHost,
    arn: ExecutionArn,
}

/// Runs a handler to the end of its execution.
fn run<F, Fut, O>(handler: F) -> Run
where
    F: Fn((), DurableContext) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<O, BoxError>> + Send + 'static,
    O: Serialize + Send + 'static,
{
    run_with(Vec::new(), CallbackReply::success("signed"), handler)
}

/// Runs a handler to the end of its execution, with faults and an answer for every callback.
fn run_with<F, Fut, O>(faults: Vec<Fault>, reply: CallbackReply, handler: F) -> Run
where
    F: Fn((), DurableContext) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<O, BoxError>> + Send + 'static,
    O: Serialize + Send + 'static,
{
    let host = LocalHost::new(HostSettings {
        faults,
        ..HostSettings::default()
    });
    host.register("workflow", move |options| {
        handler.clone().into_service(options)
    })
    .unwrap();
    host.register_plain(
        "bank",
        plain_function(|(): ()| async { Ok::<_, BoxError>(7) }),
    );
    host.register_plain(
        "poet",
        plain_function(|(): ()| async { Ok::<_, BoxError>("a verse") }),
    );
    host.register_plain(
        "closed",
        plain_function(|(): ()| async { Err::<u32, _>(declined()) }),
    );
    let arn = host.start(StartRequest::new("workflow", "null")).unwrap();
    host.answer(&arn, ANY_CALLBACK.to_owned(), reply.into_responder());
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(host.run_until_closed(&arn, LIMITS))
        .unwrap();
    assert_eq!(host.missed_faults(), []);
    Run { host, arn }
}

impl Run {
    fn look<T>(&self, look: impl FnOnce(&Execution) -> T) -> T {
        self.host.with_execution(&self.arn, look).unwrap()
    }

    fn status(&self) -> ExecutionStatus {
        self.look(Execution::status)
    }

    /// The error of the execution.
    fn error(&self) -> ErrorObject {
        self.look(|execution| execution.error().cloned()).unwrap()
    }

    fn operations(&self) -> Vec<Operation> {
        self.look(|execution| execution.operations().cloned().collect())
    }

    /// The operation of that name.
    fn operation(&self, name: &str) -> Operation {
        let mut operations = self.operations().into_iter();
        operations
            .rfind(|operation| operation.name.as_deref() == Some(name))
            .unwrap()
    }
}

#[derive(Debug, Clone)]
struct Declined;

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no cover")
    }
}

impl std::error::Error for Declined {}

/// An error that the SDK records with its type.
fn declined() -> BoxError {
    Box::new(TypedError::new(Declined))
}

/// The body of a step that fails.
async fn decline(_step: StepContext) -> Result<u32, BoxError> {
    Err(declined())
}

/// The strategy of what is not tried again.
fn stop<E>(_error: &E, _attempt: u32) -> RetryDecision {
    RetryDecision::Stop
}

/// A result that is too large for the record of one operation.
fn too_large() -> String {
    "x".repeat(300 * 1024)
}

//! What a host saw its functions do, in order: more than the history has.

use std::fmt;

use durable_service::model::{
    ExecutionArn, OperationAction, OperationId, OperationType, OperationUpdate,
};

use super::bodies::{Body, BodyEnd};
use crate::sdk::errors;

/// One thing that a function did.
///
/// [`LocalHost::trace`](crate::LocalHost::trace) lists them.
///
/// ```
/// use std::time::Duration;
///
/// use durable_host::{DriveLimits, HostSettings, LocalHost, Trace};
/// use durable_runtime::IntoService as _;
/// use durable_runtime::prelude::*;
/// use durable_service::StartRequest;
///
/// async fn sleeper(_: (), ctx: DurableContext) -> Result<(), BoxError> {
///     ctx.wait(Duration::from_hours(24)).await?;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = LocalHost::new(HostSettings { trace: true, ..HostSettings::default() });
/// host.register("sleeper", |options| sleeper.into_service(options))?;
///
/// let arn = host.start(StartRequest::new("sleeper", "null"))?;
/// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
/// host.run_until_closed(&arn, limits).await?;
///
/// let trace = host.trace();
/// let starts_the_wait = |it: &&Trace| matches!(it, Trace::Call(call) if call.number == Some(1) && call.stored);
/// assert_eq!(trace.iter().filter(starts_the_wait).count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// It made a checkpoint call.
    Call(CallTrace),
    /// The body of a durable step is about to start; something may hold it.
    BodyReady(Body),
    /// The body of a durable step started: nothing holds it any more.
    BodyStarted(Body),
    /// The body of that number ended; without an end it was dropped, perhaps before it started.
    BodyEnded(u64, Option<BodyEnd>),
    /// The caller of the checkpoint call of that number was dropped before the answer arrived.
    AnswerDropped(u64),
}

/// A checkpoint call.
///
/// One of the [`Trace`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTrace {
    /// Its number on the host, from 1; none for a call whose token was dead.
    pub number: Option<u64>,
    /// The execution.
    pub execution: ExecutionArn,
    /// What it asked to store.
    pub updates: Vec<UpdateTrace>,
    /// Whether the service stored it.
    pub stored: bool,
    /// Who made it; none if its token was dead.
    pub caller: Option<Caller>,
}

/// Who made a call, and what could go on beside it.
///
/// [`CallTrace`] holds it; [`Trace`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The invocation, counted from 1 across all executions of the host.
    pub invocation: u64,
    /// The task: 0 is the one that polls the handler itself, others are numbered in the order of their first
    /// calls in the invocation.
    pub line: usize,
    /// How many other tasks of the invocation there were.
    pub beside: usize,
    /// Whether another task has ended since the invocation last came to rest, so that what waits for its end
    /// can go on.
    pub after_end: bool,
}

/// `checkpoint call 4 (START of Step "charge")`
impl fmt::Display for CallTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.unwrap_or_default();
        write!(f, "checkpoint call {number}")?;
        let updates: Vec<String> = self.updates.iter().map(ToString::to_string).collect();
        if updates.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", updates.join(", "))
    }
}

/// `START of Step "charge"`
impl fmt::Display for UpdateTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self
            .sub_type
            .as_deref()
            .unwrap_or(self.operation_type.as_str());
        match &self.name {
            Some(name) => write!(f, "{} of {kind} \"{name}\"", self.action),
            None => write!(f, "{} of a {kind} without a name", self.action),
        }
    }
}

/// An update that a call asked to store.
///
/// [`CallTrace`] lists them; [`Trace`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateTrace {
    /// The operation.
    pub operation: OperationId,
    /// Its name.
    pub name: Option<String>,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// Its type.
    pub operation_type: OperationType,
    /// What is to become of it.
    pub action: OperationAction,
    /// Why the update says what it says.
    pub cause: Cause,
}

/// Why an update is made.
///
/// [`UpdateTrace`] holds it; [`Trace`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The function came to it.
    Handler,
    /// The SDK found an at-most-once step interrupted, and did not run its body again.
    Interrupted,
    /// The service refused what the function came to, and the SDK records that instead.
    Refused,
}

impl From<&OperationUpdate> for UpdateTrace {
    fn from(update: &OperationUpdate) -> Self {
        let cause = match &update.error {
            Some(error) if errors::is_interruption(error) => Cause::Interrupted,
            Some(error) if errors::is_refusal(error) => Cause::Refused,
            _ => Cause::Handler,
        };
        Self {
            operation: update.id.clone(),
            name: update.name.clone(),
            sub_type: update.sub_type.clone(),
            operation_type: update.operation_type,
            action: update.action,
            cause,
        }
    }
}

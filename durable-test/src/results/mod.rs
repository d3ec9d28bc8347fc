//! The result of a run: the execution and everything that it did.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! use durable_test::results::{ErrorObject, EventDetails};
//!
//! # #[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
//! # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
//! # #[durable_execution]
//! # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
//! #     let paid = charge(&ctx, cents).await?;
//! #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
//! #     Ok(paid)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = DurableRunner::local(order)?;
//! let result = runner.run(4_990).await?;
//!
//! assert_eq!(result.status(), ExecutionStatus::Succeeded);
//! assert_eq!(result.error(), None::<&ErrorObject>);
//! let wait = result.get_wait("cool-off")?;
//! assert_eq!(wait.operation_type(), OperationType::Wait);
//! assert_eq!(wait.status(), OperationStatus::Succeeded);
//! let started = result.history().iter().find(|event| event.event_type() == "WaitStarted");
//! let started = started.ok_or("no event")?;
//! assert!(matches!(started.details, EventDetails::WaitStarted { duration, .. } if duration.get() == 3_600));
//! assert_eq!(result.invocations().len(), 2);
//! # Ok(())
//! # }
//! ```

mod cloud;
mod lookup;
mod operation;
mod serialize;
pub(crate) mod type_name;
mod unfinished;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use durable_host::sdk::readable::readable;
use durable_host::{LocalError, LocalHost};
use durable_service::model::{self, OperationDetails};
use durable_service::{Execution, wire};
use durable_view::Drawing;
pub use durable_view::Timeline;
pub(crate) use durable_view::timeline::Deviation;
use serde::de::DeserializeOwned;

use crate::cloud::CloudError;
use crate::{Error, ErrorKind};
pub use durable_service::InvocationRecord as Invocation;
pub use durable_service::model::{
    CallbackId, ErrorObject, Event, EventDetails, EventSubject, ExecutionArn, ExecutionStatus,
    OperationAction, OperationId, OperationStatus, OperationType, RequestId, RetryDetails, Seconds,
    Timestamp,
};
pub use operation::Operation;
use operation::Tree;

/// A finished execution, or a snapshot of a running one. Cheap to clone.
///
/// `Display` draws a tree of its operations. In that of a large execution, siblings that came out alike are folded
/// and long texts are cut, so that the message of a failing test stays on a screen; `{:#}` draws all of it. It implements `Serialize`, so
/// `insta::assert_json_snapshot!(result)` stores what a workflow did.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # #[durable_step]
/// # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
/// # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
/// #     let paid = charge(&ctx, cents).await?;
/// #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
/// #     Ok(paid)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestOutcome {
/// # let runner = DurableRunner::local(order)?;
/// let result = runner.run(4_990).await?;
///
/// assert_eq!(result.status(), ExecutionStatus::Succeeded);
/// assert_eq!(result.result::<u64>()?, 4_990);
/// assert_eq!(result.duration(), Duration::from_hours(1));
/// assert_eq!(result.step_names(), ["charge"]);
/// assert_eq!(result.operations().len(), 2);
/// assert_eq!(result.invocations().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ExecutionResult(Arc<Snapshot>, Arc<[Deviation]>);

struct Snapshot {
    arn: String,
    name: String,
    function: String,
    status: ExecutionStatus,
    result: Option<String>,
    error: Option<ErrorObject>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    seen_at: Timestamp,
    tree: Arc<Tree>,
    operations: Vec<Operation>,
    history: Arc<Vec<Event>>,
    invocations: Vec<Invocation>,
    /// Executions that it called, by the id of the operation.
    children: Vec<(OperationId, ExecutionResult)>,
    /// Executions that it called and that could not be read; always empty in local mode.
    unread: Vec<(OperationId, CloudError)>,
}

impl From<Snapshot> for ExecutionResult {
    fn from(snapshot: Snapshot) -> Self {
        Self(Arc::new(snapshot), Arc::default())
    }
}

impl ExecutionResult {
    /// A snapshot of the execution and of those that it called.
    pub(crate) fn take(host: &LocalHost, arn: &ExecutionArn) -> Result<Self, LocalError> {
        let now = host.now();
        let called = host.with_execution(arn, |execution| -> Vec<_> {
            execution.operations().filter_map(called).collect()
        })?;
        let children = called
            .into_iter()
            .map(|(operation, arn)| Ok((operation, Self::take(host, &arn)?)))
            .collect::<Result<_, LocalError>>()?;
        host.with_execution(arn, |execution| Self::of(execution, now, children))
    }

    fn of(
        execution: &Execution,
        now: Timestamp,
        children: Vec<(OperationId, ExecutionResult)>,
    ) -> Self {
        let operations = execution.operations().cloned().collect();
        let tree = Tree::new(operations, execution.started_at(), now);
        Self::from(Snapshot {
            arn: execution.arn().to_string(),
            name: execution.name().to_owned(),
            function: execution.function().to_owned(),
            status: execution.status(),
            result: execution.result().map(str::to_owned),
            error: execution.error().cloned(),
            started_at: execution.started_at(),
            ended_at: execution.ended_at(),
            seen_at: now,
            operations: tree.operations(),
            tree,
            history: execution.shared_history(),
            invocations: execution.invocations().to_vec(),
            children,
            unread: Vec::new(),
        })
    }

    /// The same, with what sets it apart from an undisturbed run: its timeline marks that.
    pub(crate) fn deviating(self, deviations: Vec<Deviation>) -> Self {
        Self(self.0, deviations.into())
    }

    /// ARN of the execution.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0.arn
    }

    /// The executions that it called, in the order of the calls.
    pub(crate) fn children(&self) -> impl Iterator<Item = &ExecutionResult> {
        self.0.children.iter().map(|(_, child)| child)
    }

    /// The executions that it called, with the ids of the calling operations.
    pub(crate) fn called(&self) -> impl Iterator<Item = (&str, &ExecutionResult)> {
        self.0
            .children
            .iter()
            .map(|(operation, child)| (operation.as_str(), child))
    }

    /// Name of the execution: set on the run, or generated by the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Name of the function that ran.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.0.function
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> ExecutionStatus {
        self.0.status
    }

    /// What the handler returned. A handler that returns nothing has the result `()`.
    ///
    /// # Errors
    ///
    /// If the execution did not succeed, or its result is not a `T`.
    pub fn result<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let what = format!("the execution of \"{}\"", self.0.function);
        if self.0.status != ExecutionStatus::Succeeded {
            return Err(ErrorKind::NoResult {
                what,
                status: self.0.status.to_string(),
                detail: detail(self.error()),
            }
            .into());
        }
        parse(self.result_json().unwrap_or("null"), what)
    }

    /// What the handler returned, as JSON text; `None` unless the execution succeeded.
    #[must_use]
    pub fn result_json(&self) -> Option<&str> {
        self.0.result.as_deref()
    }

    /// The error of an execution that failed, timed out or was stopped.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        self.0.error.as_ref()
    }

    /// All operations in start order, without the EXECUTION operation.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.0.operations
    }

    /// Operations of one type.
    fn of_type(&self, kind: OperationType) -> impl Iterator<Item = &Operation> {
        self.operations()
            .iter()
            .filter(move |operation| operation.operation_type() == kind)
    }

    /// The STEP operations, waits for a condition included.
    pub fn steps(&self) -> impl Iterator<Item = &Operation> {
        self.of_type(OperationType::Step)
    }

    /// The CONTEXT operations: child contexts, maps, parallels and their branches.
    pub fn contexts(&self) -> impl Iterator<Item = &Operation> {
        self.of_type(OperationType::Context)
    }

    /// The WAIT operations.
    pub fn waits(&self) -> impl Iterator<Item = &Operation> {
        self.of_type(OperationType::Wait)
    }

    /// The CALLBACK operations.
    pub fn callbacks(&self) -> impl Iterator<Item = &Operation> {
        self.of_type(OperationType::Callback)
    }

    /// The `CHAINED_INVOKE` operations.
    pub fn invokes(&self) -> impl Iterator<Item = &Operation> {
        self.of_type(OperationType::ChainedInvoke)
    }

    /// The labels of the steps, in start order: a step's name, or its kind and number (`Step#1`) if it has
    /// none.
    #[must_use]
    pub fn step_names(&self) -> Vec<&str> {
        self.steps().map(Operation::label).collect()
    }

    /// The steps with a name or path, in start order: of a loop, or of the items of a map.
    ///
    /// A step without a name is found by its label (`Step#1`).
    pub fn steps_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Operation> {
        self.steps().filter(move |step| step.is_called(name))
    }

    /// The operations with a name or path, of any type, in start order.
    pub fn operations_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Operation> {
        let operations = self.operations().iter();
        operations.filter(move |operation| operation.is_called(name))
    }

    /// All events, typed, as the service's API returns them.
    #[must_use]
    pub fn history(&self) -> &[Event] {
        &self.0.history
    }

    /// All events in the API's JSON, payloads included, as `GetDurableExecutionHistory` returns them.
    #[must_use]
    pub fn history_json(&self) -> serde_json::Value {
        self.history()
            .iter()
            .map(|event| wire::rest::event_json(event, true))
            .collect()
    }

    /// The invocations of the function.
    #[must_use]
    pub fn invocations(&self) -> &[Invocation] {
        &self.0.invocations
    }

    /// The execution that the chained invoke with that name or path started.
    ///
    /// # Errors
    ///
    /// If there is no such chained invoke, it started none because its target is a plain function, or (in
    /// cloud mode) the caller may not read it.
    pub fn child(&self, name: &str) -> Result<&ExecutionResult, Error> {
        let invoke = self.get_invoke(name)?;
        let of_invoke = |operation: &OperationId| operation.as_str() == invoke.id();
        if let Some((_, child)) = self.0.children.iter().find(|(id, _)| of_invoke(id)) {
            return Ok(child);
        }
        let name = name.to_owned();
        let unread = self.0.unread.iter().find(|(id, _)| of_invoke(id));
        Err(match unread.map(|(_, error)| error.clone()) {
            Some(source) => ErrorKind::UnreadChild { name, source },
            None => ErrorKind::NoChild { name },
        }
        .into())
    }

    /// When the execution was accepted.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.0.ended_at
    }

    /// How long it took, or has taken so far; virtual time in local mode.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.0
            .ended_at
            .unwrap_or(self.0.seen_at)
            .since(self.0.started_at)
    }

    /// The execution over time: `Display` is text for a terminal, and it can be written as SVG, HTML or Mermaid.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn reminder(_: (), ctx: DurableContext) -> Result<(), BoxError> {
    /// #     ctx.wait(Duration::from_hours(24)).name("a-day").await?;
    /// #     Ok(())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(reminder)?;
    /// let result = runner.run(()).await?;
    /// println!("{}", result.timeline());
    /// assert!(result.timeline().to_mermaid().contains("a-day"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let timeline = Timeline::new(&self.drawing(), self.history(), self.invocations());
        timeline.marked(&self.1)
    }

    fn drawing(&self) -> Drawing<'_> {
        Drawing {
            function: self.function(),
            status: self.status(),
            error: self.error(),
            started_at: self.started_at(),
            ended_at: self.ended_at(),
            seen_at: self.0.seen_at,
            invocations: self.invocations().len(),
            outline: &self.0.tree.outline,
        }
    }

    /// The result itself if the execution succeeded.
    ///
    /// # Errors
    ///
    /// How it ended instead, with its error.
    pub fn ensure_succeeded(&self) -> Result<&Self, Error> {
        if self.0.status == ExecutionStatus::Succeeded {
            return Ok(self);
        }
        Err(ErrorKind::NotSucceeded {
            function: self.0.function.clone(),
            status: self.0.status,
            detail: detail(self.error()),
        }
        .into())
    }
}

impl fmt::Display for ExecutionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.drawing().fmt(f)?;
        let unfinished = self.unfinished_line(f.alternate());
        if unfinished.is_empty() {
            return Ok(());
        }
        write!(f, "\nunfinished: {unfinished}")
    }
}

impl fmt::Debug for ExecutionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The execution that a chained invoke started.
fn called(operation: &model::Operation) -> Option<(OperationId, ExecutionArn)> {
    match &operation.details {
        OperationDetails::ChainedInvoke(details) => {
            Some((operation.id.clone(), details.execution.clone()?))
        }
        _ => None,
    }
}

/// An error as the end of a sentence.
fn detail(error: Option<&ErrorObject>) -> String {
    error.map_or_else(String::new, |error| {
        format!(": {}", readable(&error.to_string()))
    })
}

/// Characters of a result that an error shows.
const MAX_SHOWN: usize = 200;

/// Reads a serialized result.
fn parse<T: DeserializeOwned>(json: &str, what: String) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|source| {
        ErrorKind::Result {
            what,
            wanted: type_name::short(std::any::type_name::<T>()),
            source,
            result: durable_view::shortened(json, MAX_SHOWN),
        }
        .into()
    })
}

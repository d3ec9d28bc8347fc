//! The bodies of durable steps that run, and which operation each belongs to.
//!
//! The SDK does not say to a body which operation it belongs to. The host knows all the same: an
//! operation that starts is stored in the very task that runs the body next, and one that is run again
//! after an interruption stands STARTED in the state.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use durable_service::model::{
    ExecutionArn, Operation, OperationDetails, OperationId, OperationStatus, OperationType,
    RequestId,
};
use durable_service::{Execution, Service};

use crate::names::{Called, Names};
use durable_runtime::StepSpec;
use durable_runtime::sdk::StepSemantics;

/// One run of the body of a `#[durable_step]`.
///
/// A [`BodyWatcher`] sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Number of the run on its host, from 1.
    pub number: u64,
    /// The execution.
    pub execution: ExecutionArn,
    /// The Lambda request id of the invocation that runs it.
    pub request_id: RequestId,
    /// The operation; none if the state has no open step that it could belong to.
    pub operation: Option<OperationId>,
    /// Name of the operation; without one, the name that the attribute declares.
    pub name: String,
    /// Path of the operation; if it is not known, the name. A host makes it only for those who look at its
    /// bodies.
    pub path: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What the attribute declares about attempts that were interrupted. A call may say otherwise, which
    /// the host does not see.
    pub semantics: StepSemantics,
}

/// How a body ended that was not dropped.
///
/// A [`BodyWatcher`] sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// It returned a value.
    Succeeded,
    /// It returned an error.
    Failed,
}

/// What a body waits for before it goes on.
///
/// A [`BodyWatcher`] returns it.
pub type Hold = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Looks at the bodies of a host's durable steps, and may hold them. The host is not locked while a
/// watcher is asked.
///
/// [`LocalHost::watch_bodies`](crate::LocalHost::watch_bodies) takes one.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use std::time::Duration;
///
/// use durable_host::{Body, BodyWatcher, DriveLimits, Hold, HostSettings, LocalHost};
/// use durable_runtime::IntoService as _;
/// use durable_runtime::prelude::*;
/// use durable_service::StartRequest;
///
/// /// Counts the bodies that start.
/// #[derive(Default)]
/// struct Count(AtomicUsize);
///
/// impl BodyWatcher for Count {
///     fn starts(&self, _: &Body) -> Option<Hold> {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         None
///     }
/// }
///
/// #[durable_step]
/// async fn double(n: u64) -> u64 {
///     2 * n
/// }
///
/// async fn quadruple(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
///     let twice = double(&ctx, n).await?;
///     Ok(double(&ctx, twice).await?)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = LocalHost::new(HostSettings::default());
/// host.register("quadruple", |options| quadruple.into_service(options))?;
/// let count = Arc::new(Count::default());
/// host.watch_bodies(count.clone());
///
/// let arn = host.start(StartRequest::new("quadruple", "1"))?;
/// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
/// host.run_until_closed(&arn, limits).await?;
///
/// assert_eq!(count.0.load(Ordering::Relaxed), 2);
/// # Ok(())
/// # }
/// ```
pub trait BodyWatcher: Send + Sync {
    /// A body is about to run; it runs after the hold.
    fn starts(&self, body: &Body) -> Option<Hold> {
        let _ = body;
        None
    }

    /// A body returned; the SDK gets its result after the hold.
    fn ends(&self, body: &Body, end: BodyEnd) -> Option<Hold> {
        let _ = (body, end);
        None
    }

    /// A body was dropped before it returned: its invocation was cut off, it panicked, or the handler
    /// gave it up.
    fn is_dropped(&self, body: &Body) {
        let _ = body;
    }
}

/// What a host knows of its bodies.
#[derive(Default)]
pub(super) struct Bodies {
    watchers: Vec<Arc<dyn BodyWatcher>>,
    /// Runs so far.
    runs: u64,
    running: Vec<Body>,
    /// The step that each task started last, until its body starts; the handler itself has no task.
    starts: HashMap<Option<tokio::task::Id>, (ExecutionArn, OperationId)>,
    /// What the operations of executions are called, those that a path was made for, and all before them.
    names: HashMap<ExecutionArn, Names>,
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bodies")
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl Bodies {
    pub(super) fn watch(&mut self, watcher: Arc<dyn BodyWatcher>) {
        self.watchers.push(watcher);
    }

    pub(super) fn watchers(&self) -> Vec<Arc<dyn BodyWatcher>> {
        self.watchers.clone()
    }

    /// Whether anything watches.
    pub(super) fn are_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Forgets starts of earlier invocations: their tasks are gone.
    pub(super) fn invocation_starts(&mut self) {
        self.starts.clear();
    }

    /// Remembers the steps that a stored batch of the calling task starts.
    pub(super) fn stored(&mut self, arn: &ExecutionArn, started: &[OperationId]) {
        if let Some(step) = started.last() {
            self.starts
                .insert(tokio::task::try_id(), (arn.clone(), step.clone()));
        }
    }

    /// Notes that a body is about to run in an invocation; its path is made if it is wanted.
    pub(super) fn enter(
        &mut self,
        service: &Service,
        arn: &ExecutionArn,
        request_id: &RequestId,
        (declared, attempt): (&StepSpec, u32),
        is_path_wanted: bool,
    ) -> Body {
        let operation = self
            .just_started(arn)
            .or_else(|| self.interrupted(service, arn, request_id, declared.name, attempt));
        let recorded = operation.as_ref().and_then(|id| {
            let execution = service.execution(arn).ok()?;
            Some((execution, execution.operation(id.as_str())?))
        });
        let name = recorded
            .and_then(|(_, operation)| operation.name.clone())
            .unwrap_or_else(|| declared.name.to_owned());
        let path = recorded
            .filter(|_| is_path_wanted)
            .and_then(|(execution, operation)| self.path(execution, operation))
            .unwrap_or_else(|| name.clone());
        let body = Body {
            number: self.next_number(),
            execution: arn.clone(),
            request_id: request_id.clone(),
            operation,
            name,
            path,
            attempt,
            semantics: declared.semantics,
        };
        self.running.push(body.clone());
        body
    }

    /// The path of an operation. The names of those before it are kept: to look at all of them for each body
    /// would take time by the square of their number.
    fn path(&mut self, execution: &Execution, operation: &Operation) -> Option<String> {
        let names = self.names.entry(execution.arn().clone()).or_default();
        for new in execution.operations().skip(names.count()) {
            names.add(&new.into());
        }
        names.get(&operation.id).map(Called::path)
    }

    /// Runs so far, those of blocks included.
    pub(super) fn runs(&self) -> u64 {
        self.runs
    }

    /// The number of the next run.
    pub(super) fn next_number(&mut self) -> u64 {
        self.runs += 1;
        self.runs
    }

    /// The step that this task has just started.
    fn just_started(&mut self, arn: &ExecutionArn) -> Option<OperationId> {
        let (execution, operation) = self.starts.remove(&tokio::task::try_id())?;
        (execution == *arn).then_some(operation)
    }

    /// The first step whose attempt was interrupted and that this invocation does not run yet, one of
    /// the declared name before others.
    fn interrupted(
        &self,
        service: &Service,
        arn: &ExecutionArn,
        request_id: &RequestId,
        declared: &str,
        attempt: u32,
    ) -> Option<OperationId> {
        let execution = service.execution(arn).ok()?;
        let runs_already = |id: &OperationId| {
            self.running.iter().any(|body| {
                body.execution == *arn
                    && body.request_id == *request_id
                    && body.operation.as_ref() == Some(id)
            })
        };
        execution
            .operations()
            .filter(|operation| {
                operation.operation_type() == OperationType::Step
                    && operation.status == OperationStatus::Started
                    && attempts(&operation.details) + 1 == attempt
                    && !runs_already(&operation.id)
            })
            .min_by_key(|operation| operation.name.as_deref() != Some(declared))
            .map(|operation| operation.id.clone())
    }

    /// Whether any body runs.
    pub(super) fn are_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Forgets a body that has ended.
    pub(super) fn leave(&mut self, body: &Body) {
        self.running.retain(|other| other.number != body.number);
    }
}

/// Attempts of a step that are over.
fn attempts(details: &OperationDetails) -> u32 {
    match details {
        OperationDetails::Step(step) => step.attempt,
        _ => 0,
    }
}

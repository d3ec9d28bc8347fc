//! The bodies of durable steps: where the host learns that one begins and ends, and can hold it.
//!
//! The wrapper of a `#[durable_step]` reports here. It finds its host by the Lambda context of the
//! invocation: each host makes its contexts with an environment configuration of its own, and that
//! allocation is the host's mark. ARNs would not do, for they repeat between the hosts of a process.
//!
//! The SDK does not tell a body which operation it belongs to. The host knows all the same: an
//! operation that starts is stored in the very task that runs the body next, and one that is run again
//! after an interruption stands STARTED in the state.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use durable_service::Service;
use durable_service::model::{
    ExecutionArn, OperationAction, OperationDetails, OperationId, OperationStatus, OperationType,
    OperationUpdate,
};

use super::slow::{self, SlowBodies};
use super::trace::Trace;
use super::world::{SharedWorld, WeakWorld};
use crate::sdk::lambda_runtime::Config;
use crate::sdk::{DurableContext, StepContext, StepSemantics};
use crate::step::{StepFn, StepFuture, StepSpec};

/// One run of the body of a `#[durable_step]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Number of the run on its host, from 1.
    pub number: u64,
    /// The execution.
    pub execution: ExecutionArn,
    /// The Lambda request id of the invocation that runs it.
    pub request_id: String,
    /// The operation; none if the state has no open step that it could belong to.
    pub operation: Option<OperationId>,
    /// Name of the operation; without one, the name that the attribute declares.
    pub name: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What the attribute declares about attempts that were interrupted. A call may say otherwise, which
    /// the host does not see.
    pub semantics: StepSemantics,
}

/// How a body ended that was not dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// It returned a value.
    Succeeded,
    /// It returned an error.
    Failed,
}

/// What a body waits for before it goes on.
pub type Hold = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Looks at the bodies of a host's durable steps, and may hold them. The host is not locked while a
/// watcher is asked.
pub trait BodyWatcher: Send + Sync {
    /// A body is about to run; it runs after the hold.
    fn begins(&self, body: &Body) -> Option<Hold> {
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
    /// Those that take virtual time before they run.
    pub(super) slow: SlowBodies,
    /// The step that each task started last, until its body begins; the handler itself has no task.
    starts: HashMap<Option<tokio::task::Id>, (ExecutionArn, OperationId)>,
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

    /// Forgets starts of earlier invocations: their tasks are gone.
    pub(super) fn invocation_begins(&mut self) {
        self.starts.clear();
    }

    /// Remembers the steps that a stored batch of the calling task starts.
    pub(super) fn stored(&mut self, arn: &ExecutionArn, started: &[OperationId]) {
        if let Some(step) = started.last() {
            self.starts
                .insert(tokio::task::try_id(), (arn.clone(), step.clone()));
        }
    }

    fn begin(&mut self, service: &Service, seat: &Seat, declared: &StepSpec, attempt: u32) -> Body {
        let operation = self
            .just_started(&seat.execution)
            .or_else(|| self.interrupted(service, seat, declared.name, attempt));
        let name = operation
            .as_ref()
            .and_then(|id| {
                let execution = service.execution(&seat.execution).ok()?;
                execution.operation(id.as_str())?.name.clone()
            })
            .unwrap_or_else(|| declared.name.to_owned());
        self.runs += 1;
        let body = Body {
            number: self.runs,
            execution: seat.execution.clone(),
            request_id: seat.request_id.clone(),
            operation,
            name,
            attempt,
            semantics: declared.semantics,
        };
        self.running.push(body.clone());
        self.slow.something_happened();
        body
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
        seat: &Seat,
        declared: &str,
        attempt: u32,
    ) -> Option<OperationId> {
        let execution = service.execution(&seat.execution).ok()?;
        let runs_already = |id: &OperationId| {
            self.running.iter().any(|body| {
                body.execution == seat.execution
                    && body.request_id == seat.request_id
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

    fn end(&mut self, body: &Body) -> Vec<Arc<dyn BodyWatcher>> {
        self.running.retain(|other| other.number != body.number);
        self.slow.forget(body.number);
        self.slow.something_happened();
        self.watchers.clone()
    }
}

/// The steps that a batch starts.
pub(super) fn started(updates: &[OperationUpdate]) -> Vec<OperationId> {
    updates
        .iter()
        .filter(|update| {
            update.operation_type == OperationType::Step && update.action == OperationAction::Start
        })
        .map(|update| update.id.clone())
        .collect()
}

/// Attempts of a step that are over.
fn attempts(details: &OperationDetails) -> u32 {
    match details {
        OperationDetails::Step(step) => step.attempt,
        _ => 0,
    }
}

/// The mark of a host, on the Lambda contexts that it makes. The host is found by it while it lives.
#[derive(Debug, Clone)]
pub(super) struct Mark(Arc<Config>);

/// The hosts of this process.
static HOSTS: Mutex<Vec<(Weak<Config>, WeakWorld)>> = Mutex::new(Vec::new());

fn hosts() -> MutexGuard<'static, Vec<(Weak<Config>, WeakWorld)>> {
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mark {
    /// A mark for the host of that world.
    pub(super) fn new(world: &SharedWorld) -> Self {
        let mark = Arc::new(Config::default());
        let mut hosts = hosts();
        hosts.retain(|(mark, _)| mark.strong_count() > 0);
        hosts.push((Arc::downgrade(&mark), world.downgrade()));
        Self(mark)
    }

    /// The configuration for a Lambda context of the host.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.0)
    }

    /// The world of the host that made a Lambda context.
    fn find(mark: &Arc<Config>) -> Option<SharedWorld> {
        let hosts = hosts();
        let (_, world) = hosts
            .iter()
            .find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(mark)))?;
        world.upgrade()
    }
}

/// The invocation that a body belongs to.
struct Seat {
    world: SharedWorld,
    execution: ExecutionArn,
    request_id: String,
}

impl Seat {
    fn of(ctx: &DurableContext) -> Option<Self> {
        let context = ctx.lambda_context();
        Some(Self {
            world: Mark::find(&context.env_config)?,
            execution: ctx.execution_arn().parse().ok()?,
            request_id: context.request_id.clone(),
        })
    }

    async fn begin(self, declared: &StepSpec, attempt: u32) -> Run {
        let (body, watchers) = {
            let mut world = self.world.lock();
            let world = &mut *world;
            let body = world.bodies.begin(&world.service, &self, declared, attempt);
            (body, world.bodies.watchers.clone())
        };
        let run = Run {
            world: self.world,
            body: Some(body.clone()),
        };
        for watcher in watchers {
            if let Some(hold) = watcher.begins(&body) {
                hold.await;
            }
        }
        run.take_its_time().await;
        run.world.lock().note(|| Trace::BodyBegan(body));
        run
    }
}

/// A body that runs; dropped with it.
struct Run {
    world: SharedWorld,
    /// None once it is over.
    body: Option<Body>,
}

impl Run {
    /// Lets the time pass that a fault asks for.
    async fn take_its_time(&self) {
        let Some(body) = &self.body else {
            return;
        };
        let (takes, follows_tokio) = {
            let mut world = self.world.lock();
            let takes = world.script.slow_step(&body.name);
            (takes, world.clock.follows_tokio())
        };
        match takes {
            None => {}
            Some(takes) if follows_tokio => tokio::time::sleep(takes).await,
            Some(takes) => slow::take(&self.world, body, takes).await,
        }
    }

    async fn end(mut self, end: BodyEnd) {
        let Some(body) = self.body.take() else {
            return;
        };
        let watchers = self.forget(&body, Some(end));
        for watcher in watchers {
            if let Some(hold) = watcher.ends(&body, end) {
                hold.await;
            }
        }
    }

    fn forget(&self, body: &Body, end: Option<BodyEnd>) -> Vec<Arc<dyn BodyWatcher>> {
        let mut world = self.world.lock();
        world.note(|| Trace::BodyEnded(body.number, end));
        world.bodies.end(body)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            let watchers = self.forget(&body, None);
            for watcher in watchers {
                watcher.is_dropped(&body);
            }
        }
    }
}

/// The body of a durable step, reporting to its host if a local host invoked the handler.
pub(crate) fn watched<T, F>(ctx: &DurableContext, declared: StepSpec, body: F) -> StepFn<T>
where
    T: Send + 'static,
    F: FnOnce(StepContext) -> StepFuture<T> + Send + 'static,
{
    let Some(seat) = Seat::of(ctx) else {
        return Box::new(body);
    };
    Box::new(move |step| {
        Box::pin(async move {
            let run = seat.begin(&declared, step.attempt()).await;
            let result = body(step).await;
            run.end(match result {
                Ok(_) => BodyEnd::Succeeded,
                Err(_) => BodyEnd::Failed,
            })
            .await;
            result
        })
    })
}

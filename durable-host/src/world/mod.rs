//! The world of a host: what the SDK's calls, the bodies of steps and the drive loop share.
//!
//! The data lies in the files of this folder, each below the world; what happens to it is a method of
//! the world, called under one lock.

mod blocks;
mod bodies;
mod checkpoint;
mod clock;
mod cut_off;
mod faults;
mod invocation;
mod late;
mod life;
mod lost_token;
mod marks;
mod outlook;
mod outside;
mod responders;
mod seen;
mod timeline;
mod trace;
mod waiters;

use std::any::Any;
use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use durable_runtime::StepSpec;
use durable_runtime::hook::Callee;
use durable_service::model::{
    CallbackCompletion, CallbackId, CheckpointToken, ErrorObject, ExecutionArn, RequestId,
    Timestamp,
};
use durable_service::{
    Execution, FunctionSettings, PlainInvocation, PlainOutcome, Service, ServiceError,
    ServiceSettings, StartRequest, Work,
};
use parking_lot::{Mutex, MutexGuard};

use crate::LocalError;
use crate::names::{Called, is_more_than_a_name};
use crate::quiescence::Activity;
use crate::replay::passes::Passes;
use crate::reply::{CallbackReply, CallbackRequest, Responder};
use crate::schedule::{self, Scheduler};
use crate::stand_ins::StandIns;
use crate::timeline::CallbackAction;
use crate::variants::Variants;

pub(crate) use blocks::BlockRun;
use blocks::Blocks;
use bodies::Bodies;
pub use bodies::{Body, BodyEnd, BodyWatcher, Hold};
pub(crate) use checkpoint::{Answer, Checkpointed, Late, Lateness, Refused, StartedCallback};
use clock::VirtualClock;
use faults::FaultPlan;
pub use faults::{CallFault, Calls, Fault, InvocationFault};
use invocation::ActiveInvocation;
pub(crate) use invocation::{StartedInvocation, Termination};
use late::LateAnswers;
pub(crate) use life::Life;
pub(crate) use lost_token::InFlight;
pub use lost_token::LostToken;
pub use marks::CallMark;
use marks::Marks;
use outlook::Outlooks;
pub use outlook::{Instant, NoteStates, SeenState};
use outside::Outside;
pub use outside::{OutsideWait, WokenBy};
use responders::Responders;
pub(crate) use responders::request as callback_request;
use seen::SeenExecutions;
pub(crate) use timeline::{PlannedId, Timeline};
pub use trace::{CallTrace, Caller, Cause, Trace, UpdateTrace};
use waiters::Waiters;
pub(crate) use waiters::{Waiter, WaiterId};

/// What a world is made of.
#[derive(Debug)]
pub(crate) struct WorldSettings {
    pub(crate) service: ServiceSettings,
    pub(crate) start: Timestamp,
    pub(crate) follow_tokio: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) trace: bool,
    pub(crate) states: NoteStates,
    pub(crate) variants: Variants,
    pub(crate) passes: Passes,
}

/// What the SDK's calls, the bodies of steps and the drive loop share.
#[derive(Debug)]
pub(crate) struct World {
    service: Service,
    clock: VirtualClock,
    /// What is planned to be done to callbacks.
    timeline: Timeline,
    /// Answers of plain functions that take their time.
    late: LateAnswers,
    /// The replies that the test has for callbacks.
    responders: Responders,
    /// The bodies of durable steps.
    bodies: Bodies,
    /// The child-context blocks.
    blocks: Blocks,
    /// What takes the place of bodies and functions.
    stand_ins: Option<StandInsOf>,
    /// The replays under way.
    passes: Passes,
    /// What coverage has to know.
    seen: SeenExecutions,
    /// What waits for virtual time in the invocation in flight.
    waiters: Waiters,
    /// Whether anything goes on in the invocation in flight.
    activity: Activity,
    /// Chooses the order of what is due at the same time, if the test asked for one.
    scheduler: Option<Scheduler>,
    /// The invocation that was made last.
    active: Option<ActiveInvocation>,
    /// The invocations whose process was killed: what is left of them does nothing more.
    killed: Killed,
    /// What goes wrong.
    faults: FaultPlan,
    /// What the functions did; none unless the host's settings ask for it.
    trace: Option<Vec<Trace>>,
    /// What sets its checkpoint calls apart, likewise.
    marks: Option<Marks>,
    /// What went wrong outside the function, for the drive loop to end with.
    failure: Option<Failure>,
    /// The checkpoint tokens that the SDK lost.
    lost_tokens: Vec<LostToken>,
    /// What handlers waited for outside the SDK.
    outside: Outside,
    /// The states in which invocations started.
    outlooks: Outlooks,
    /// What the service does otherwise.
    variants: Variants,
    /// The execution whose next invocation has no reason but a variant of the service.
    idle_next: Option<ExecutionArn>,
}

/// What ends a drive, besides the execution.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A reply or a call of the host's own that cannot be carried out.
    Error(LocalError),
    /// The test's own code panicked while the function ran.
    Panic(Box<dyn Any + Send>),
}

/// What killed invocations are known by.
#[derive(Debug, Default)]
struct Killed {
    invocations: HashSet<(ExecutionArn, RequestId)>,
    /// The tokens that their next calls would present.
    tokens: HashSet<CheckpointToken>,
}

/// A body that is about to run.
pub(crate) struct EnteredBody {
    pub(crate) body: Body,
    /// The life of the process that it runs in.
    pub(crate) life: Life,
    pub(crate) watchers: Vec<Arc<dyn BodyWatcher>>,
    pub(crate) stand_ins: Option<Arc<dyn StandIns>>,
}

/// A block that is about to run, its number among the bodies, and what may take its place.
pub(crate) type EnteredBlock = (BlockRun, u64, Option<Arc<dyn StandIns>>);

/// What takes the place of bodies and functions.
struct StandInsOf(Arc<dyn StandIns>);

impl std::fmt::Debug for StandInsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StandIns")
    }
}

impl World {
    pub(crate) fn new(settings: WorldSettings) -> Self {
        Self {
            service: Service::new(settings.service),
            clock: VirtualClock::new(settings.start, settings.follow_tokio),
            timeline: Timeline::default(),
            late: LateAnswers::default(),
            responders: Responders::default(),
            bodies: Bodies::default(),
            blocks: Blocks::default(),
            stand_ins: None,
            passes: settings.passes,
            seen: SeenExecutions::default(),
            waiters: Waiters::default(),
            activity: Activity::default(),
            scheduler: None,
            active: None,
            killed: Killed::default(),
            faults: FaultPlan::new(settings.faults),
            trace: settings.trace.then(Vec::new),
            marks: settings.trace.then(Marks::default),
            failure: None,
            lost_tokens: Vec::new(),
            outside: Outside::default(),
            outlooks: Outlooks::new(settings.states),
            variants: settings.variants,
            idle_next: None,
        }
    }

    /// The service, to look at.
    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    /// The execution of an ARN.
    pub(crate) fn execution(&self, arn: &ExecutionArn) -> Result<&Execution, LocalError> {
        Ok(self.service.execution(arn)?)
    }

    /// An ARN from its text. That of the invocation in flight, which is asked for again and again, is not read.
    pub(crate) fn arn(&self, text: &str) -> Result<ExecutionArn, ServiceError> {
        match &self.active {
            Some(active) if active.arn() == text => Ok(active.arn().clone()),
            _ => text.parse(),
        }
    }

    /// A request id from its text.
    pub(crate) fn request_id(&self, text: &str) -> RequestId {
        match &self.active {
            Some(active) if *active.request_id() == text => active.request_id().clone(),
            _ => text.into(),
        }
    }

    /// Makes a function known to the service.
    pub(crate) fn register_function(&mut self, name: &str, settings: FunctionSettings) {
        self.service.register_function(name, settings);
    }

    /// Starts an execution now.
    pub(crate) fn start(&mut self, request: StartRequest) -> Result<ExecutionArn, LocalError> {
        let now = self.now();
        Ok(self.service.start(now, request)?.arn)
    }

    /// Completes a callback now.
    pub(crate) fn complete_callback(
        &mut self,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        self.service.complete_callback(now, callback_id, completion)
    }

    /// Sends a heartbeat for a callback now.
    pub(crate) fn heartbeat_callback(
        &mut self,
        callback_id: &CallbackId,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        self.service.heartbeat_callback(now, callback_id)
    }

    /// Stops an execution now.
    pub(crate) fn stop(
        &mut self,
        arn: &ExecutionArn,
        error: Option<ErrorObject>,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        self.service.stop(now, arn, error).map(drop)
    }

    /// What is to be done by now; of several invocations the one that the scheduler chooses, if there is one.
    pub(crate) fn poll(&mut self, now: Timestamp) -> Option<Work> {
        let work = self.service.poll(now)?;
        let scheduler = self.scheduler.as_ref().filter(|one| !one.is_finished());
        match (work, scheduler) {
            (Work::Invoke(first), Some(scheduler)) => {
                let chosen = schedule::next_invocation(&self.service, now, scheduler);
                Some(Work::Invoke(chosen.unwrap_or(first)))
            }
            (work, _) => Some(work),
        }
    }

    /// What a plain function is to fail with instead of running.
    pub(crate) fn unavailable(&mut self, function: &str) -> Option<ErrorObject> {
        self.faults.unavailable(function)
    }

    /// Ends a call of a plain function.
    pub(crate) fn complete_plain_invocation(
        &mut self,
        invocation: &PlainInvocation,
        outcome: PlainOutcome,
    ) {
        let now = self.now();
        self.service
            .complete_plain_invocation(now, invocation, outcome);
    }

    /// Ends a call of a plain function after that much virtual time.
    pub(crate) fn answer_after(
        &mut self,
        takes: Duration,
        invocation: &PlainInvocation,
        outcome: PlainOutcome,
    ) {
        if takes.is_zero() {
            self.complete_plain_invocation(invocation, outcome);
        } else {
            let due = self.now().after(takes);
            self.late.plan(due, invocation.clone(), outcome);
        }
    }

    /// What went wrong outside the function since it was asked last.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Has a reply for the callbacks of a name, of an execution and of those that it calls.
    pub(crate) fn reply_to(&mut self, arn: &ExecutionArn, name: String, responder: Responder) {
        self.responders.add(arn, name, responder);
    }

    /// The names of the replies for an execution for which there was no callback so far.
    pub(crate) fn unasked_replies(&self, arn: &ExecutionArn) -> Vec<(usize, String)> {
        self.responders.unasked(arn)
    }

    /// Plans what a reply to a callback says.
    pub(crate) fn plan(&mut self, request: &CallbackRequest, reply: &CallbackReply) {
        let now = self.clock.now();
        let id = &request.callback_id;
        let actions = match reply.actions() {
            Ok(actions) => actions,
            Err(reason) => {
                self.failure = Some(Failure::Error(LocalError::Reply {
                    name: request.name.clone().unwrap_or_default(),
                    reason,
                }));
                return;
            }
        };
        for (delay, action) in actions {
            match action {
                CallbackAction::Complete(completion) if reply.while_running && delay.is_zero() => {
                    if let Err(error) = self.service.complete_callback(now, id, completion) {
                        self.failure = Some(Failure::Error(error.into()));
                    }
                }
                action => self.timeline.plan(now.after(delay), id, action),
            }
        }
    }

    /// Keeps what a responder panicked with.
    pub(crate) fn responder_panicked(&mut self, panic: Box<dyn Any + Send>) {
        self.failure = Some(Failure::Panic(panic));
    }

    /// Adds a watcher of the bodies of durable steps.
    pub(crate) fn watch_bodies(&mut self, watcher: Arc<dyn BodyWatcher>) {
        self.bodies.watch(watcher);
    }

    /// Chooses the order of what is concurrent by a scheduler, from now on.
    pub(crate) fn set_scheduler(&mut self, scheduler: &Scheduler) {
        self.bodies.watch(Arc::new(scheduler.clone()));
        self.scheduler = Some(scheduler.clone());
    }

    /// Whether the functions' tasks are to run newest first, where that can be.
    pub(crate) fn runs_newest_first(&self) -> bool {
        let scheduler = self.scheduler.as_ref();
        !self.follows_tokio() && scheduler.is_some_and(Scheduler::is_newest_first)
    }

    /// Notes that the body of a step is about to run; returns it with those who watch. None if the
    /// process of its invocation was killed: then it never runs.
    pub(crate) fn enter_body(
        &mut self,
        arn: &ExecutionArn,
        request_id: &RequestId,
        (spec, callee): (&StepSpec, Callee),
        attempt: u32,
    ) -> Option<EnteredBody> {
        let life = self.life_of(arn, request_id)?;
        self.activity.note();
        let is_path_wanted = self.trace.is_some() || self.bodies.are_watched();
        let run = (spec, attempt);
        let body = self
            .bodies
            .enter(&self.service, arn, request_id, run, is_path_wanted);
        self.note(|| Trace::BodyReady(body.clone()));
        self.saw_operation(arn, body.operation.as_ref(), callee.entry);
        Some(EnteredBody {
            body,
            life,
            watchers: self.bodies.watchers(),
            stand_ins: self.stand_ins(),
        })
    }

    /// Notes that a child-context block is about to run. None if the process of its invocation was
    /// killed: then it never runs.
    pub(crate) fn enter_block(
        &mut self,
        arn: &ExecutionArn,
        request_id: &RequestId,
        callee: Callee,
    ) -> Option<EnteredBlock> {
        if self.is_replaying_a_recording() {
            let run = BlockRun {
                operation: None,
                is_new: false,
            };
            return Some((run, 0, self.stand_ins()));
        }
        self.life_of(arn, request_id)?;
        let run = self.blocks.enter(&self.service, arn, request_id, callee);
        self.saw_operation(arn, run.operation.as_ref(), callee.entry);
        Some((run, self.bodies.next_number(), self.stand_ins()))
    }

    /// Whether invocations replay a recording at the moment, and not an execution of this host.
    pub(crate) fn is_replaying_a_recording(&self) -> bool {
        !self.passes.is_empty()
    }

    /// Has that take the place of bodies and functions from now on.
    pub(crate) fn set_stand_ins(&mut self, stand_ins: Arc<dyn StandIns>) {
        self.stand_ins = Some(StandInsOf(stand_ins));
    }

    pub(crate) fn stand_ins(&self) -> Option<Arc<dyn StandIns>> {
        self.stand_ins.as_ref().map(|one| Arc::clone(&one.0))
    }

    /// The virtual time that a fault makes the body take before it runs.
    pub(crate) fn delay_of(&mut self, body: &Body) -> Option<Duration> {
        let service = &self.service;
        let called = |wanted: &str| {
            let is_called = || {
                let execution = service.execution(&body.execution).ok()?;
                let operation = execution.operation(body.operation.as_ref()?.as_str())?;
                Some(Called::among(operation, || execution.operations()).is(wanted))
            };
            body.name == wanted || is_more_than_a_name(wanted) && is_called().unwrap_or_default()
        };
        self.faults.slow_step(&called)
    }

    /// Notes that a body runs: nothing holds it any longer.
    pub(crate) fn start_body(&mut self, body: Body) {
        if let Some(active) = &mut self.active {
            active.came_to_rest();
        }
        self.outlooks.body_runs(&body);
        self.note(|| Trace::BodyStarted(body));
    }

    /// Forgets a body that has ended; returns those who watch.
    pub(crate) fn leave_body(
        &mut self,
        body: &Body,
        end: Option<BodyEnd>,
    ) -> Vec<Arc<dyn BodyWatcher>> {
        self.note(|| Trace::BodyEnded(body.number, end));
        self.waiters.forget(WaiterId::Body(body.number));
        self.activity.note();
        self.bodies.leave(body);
        self.bodies.watchers()
    }

    /// What waits for virtual time in the invocation in flight.
    pub(crate) fn waiters(&mut self) -> &mut Waiters {
        &mut self.waiters
    }

    /// Whether anything goes on in the invocation in flight.
    pub(crate) fn activity(&mut self) -> &mut Activity {
        &mut self.activity
    }

    /// What the functions did so far, if the settings ask for it.
    pub(crate) fn trace(&self) -> &[Trace] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// Takes what the functions did so far.
    pub(crate) fn take_trace(&mut self) -> Vec<Trace> {
        self.trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, what: impl FnOnce() -> Trace) {
        if let Some(trace) = &mut self.trace {
            trace.push(what());
        }
    }

    /// The plan of what goes wrong, with its counts.
    pub(crate) fn faults(&self) -> &FaultPlan {
        &self.faults
    }
}

/// A handle on the shared world.
#[derive(Debug, Clone)]
pub(crate) struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        // A panic in a handler cannot leave the world half changed: the service is changed by
        // complete calls only.
        self.0.lock()
    }

    /// Whether both are the same world.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The world, unless it is in use.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, World>> {
        self.0.try_lock()
    }

    pub(crate) fn downgrade(&self) -> WeakWorld {
        WeakWorld(Arc::downgrade(&self.0))
    }
}

/// A handle that does not keep the world.
#[derive(Debug)]
pub(crate) struct WeakWorld(Weak<Mutex<World>>);

impl WeakWorld {
    pub(crate) fn upgrade(&self) -> Option<SharedWorld> {
        self.0.upgrade().map(SharedWorld)
    }
}

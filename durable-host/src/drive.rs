//! The drive loop: what AWS does around the function's invocations.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use durable_service::model::{
    CallbackId, ExecutionArn, OperationDetails, OperationStatus, Timestamp,
};
use durable_service::{InvocationOutcome, PlainInvocation, PlainOutcome, Work};
use parking_lot::MutexGuard;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::attended;
use super::invoke::{Call, Running, invoke};
use super::quiescence::Leftovers;
use super::replay::deafen;
use super::sdk::input::refused_input as refused;
use super::vigil::Vigil;
use super::watchdog::Watchdog;
use super::world::{
    Failure, InvocationFault, Life, StartedInvocation, Termination, World, callback_request,
};
use super::{LocalError, LocalHost, newest_first, plain};

/// How long a run may take.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, Copy)]
pub struct DriveLimits {
    /// Limit of real time.
    pub timeout: Duration,
    /// Limit of the execution's invocations.
    pub max_invocations: usize,
}

/// How far to drive, unless the execution is over before.
///
/// [`LocalHost::drive`] takes it.
#[derive(Debug, Clone, Copy)]
pub enum Until<'a> {
    /// To its end.
    Closed,
    /// Until nothing is left to do at the present time.
    Suspended,
    /// To a time on the virtual clock, with all that is due then.
    Time(Timestamp),
    /// Until a callback of that name, or any if it is `*`, waits for its completion.
    Callback(&'a str),
}

/// What a drive came to.
///
/// [`LocalHost::drive`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The execution is over.
    Closed,
    /// What was asked for.
    Condition,
}

/// How an invocation came to its end.
enum Ended {
    /// The function returned or failed.
    Returned(InvocationOutcome),
    /// It was cut off.
    CutOff(Termination),
    /// It took too long.
    TimedOut,
}

/// What the loop does next.
enum Step {
    /// It is done.
    Reached(Reached),
    /// Make an invocation of a durable function.
    Invoke(Box<StartedInvocation>),
    /// Call a plain function.
    Plain(Box<PlainInvocation>),
}

impl LocalHost {
    /// Drives all executions of the host until the given one is over.
    ///
    /// # Errors
    ///
    /// As [`LocalHost::drive`].
    pub async fn run_until_closed(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
    ) -> Result<(), LocalError> {
        self.drive(arn, limits, Until::Closed).await.map(|_| ())
    }

    /// Drives all executions of the host until the given one is over, or as far as asked: invokes
    /// what is due, and moves the clock to the next due time when no invocation is in flight.
    ///
    /// # Errors
    ///
    /// If a limit is reached, or nothing but an event from outside can move the execution. The
    /// execution stays as it is, for a look at it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use durable_runtime::IntoService as _;
    /// # use durable_runtime::prelude::*;
    /// # use durable_service::StartRequest;
    /// use durable_host::{DriveLimits, HostSettings, LocalHost, Reached, Until};
    ///
    /// # async fn sleeper(_: (), ctx: DurableContext) -> Result<(), BoxError> {
    /// #     ctx.wait(Duration::from_hours(24)).await?;
    /// #     Ok(())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let host = LocalHost::new(HostSettings::default());
    /// # host.register("sleeper", |options| sleeper.into_service(options))?;
    /// # let arn = host.start(StartRequest::new("sleeper", "null"))?;
    /// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
    ///
    /// // The function waits for a day.
    /// assert_eq!(host.drive(&arn, limits, Until::Suspended).await?, Reached::Condition);
    /// assert_eq!(host.invocations(), 1);
    ///
    /// assert_eq!(host.drive(&arn, limits, Until::Closed).await?, Reached::Closed);
    /// assert_eq!(host.invocations(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn drive(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
        until: Until<'_>,
    ) -> Result<Reached, LocalError> {
        if !self.runs_newest_first() {
            return self.drive_here(arn, limits, until).await;
        }
        let (host, arn) = (self.clone(), arn.clone());
        let name = match until {
            Until::Callback(name) => Some(name.to_owned()),
            _ => None,
        };
        let until = match until {
            Until::Closed | Until::Callback(_) => Until::Closed,
            Until::Suspended => Until::Suspended,
            Until::Time(time) => Until::Time(time),
        };
        let driven = newest_first::run(async move {
            let until = name.as_deref().map_or(until, Until::Callback);
            host.drive_here(&arn, limits, until).await
        });
        driven
            .await
            .map_err(|error| LocalError::Runtime(error.to_string()))?
    }

    /// Whether tasks are to run newest first. A paused clock has no such runtime, and with several threads
    /// they do anyway.
    fn runs_newest_first(&self) -> bool {
        let is_on_one_thread = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread);
        is_on_one_thread && self.0.world.lock().runs_newest_first()
    }

    async fn drive_here(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
        until: Until<'_>,
    ) -> Result<Reached, LocalError> {
        let what = self.with_execution(arn, |execution| {
            format!("the handler of function \"{}\"", execution.function())
        })?;
        if attended::is_attended(&self.0.world) {
            return Err(LocalError::DrivenFromInside);
        }
        let guard = Watchdog::start(limits.timeout, what);
        let timed_out = || LocalError::TimedOut {
            timeout: limits.timeout,
        };
        // One loop drives the host at a time: the clock must not move under another's invocation.
        let turn = guard.limit(self.0.driving.lock()).await;
        let _turn = turn.ok_or_else(timed_out)?;
        loop {
            let outside = self.outside_hash();
            match self.next_step(arn, limits, until, &guard, outside)? {
                Step::Reached(reached) => {
                    self.0.world.lock().saw_ends();
                    return Ok(reached);
                }
                Step::Invoke(mut started) => {
                    let outcome = self.invoke(&mut started);
                    let outcome = guard.limit(outcome).await.ok_or_else(timed_out)??;
                    let mut world = self.0.world.lock();
                    if let Some(mut outcome) = outcome {
                        let refused = refused_input(&outcome);
                        world.name_refused(&started.input.arn, &mut outcome);
                        world.complete_invocation(&started.input, outcome)?;
                        world.invoke_idly(&started.input.arn);
                        let execution = world.execution(arn)?;
                        if let Some(reason) = refused
                            && started.input.arn == *arn
                            && execution.caller().is_none()
                        {
                            return Err(LocalError::Input {
                                function: execution.function().to_owned(),
                                reason,
                            });
                        }
                    }
                    match world.take_failure() {
                        None => {}
                        Some(Failure::Error(error)) => return Err(error),
                        Some(Failure::Panic(panic)) => {
                            drop(world);
                            resume_unwind(panic);
                        }
                    }
                }
                Step::Plain(invocation) => {
                    let call = self.call_plain(&invocation);
                    guard.limit(call).await.ok_or_else(timed_out)??;
                }
            }
        }
    }

    /// Makes an invocation; none if it was cut off, of which the service knows already.
    async fn invoke(
        &self,
        started: &mut StartedInvocation,
    ) -> Result<Option<InvocationOutcome>, LocalError> {
        let service = self.service_of(&started.function)?;
        let timeout = self.function_timeout();
        let (fault, unavailable, follows_tokio, life) = {
            let mut world = self.0.world.lock();
            let (fault, unavailable) = world.make_invocation(started, timeout);
            let life = world.active_life();
            (fault, unavailable, world.follows_tokio(), life)
        };
        let leftovers = Leftovers::before();
        if let Some(error) = unavailable {
            return Ok(Some(InvocationOutcome::Failed(error)));
        }
        let call = Call {
            now: started.now,
            timeout,
            host: self.0.id.clone(),
            reachable: Arc::clone(&self.0.reachable),
            // Two deliveries have one token.
            first_pages: self.first_pages(fault != Some(InvocationFault::DeliveredTwice)),
        };
        let again = (fault == Some(InvocationFault::DeliveredTwice))
            .then(|| invoke(service.clone(), started.input.clone(), &call));
        let mut running = invoke(service, started.take_input(), &call);
        self.fenced().extend(again);
        // Only where tokio's time is virtual can an invocation take any by itself.
        let limit = follows_tokio.then_some(timeout);
        let ended = self.attend(&mut running, limit).await;
        match (ended, fault) {
            (Ended::CutOff(Termination::Killed), _) => {}
            (Ended::CutOff(Termination::Fenced), _) => {
                self.fenced().push(running);
                return Ok(None);
            }
            (Ended::TimedOut, _) => {
                self.0.world.lock().time_out();
                self.0
                    .paused_clock
                    .call_once(|| warn_of_paused_clock(timeout));
            }
            (Ended::Returned(_), Some(InvocationFault::ResponseLost)) => self.0.world.lock().kill(),
            (Ended::Returned(_), Some(InvocationFault::Overlong)) => {
                let mut world = self.0.world.lock();
                world.advance_to_deadline();
                world.time_out();
            }
            (Ended::Returned(outcome), _) => return Ok(Some(outcome)),
        }
        // The process is dead, and so are the tasks that it spawned; the next one starts without them.
        drop(running);
        leftovers
            .rest(|| life.as_ref().is_none_or(Life::is_still))
            .await;
        Ok(None)
    }

    /// Polls an invocation to its end, and beside it those that are fenced.
    async fn attend(&self, running: &mut Running, limit: Option<Duration>) -> Ended {
        // Beside fenced invocations that run on, and where the SDK has timers of its own, a wake says nothing.
        let is_clear = self.fenced().is_empty() && !self.delays_checkpoints();
        let vigil = is_clear.then(|| Vigil::start(&self.0.world)).flatten();
        let ended = poll_fn(|cx| {
            let _deaf = deafen();
            let poll = attended::attend(&self.0.world, || match &vigil {
                Some(vigil) => vigil.poll(&self.0.world, cx, |cx| running.as_mut().poll(cx)),
                None => running.as_mut().poll(cx),
            });
            self.poll_fenced(cx);
            let termination = self.0.world.lock().poll_termination(cx.waker());
            match (termination, poll) {
                (Some(termination), Poll::Pending) => Poll::Ready(Ended::CutOff(termination)),
                // It was fenced, and has come to its end by itself.
                (Some(_), Poll::Ready(_)) => Poll::Ready(Ended::CutOff(Termination::Killed)),
                (None, Poll::Ready(outcome)) => Poll::Ready(Ended::Returned(outcome)),
                (None, Poll::Pending) => Poll::Pending,
            }
        });
        match limit {
            Some(limit) => tokio::time::timeout(limit, ended)
                .await
                .unwrap_or(Ended::TimedOut),
            None => ended.await,
        }
    }

    fn poll_fenced(&self, cx: &mut Context<'_>) {
        let mut fenced = std::mem::take(&mut *self.fenced());
        fenced.retain_mut(|running| running.as_mut().poll(cx).is_pending());
        self.fenced().append(&mut fenced);
    }

    fn fenced(&self) -> MutexGuard<'_, Vec<Running>> {
        self.0.fenced.lock()
    }

    async fn call_plain(&self, invocation: &PlainInvocation) -> Result<(), LocalError> {
        let function = self.plain_of(&invocation.function)?;
        let request_id = invocation.operation.as_str();
        let (unavailable, stand_ins) = {
            let mut world = self.0.world.lock();
            let unavailable = world.unavailable(&invocation.function);
            (unavailable, world.stand_ins())
        };
        if let Some(error) = unavailable {
            let failed = PlainOutcome::Failed(error);
            self.0
                .world
                .lock()
                .complete_plain_invocation(invocation, failed);
            return Ok(());
        }
        let stand_in = stand_ins.and_then(|stand_ins| {
            stand_ins.function(
                &invocation.function,
                &invocation.execution,
                &invocation.input,
            )
        });
        let (takes, answer) = match stand_in {
            None => (Duration::ZERO, None),
            Some(stand_in) => (stand_in.takes, stand_in.answer),
        };
        let outcome = match answer {
            Some(answer) => plain::outcome(|| answer, request_id).await,
            None => plain::call(&function, &invocation.input, request_id).await,
        };
        self.0.world.lock().answer_after(takes, invocation, outcome);
        Ok(())
    }

    /// Moves time until there is something to do.
    fn next_step(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
        until: Until<'_>,
        guard: &Watchdog,
        outside: Option<u64>,
    ) -> Result<Step, LocalError> {
        let is_alone = self.fenced().is_empty();
        let mut world = self.0.world.lock();
        loop {
            if guard.is_over() {
                return Err(LocalError::TimedOut {
                    timeout: limits.timeout,
                });
            }
            let now = world.now();
            world.fire_due(now);
            let execution = world.execution(arn)?;
            if execution.status().is_terminal() {
                return Ok(Step::Reached(Reached::Closed));
            }
            if let Until::Callback(name) = until
                && open_callback(&world, arn, name).is_some()
            {
                return Ok(Step::Reached(Reached::Condition));
            }
            let invocations = execution.invocations().len();
            match world.poll(now) {
                Some(Work::Call(invocation)) => return Ok(Step::Plain(Box::new(invocation))),
                Some(Work::Invoke(next)) => {
                    if next == *arn && invocations >= limits.max_invocations {
                        return Err(LocalError::TooManyInvocations {
                            limit: limits.max_invocations,
                        });
                    }
                    let started = world.start_invocation(&next)?;
                    world.note_state(&next, outside, is_alone);
                    return Ok(Step::Invoke(Box::new(started)));
                }
                None => {}
            }
            if matches!(until, Until::Suspended) {
                return Ok(Step::Reached(Reached::Condition));
            }
            match (world.next_due(), until) {
                (due, Until::Time(time)) if due.is_none_or(|due| due > time) => {
                    world.advance_to(time);
                    return Ok(Step::Reached(Reached::Condition));
                }
                (Some(due), _) => world.advance_to(due),
                (None, _) => return Err(LocalError::Stuck),
            }
        }
    }
}

/// Says what a paused clock does to real I/O: the invocation ran out of virtual time.
fn warn_of_paused_clock(timeout: Duration) {
    eprintln!(
        "durable-test: an invocation ran into the function's timeout of {timeout:?} on tokio's paused clock. \
         That clock jumps to the next timer as soon as no task can run, even while real I/O is under way. A \
         test whose steps do real I/O must not pause it: take `start_paused` away"
    );
}

/// Why the event of an invocation could not be read, if it failed with that.
fn refused_input(outcome: &InvocationOutcome) -> Option<String> {
    let InvocationOutcome::Failed(error) = outcome else {
        return None;
    };
    refused(error.error_message()?).map(str::to_owned)
}

/// The id of the callback of that name or path that waits for its completion, of an execution or of those that
/// it called, its own first.
pub(super) fn open_callback(world: &World, arn: &ExecutionArn, wanted: &str) -> Option<CallbackId> {
    let execution = world.execution(arn).ok()?;
    let own = execution.operations().find_map(|operation| {
        if operation.status != OperationStatus::Started {
            return None;
        }
        let request = callback_request(execution, operation)?;
        request.is_called(wanted).then_some(request.callback_id)
    });
    own.or_else(|| {
        let mut operations = execution.operations();
        operations.find_map(|operation| match &operation.details {
            OperationDetails::ChainedInvoke(call) => {
                open_callback(world, call.execution.as_ref()?, wanted)
            }
            _ => None,
        })
    })
}

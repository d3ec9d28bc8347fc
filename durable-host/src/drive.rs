//! The drive loop: what AWS does around the function's invocations.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::sync::{MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use durable_service::model::{
    CallbackId, ExecutionArn, OperationDetails, OperationStatus, Timestamp,
};
use durable_service::{
    Execution, InvocationInput, InvocationOutcome, PlainInvocation, PlainOutcome,
};

use super::callbacks::callback_name;
use super::flight::{Cut, Flight};
use super::guard::RealTimeGuard;
use super::invoke::{Call, Running, invoke};
use super::plan::InvocationFault;
use super::world::World;
use super::{LocalError, LocalHost, plain};
use durable_runtime::reply::ANY_CALLBACK;

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub struct DriveLimits {
    /// Most real time.
    pub timeout: Duration,
    /// Most invocations of the execution.
    pub max_invocations: usize,
}

/// How far to drive, unless the execution is over before.
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
    Cut(Cut),
    /// It took too long.
    TimedOut,
}

/// What the loop does next.
enum Step {
    /// It is done.
    Reached(Reached),
    /// Invoke a durable function.
    Invoke(Box<InvocationInput>, String, Call),
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
    /// If a limit is reached, or nothing can move the execution any more but somebody outside. The
    /// execution stays as it is, for a look at it.
    pub async fn drive(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
        until: Until<'_>,
    ) -> Result<Reached, LocalError> {
        let what = self.with_execution(arn, |execution| {
            format!("the handler of function \"{}\"", execution.function())
        })?;
        let guard = RealTimeGuard::start(limits.timeout, what);
        let timed_out = || LocalError::TimedOut {
            timeout: limits.timeout,
        };
        // One loop drives the host at a time: the clock must not move under another's invocation.
        let turn = guard.limit(self.driving.lock()).await;
        let _turn = turn.ok_or_else(timed_out)?;
        loop {
            match self.next_step(arn, limits, until, &guard)? {
                Step::Reached(reached) => return Ok(reached),
                Step::Invoke(input, function, call) => {
                    let outcome = self.invoke(&input, &function, &call);
                    let outcome = guard.limit(outcome).await.ok_or_else(timed_out)??;
                    let mut world = self.world.lock();
                    if let Some(outcome) = outcome {
                        let now = world.catch_up();
                        world.service.complete_invocation(
                            now,
                            &input.arn,
                            &input.request_id,
                            outcome,
                        )?;
                    }
                    world.problem.take().map_or(Ok(()), Err)?;
                    if let Some(panic) = world.panic.take() {
                        drop(world);
                        resume_unwind(panic);
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
        input: &InvocationInput,
        function: &str,
        call: &Call,
    ) -> Result<Option<InvocationOutcome>, LocalError> {
        let service = self.service_of(function)?;
        let (fault, unavailable, follows_tokio) = {
            let mut world = self.world.lock();
            let world = &mut *world;
            world.bodies.invocation_begins();
            world.flight = Some(Flight::new(input, call));
            let fault = world.script.invocation();
            let unavailable = world.script.unavailable(function);
            (fault, unavailable, world.clock.follows_tokio())
        };
        if let Some(error) = unavailable {
            return Ok(Some(InvocationOutcome::Failed(error)));
        }
        let mut running = invoke(service.clone(), input, call);
        if fault == Some(InvocationFault::DeliveredTwice) {
            self.unheard().push(invoke(service, input, call));
        }
        // Only where tokio's time is virtual can an invocation take any by itself.
        let limit = follows_tokio.then_some(call.timeout);
        let ended = self.attend(&mut running, limit).await;
        let mut world = self.world.lock();
        match (ended, fault) {
            (Ended::Cut(Cut::Killed), _) => Ok(None),
            (Ended::Cut(Cut::GivenUp), _) => {
                drop(world);
                self.unheard().push(running);
                Ok(None)
            }
            (Ended::TimedOut, _) => {
                world.cut_off(Cut::Killed, Flight::timed_out);
                Ok(None)
            }
            (Ended::Returned(_), Some(InvocationFault::ResponseLost)) => {
                world.cut_off(Cut::Killed, Flight::killed);
                Ok(None)
            }
            (Ended::Returned(_), Some(InvocationFault::Overlong)) => {
                world.spend_all();
                world.cut_off(Cut::Killed, Flight::timed_out);
                Ok(None)
            }
            (Ended::Returned(outcome), _) => Ok(Some(outcome)),
        }
    }

    /// Polls an invocation to its end, and beside it those that nobody hears any more.
    async fn attend(&self, running: &mut Running, limit: Option<Duration>) -> Ended {
        let ended = poll_fn(|cx| {
            let poll = running.as_mut().poll(cx);
            self.poll_unheard(cx);
            match (self.world.lock().poll_cut(cx.waker()), poll) {
                (Some(cut), Poll::Pending) => Poll::Ready(Ended::Cut(cut)),
                // It was given up, and has come to its end by itself.
                (Some(_), Poll::Ready(_)) => Poll::Ready(Ended::Cut(Cut::Killed)),
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

    fn poll_unheard(&self, cx: &mut Context<'_>) {
        let mut unheard = std::mem::take(&mut *self.unheard());
        unheard.retain_mut(|running| running.as_mut().poll(cx).is_pending());
        self.unheard().append(&mut unheard);
    }

    fn unheard(&self) -> MutexGuard<'_, Vec<Running>> {
        self.unheard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call_plain(&self, invocation: &PlainInvocation) -> Result<(), LocalError> {
        let function = self.plain_of(&invocation.function)?;
        let request_id = invocation.operation.as_str();
        let unavailable = self.world.lock().script.unavailable(&invocation.function);
        let outcome = match unavailable {
            Some(error) => PlainOutcome::Failed(error),
            None => plain::call(&function, &invocation.input, request_id).await,
        };
        let mut world = self.world.lock();
        let now = world.clock.now();
        world
            .service
            .complete_plain_invocation(now, invocation, outcome);
        Ok(())
    }

    /// Moves time until there is something to do.
    fn next_step(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
        until: Until<'_>,
        guard: &RealTimeGuard,
    ) -> Result<Step, LocalError> {
        let mut world = self.world.lock();
        loop {
            if guard.is_over() {
                return Err(LocalError::TimedOut {
                    timeout: limits.timeout,
                });
            }
            let now = world.clock.now();
            world.do_due(now);
            let execution = world.service.execution(arn)?;
            if execution.status().is_terminal() {
                return Ok(Step::Reached(Reached::Closed));
            }
            if let Until::Callback(name) = until
                && open_callback(execution, name).is_some()
            {
                return Ok(Step::Reached(Reached::Condition));
            }
            let invocations = execution.invocations().len();
            if let Some(invocation) = world.service.take_plain_invocation() {
                return Ok(Step::Plain(Box::new(invocation)));
            }
            if let Some(next) = world.service.next_invocation(now) {
                if next == *arn && invocations >= limits.max_invocations {
                    return Err(LocalError::TooManyInvocations {
                        most: limits.max_invocations,
                    });
                }
                return self.begin(&mut world, &next, now);
            }
            if matches!(until, Until::Suspended) {
                return Ok(Step::Reached(Reached::Condition));
            }
            match (world.next_due(), until) {
                (due, Until::Time(time)) if due.is_none_or(|due| due > time) => {
                    world.clock.advance_to(time);
                    return Ok(Step::Reached(Reached::Condition));
                }
                (Some(due), _) => world.clock.advance_to(due),
                (None, _) => return Err(LocalError::Stuck),
            }
        }
    }

    fn begin(
        &self,
        world: &mut World,
        arn: &ExecutionArn,
        now: Timestamp,
    ) -> Result<Step, LocalError> {
        let execution = world.service.execution(arn)?;
        let function = execution.function().to_owned();
        let call = Call {
            now,
            timeout: self.function_timeout(),
            host: self.id.clone(),
            tenant_id: execution.tenant_id().map(str::to_owned),
        };
        let input = world.service.begin_invocation(now, arn)?;
        Ok(Step::Invoke(Box::new(input), function, call))
    }
}

/// The id of the callback of that name that waits for its completion.
pub(super) fn open_callback(execution: &Execution, name: &str) -> Option<CallbackId> {
    execution.operations().find_map(|operation| {
        let OperationDetails::Callback(details) = &operation.details else {
            return None;
        };
        let open = operation.status == OperationStatus::Started;
        let named = name == ANY_CALLBACK || callback_name(execution, operation) == Some(name);
        (open && named).then(|| details.callback_id.clone())
    })
}

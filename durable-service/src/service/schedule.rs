//! The verbs of a host that drives executions: what to do next, how long to wait, and what happens when
//! time has passed.

use super::{PlainInvocation, Service};
use crate::Execution;
use crate::model::{ExecutionArn, OperationId, Timestamp};

/// What a host does next.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Invoke the function of an execution. The invocation starts with
    /// [`Service::start_invocation`], and stays due until then.
    Invoke(ExecutionArn),
    /// Call a plain function, and report how the call ended to
    /// [`Service::complete_plain_invocation`]. The call is handed out once.
    Call(PlainInvocation),
}

/// How an idle host spends the time until something is due.
///
/// The argument of [`Service::poll_timeout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// It sleeps: time passes by itself. What [`handle_timeout`](Service::handle_timeout) left due by `now`
    /// waits for the host, not for time.
    Sleep {
        /// The present time.
        now: Timestamp,
    },
    /// It moves its clock ahead. An execution timeout that neither a start nor a function's configuration
    /// set does not move the clock by itself: an execution with nothing else due waits for a call from
    /// outside.
    Skip {
        /// When the host itself has an action due, such as the completion of a callback.
        planned: Option<Timestamp>,
    },
}

/// An operation that is due.
///
/// [`Service::due_together`] lists them, and a [`Schedule`] chooses one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueOperation {
    /// The execution.
    pub execution: ExecutionArn,
    /// The operation.
    pub operation: OperationId,
}

/// Chooses the order in which timers fire.
///
/// [`Service::handle_timeout`](crate::Service::handle_timeout) takes one; [`DueOrder`] is the order of due times.
///
/// One that fires the operation that was made last, of those that are due together:
///
/// ```
/// use durable_service::model::Timestamp;
/// use durable_service::{Next, Schedule, Service, ServiceSettings};
///
/// struct LastFirst;
///
/// impl Schedule for LastFirst {
///     fn next(&mut self, service: &Service, now: Timestamp) -> Next {
///         match service.due_together(now) {
///             Some((_, together)) => together.last().cloned().map_or(Next::InDueOrder, Next::Operation),
///             None => Next::InDueOrder,
///         }
///     }
/// }
///
/// let mut service = Service::new(ServiceSettings::default());
/// let now = Timestamp::from_millis(0);
/// service.handle_timeout(now, &mut LastFirst);
/// assert_eq!(service.poll(now), None);
/// ```
pub trait Schedule {
    /// Chooses what fires next. Called again after each operation that it chose.
    fn next(&mut self, service: &Service, now: Timestamp) -> Next;
}

/// What fires next.
///
/// A [`Schedule`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// One operation, which is due by now: [`Service::due_together`] returns those to choose from.
    Operation(DueOperation),
    /// Everything that is due by now, in due order.
    InDueOrder,
    /// Nothing. What is due stays due.
    Nothing,
}

/// The order of due times. Of equal times the execution that started first comes first, and in an
/// execution its own timeout, then its operations in the order of their creation.
///
/// [`Service::handle_timeout`](crate::Service::handle_timeout) takes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueOrder;

impl Schedule for DueOrder {
    fn next(&mut self, _: &Service, _: Timestamp) -> Next {
        Next::InDueOrder
    }
}

impl Service {
    /// Returns what the host does next: calls of plain functions in the order of their checkpoints, then
    /// the invocation that is overdue the longest; of equal times that of the execution started first.
    /// None if nothing is due by now.
    pub fn poll(&mut self, now: Timestamp) -> Option<Work> {
        let call = self.plain.pop_front().map(Work::Call);
        call.or_else(|| self.next_invocation(now).map(Work::Invoke))
    }

    /// Like [`poll`](Self::poll), for a host that cannot invoke every function now: skips the functions that
    /// it does not admit. It is asked about each function with a due invocation once at most, however many
    /// are due.
    pub fn poll_where(
        &mut self,
        now: Timestamp,
        mut admits: impl FnMut(&str) -> bool,
    ) -> Option<Work> {
        if let Some(call) = self.plain.pop_front() {
            return Some(Work::Call(call));
        }
        self.executions
            .due_by_function(now)
            .find(|execution| admits(execution.function()))
            .map(|execution| Work::Invoke(execution.arn().clone()))
    }

    /// Returns the execution whose next invocation is due by now: the one that is overdue the longest, then
    /// the one started first.
    #[must_use]
    pub fn next_invocation(&self, now: Timestamp) -> Option<ExecutionArn> {
        let execution = self.due_invocations(now).next()?;
        Some(execution.arn().clone())
    }

    /// The executions whose next invocation is due by now, in the order in which [`poll`](Self::poll) returns them. A
    /// host may start any of these invocations first.
    pub fn due_invocations(&self, now: Timestamp) -> impl Iterator<Item = &Execution> {
        self.executions
            .of(self.executions.due().invocations.until(now))
    }

    /// Earliest time at which something is due, for an idle host. None while only a call from outside can
    /// change anything.
    #[must_use]
    pub fn poll_timeout(&self, idle: Idle) -> Option<Timestamp> {
        match idle {
            Idle::Sleep { now } => {
                let due = self.executions.due();
                earliest([due.invocations.next_after(now), due.timers.next_after(now)])
            }
            Idle::Skip { planned } => {
                let next = earliest([
                    self.next_operation_due(),
                    planned,
                    self.next_explicit_timeout(),
                ])?;
                earliest([Some(next), self.next_due()])
            }
        }
    }

    /// Earliest invocation or operation timer of any execution, ignoring execution timeouts.
    #[must_use]
    pub fn next_operation_due(&self) -> Option<Timestamp> {
        let due = self.executions.due();
        earliest([due.invocations.next(), due.operations.next()])
    }

    /// Earliest execution timeout that a start or a function's configuration set, ignoring those that a
    /// pause stops.
    #[must_use]
    pub fn next_explicit_timeout(&self) -> Option<Timestamp> {
        self.executions.due().explicit_timeouts.next()
    }

    /// Earliest invocation, operation timer or execution timeout of any execution.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = self.executions.due();
        earliest([due.invocations.next(), due.timers.next()])
    }

    /// Fires what is due by now, in the order that the schedule chooses, and forgets executions whose
    /// retention has ended.
    pub fn handle_timeout(&mut self, now: Timestamp, schedule: &mut impl Schedule) {
        self.executions.forget_expired(now);
        loop {
            match schedule.next(self, now) {
                Next::Operation(due) => {
                    if !self.fire_operation(now, &due) {
                        return;
                    }
                }
                Next::InDueOrder => return self.fire_in_due_order(now),
                Next::Nothing => return,
            }
        }
    }

    /// Fires what is due by now in due order, as [`handle_timeout`](Self::handle_timeout) does, but no more
    /// than `max` times: once for each execution and due time. Returns whether more is due.
    ///
    /// For a host whose callers wait meanwhile: they can go first in between.
    pub fn handle_some_timeouts(&mut self, now: Timestamp, max: usize) -> bool {
        self.executions.forget_expired(now);
        for _ in 0..max {
            if !self.fire_next(now) {
                return false;
            }
        }
        let next = self.executions.due().timers.next();
        next.is_some_and(|due| due <= now)
    }

    /// Fires what is due by now of one execution, before the others' turn, and forgets it if its retention has ended.
    /// Changes nothing if nothing of it is due.
    ///
    /// For a call about this execution: all that is due of others can wait for
    /// [`handle_some_timeouts`](Self::handle_some_timeouts).
    pub fn handle_timeouts_of(&mut self, now: Timestamp, arn: &ExecutionArn) {
        let Some(due) = self.executions.get(arn).map(Execution::due_times) else {
            return;
        };
        if due.expiry.is_some_and(|expiry| expiry <= now) {
            self.executions.forget(arn);
            return;
        }
        if due.timer.is_none_or(|timer| timer > now) {
            return;
        }
        let fired = self.executions.change_at(arn, now, |execution, now| {
            execution.fire_until(now, now);
        });
        if fired.is_some() {
            self.report(arn);
        }
    }

    fn fire_in_due_order(&mut self, now: Timestamp) {
        while self.fire_next(now) {}
    }

    /// Fires what is due next in the execution where that is. Returns false, without a change, if nothing is
    /// due by now.
    fn fire_next(&mut self, now: Timestamp) -> bool {
        let next = self.executions.due().timers.first();
        let Some((due, number)) = next.filter(|(due, _)| *due <= now) else {
            return false;
        };
        self.fire_until(now, due, number)
    }

    /// Fires what is due by a time in the execution of a number. Returns false if there is no such execution.
    pub(super) fn fire_until(&mut self, now: Timestamp, due: Timestamp, number: u64) -> bool {
        let Some(execution) = self.executions.by_number(number) else {
            return false;
        };
        let arn = execution.arn().clone();
        let due = execution.local(due);
        self.executions
            .change_at(&arn, now, |execution, now| execution.fire_until(due, now));
        self.report(&arn);
        true
    }

    /// Fires an operation. Returns false, without a change, if it is not due by now.
    fn fire_operation(&mut self, now: Timestamp, due: &DueOperation) -> bool {
        let DueOperation {
            execution: arn,
            operation,
        } = due;
        let fired = self.executions.change_at(arn, now, |execution, now| {
            execution.fire_operation(operation, now)
        });
        self.report(arn);
        fired == Some(true)
    }

    /// Returns the operations that share the earliest due time, if that has come, with that time.
    /// None if an execution timeout comes before them.
    #[must_use]
    pub fn due_together(&self, now: Timestamp) -> Option<(Timestamp, Vec<DueOperation>)> {
        let timers = &self.executions.due().timers;
        let due = timers.next().filter(|due| *due <= now)?;
        let operations: Vec<_> = self
            .executions
            .of(timers.at(due))
            .flat_map(|execution| {
                let operations = execution.operations_due_at(execution.local(due));
                operations.map(|operation| DueOperation {
                    execution: execution.arn().clone(),
                    operation: operation.clone(),
                })
            })
            .collect();
        (!operations.is_empty()).then_some((due, operations))
    }
}

fn earliest<const N: usize>(times: [Option<Timestamp>; N]) -> Option<Timestamp> {
    times.into_iter().flatten().min()
}

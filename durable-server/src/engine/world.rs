//! The state under the engine's lock: the service, the clock, and the waiters.

use std::collections::{BTreeSet, HashMap};

use durable_service::model::{ErrorObject, ExecutionArn, ExecutionStatus, Timestamp};
use durable_service::{Execution, Service};
use durable_view::{human, one_line};
use tokio::sync::oneshot;

use super::clock::Clock;
use super::skipper::Skipper;
use crate::logs::LogTail;

/// Limit on the characters of a line about an end.
const MAX_LINE_CHARS: usize = 1_000;

/// How much of what is due fires in one go, under the lock: some milliseconds' worth.
const MAX_FIRED: usize = 64;

/// How an execution ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExecutionStatus,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<ErrorObject>,
}

/// A synchronous invoke that waits for the end of an execution.
#[derive(Debug)]
struct Waiter {
    ended: oneshot::Sender<Ended>,
    tail: Option<LogTail>,
}

/// The state under the engine's lock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) service: Service,
    pub(super) clock: Clock,
    /// Skips time; none if it passes by itself alone.
    pub(super) skipper: Option<Skipper>,
    /// By their executions; only looked up.
    waiters: HashMap<ExecutionArn, Vec<Waiter>>,
    /// Whether more is due than the last call fired.
    pub(super) is_behind: bool,
    /// Whether time is skipped only when a client asks for it.
    held: bool,
    /// How often something here was switched that the service does not know.
    switches: u64,
    /// Executions whose next checkpoint is accepted, and its answer lost.
    lost_answers: BTreeSet<ExecutionArn>,
    /// Open executions that meet changed code, and how many of their invocations ran the earlier one; only looked
    /// up.
    changed_code: HashMap<ExecutionArn, usize>,
}

impl World {
    pub(super) fn new(
        service: Service,
        clock: Clock,
        skipper: Option<Skipper>,
        held: bool,
    ) -> Self {
        Self {
            service,
            clock,
            skipper,
            waiters: HashMap::new(),
            is_behind: false,
            held,
            switches: 0,
            lost_answers: BTreeSet::new(),
            changed_code: HashMap::new(),
        }
    }

    /// Whether time is skipped only when a client asks for it.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// Whether time is skipped at all, and so can be held.
    pub(crate) fn skips(&self) -> bool {
        self.skipper.is_some()
    }

    /// Loses the answer to the next checkpoint of an execution. Returns whether it was to be answered before.
    pub(crate) fn lose_answer(&mut self, arn: ExecutionArn) -> bool {
        self.switches += 1;
        self.lost_answers.insert(arn)
    }

    /// Whether the answer to the next checkpoint of an execution gets lost.
    pub(crate) fn loses_answer(&self, arn: &ExecutionArn) -> bool {
        self.lost_answers.contains(arn)
    }

    /// Takes the loss of the answer to a checkpoint; false if it is to be answered.
    pub(crate) fn take_loss(&mut self, arn: &ExecutionArn) -> bool {
        let is_lost = self.lost_answers.remove(arn);
        self.switches += u64::from(is_lost);
        is_lost
    }

    /// Takes down that the program of a function has changed. Returns the open executions that it was invoked for:
    /// their next invocations replay them on the changed program.
    pub(super) fn change_code(&mut self, function: &str) -> Vec<ExecutionArn> {
        self.switches += 1;
        let service = &self.service;
        self.changed_code.retain(|arn, _| {
            let execution = service.execution(arn);
            execution.is_ok_and(|execution| !execution.status().is_terminal())
        });
        let open = self.service.executions().filter(|execution| {
            !execution.status().is_terminal()
                && execution.function() == function
                && !execution.invocations().is_empty()
        });
        let met: Vec<(ExecutionArn, usize)> = open
            .map(|execution| (execution.arn().clone(), execution.invocations().len()))
            .collect();
        self.changed_code.extend(met.iter().cloned());
        met.into_iter().map(|(arn, _)| arn).collect()
    }

    /// How many invocations of an open execution ran an earlier program; none if its program has not changed.
    pub(crate) fn changed_after(&self, arn: &ExecutionArn) -> Option<usize> {
        self.changed_code.get(arn).copied()
    }

    /// Holds time, or lets it be skipped again.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        self.switches += 1;
    }

    /// Fires what is due of an execution, for a call that it decides about.
    pub(crate) fn catch_up_with(&mut self, now: Timestamp, arn: &ExecutionArn) {
        self.service.handle_timeouts_of(now, arn);
    }

    /// How many changes there were, of executions and here.
    pub(crate) fn changes(&self) -> u64 {
        self.service.change_count() + self.switches
    }

    /// Fires what is due, as much as goes at once, and returns the time.
    pub(super) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.is_behind = self.service.handle_some_timeouts(now, MAX_FIRED);
        now
    }

    /// Adds a waiter: the receiver gets the end of an execution, the tail what its invocations write.
    pub(crate) fn watch(
        &mut self,
        arn: &ExecutionArn,
        tail: Option<LogTail>,
    ) -> oneshot::Receiver<Ended> {
        let (ended, receiver) = oneshot::channel();
        match self.service.execution(arn) {
            Ok(execution) if execution.status().is_terminal() => {
                // The receiver is at hand.
                drop(ended.send(end(execution)));
                return receiver;
            }
            Ok(_) => {}
            // Without a sender it learns that there is no end to come.
            Err(_) => return receiver,
        }
        let waiters = self.waiters.entry(arn.clone()).or_default();
        // A waiter that has gone needs no result.
        waiters.retain(|waiter| !waiter.ended.is_closed());
        waiters.push(Waiter { ended, tail });
        receiver
    }

    /// The tails of the waiters for an execution.
    pub(super) fn tails(&self, arn: &ExecutionArn) -> Vec<LogTail> {
        self.waiters
            .get(arn)
            .into_iter()
            .flatten()
            .filter_map(|waiter| waiter.tail.clone())
            .collect()
    }

    /// Notifies the waiters of executions that have ended since the last call, and returns a line for each of
    /// these executions. A waiter must check that the end is stored before it reports it.
    pub(super) fn take_ends(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for execution in self.service.take_ended() {
            for waiter in self.waiters.remove(execution.arn()).unwrap_or_default() {
                // A waiter that has gone needs no result.
                drop(waiter.ended.send(end(execution)));
            }
            lines.push(end_line(execution));
        }
        lines
    }

    /// Drops all waiters.
    pub(super) fn cancel_waiters(&mut self) {
        self.waiters.clear();
    }
}

fn end_line(execution: &Execution) -> String {
    let ended_at = execution.ended_at().unwrap_or(execution.started_at());
    let took = human(ended_at.since(execution.started_at()));
    let error = execution.error().map(|error| format!(": {error}"));
    let (arn, status) = (execution.arn(), execution.status());
    let error = error.unwrap_or_default();
    one_line(
        &format!("{arn} {status} after {took}{error}"),
        MAX_LINE_CHARS,
    )
}

fn end(execution: &Execution) -> Ended {
    Ended {
        status: execution.status(),
        result: execution.result().map(str::to_owned),
        error: execution.error().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use durable_service::model::Seconds;
    use durable_service::{ServiceSettings, StartRequest};

    use super::super::drive::Pause;
    use super::*;

    fn world() -> World {
        let mut service = Service::new(ServiceSettings::default());
        service.track_ends();
        World::new(service, Clock::frozen(), None, false)
    }

    /// Starts an execution that times out a second after it started, at a time before the clock's.
    fn start_overdue(world: &mut World) -> ExecutionArn {
        let request = StartRequest {
            execution_timeout: Some(Seconds(1)),
            ..StartRequest::new("f", "{}")
        };
        let start = Timestamp::from_millis(0);
        world.service.start(start, request).unwrap().arn
    }

    #[test]
    fn of_much_that_is_due_a_part_fires_at_once() {
        let mut world = world();
        let due = 2 * MAX_FIRED + 1;
        for _ in 0..due {
            start_overdue(&mut world);
        }
        let mut fired = Vec::new();
        loop {
            let now = world.catch_up();
            fired.push(world.take_ends().len());
            if !world.is_behind {
                assert_eq!(world.service.open_executions().count(), 0);
                assert_eq!(world.pause(now, false), Pause::Open);
                break;
            }
            assert_eq!(world.pause(now, false), Pause::None);
        }
        assert_eq!(fired, [MAX_FIRED, MAX_FIRED, 1]);
    }

    #[test]
    fn a_call_about_an_execution_comes_after_what_is_due_of_it() {
        let mut world = world();
        let arns: Vec<_> = (0..=MAX_FIRED).map(|_| start_overdue(&mut world)).collect();
        let last = arns.last().unwrap();
        let now = world.catch_up();
        let status = |world: &World| world.service.execution(last).unwrap().status();
        assert_eq!(status(&world), ExecutionStatus::Running);

        world.catch_up_with(now, last);
        assert_eq!(status(&world), ExecutionStatus::TimedOut);
        let error = ErrorObject::new("Late", "too late");
        world.service.stop(now, last, Some(error)).unwrap();
        assert_eq!(status(&world), ExecutionStatus::TimedOut);
    }

    #[test]
    fn waiters_get_the_end_of_their_execution() {
        let mut world = world();
        let (first, second) = (start_overdue(&mut world), start_overdue(&mut world));
        let mut early = world.watch(&first, Some(LogTail::default()));
        drop(world.watch(&first, Some(LogTail::default())));
        let mut other = world.watch(&first, None);
        assert_eq!(world.tails(&first).len(), 1);
        assert_eq!(world.tails(&second).len(), 0);
        assert!(early.try_recv().is_err());

        world.catch_up();
        assert_eq!(world.take_ends().len(), 2);
        let mut late = world.watch(&first, None);
        for waiter in [&mut early, &mut other, &mut late] {
            assert_eq!(waiter.try_recv().unwrap().status, ExecutionStatus::TimedOut);
        }
        assert!(world.waiters.is_empty());
        assert_eq!(world.tails(&first).len(), 0);
    }
}

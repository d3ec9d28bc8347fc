//! The state under the engine's lock: the service, the clock, and the waiters.

use std::collections::BTreeSet;

use durable_service::model::{ErrorObject, ExecutionArn, ExecutionStatus, Timestamp};
use durable_service::{DueOrder, Execution, Service};
use durable_view::{human, one_line};
use tokio::sync::oneshot;

use super::clock::Clock;
use super::skipper::Skipper;
use crate::logs::LogTail;

/// Limit on the characters of a line about an end.
const MAX_LINE_CHARS: usize = 1_000;

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
    arn: ExecutionArn,
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
    waiters: Vec<Waiter>,
    /// Whether time is skipped only when a client asks for it.
    held: bool,
    /// How often something here was switched that the service does not know.
    switches: u64,
    /// Executions whose next checkpoint is accepted, and its answer lost.
    lost_answers: BTreeSet<ExecutionArn>,
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
            waiters: Vec::new(),
            held,
            switches: 0,
            lost_answers: BTreeSet::new(),
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

    /// Holds time, or lets it be skipped again.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        self.switches += 1;
    }

    /// How many changes there were, of executions and here.
    pub(super) fn changes(&self) -> u64 {
        self.service.change_count() + self.switches
    }

    /// Fires what is due, and returns the time.
    pub(super) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.service.handle_timeout(now, &mut DueOrder);
        now
    }

    /// Adds a waiter: the receiver gets the end of an execution, the tail what its invocations write.
    pub(crate) fn watch(
        &mut self,
        arn: &ExecutionArn,
        tail: Option<LogTail>,
    ) -> oneshot::Receiver<Ended> {
        let (ended, receiver) = oneshot::channel();
        self.waiters.push(Waiter {
            arn: arn.clone(),
            ended,
            tail,
        });
        receiver
    }

    /// The tails of the waiters for an execution.
    pub(super) fn tails(&self, arn: &ExecutionArn) -> Vec<LogTail> {
        self.waiters
            .iter()
            .filter(|waiter| waiter.arn == *arn)
            .filter_map(|waiter| waiter.tail.clone())
            .collect()
    }

    /// Notifies the waiters of executions that have ended. A waiter must check that the end is stored
    /// before it reports it.
    pub(super) fn notify_waiters(&mut self) {
        for waiter in std::mem::take(&mut self.waiters) {
            match self.service.execution(&waiter.arn).map(ended) {
                // A waiter that has gone needs no result.
                Ok(Some(ended)) => drop(waiter.ended.send(ended)),
                Ok(None) if !waiter.ended.is_closed() => self.waiters.push(waiter),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// A line for each execution that has ended since the last call.
    pub(super) fn ends(&mut self) -> Vec<String> {
        let ended = self.service.take_ended();
        ended.into_iter().map(end_line).collect()
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

fn ended(execution: &Execution) -> Option<Ended> {
    let status = execution.status();
    status.is_terminal().then(|| Ended {
        status,
        result: execution.result().map(str::to_owned),
        error: execution.error().cloned(),
    })
}

//! The state under the engine's lock: the service, the clock, and the waiters.

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
}

impl World {
    pub(super) fn new(service: Service, clock: Clock, skipper: Option<Skipper>) -> Self {
        Self {
            service,
            clock,
            skipper,
            waiters: Vec::new(),
        }
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

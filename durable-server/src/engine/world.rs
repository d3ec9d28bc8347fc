//! The state under the engine's lock: the service, the clock, and the waiters.

use std::time::Duration;

use durable_service::model::{
    ErrorObject, ExecutionArn, ExecutionStatus, OperationStatus, OperationType, Timestamp,
};
use durable_service::{DueOrder, Execution, Service};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Activity;
use super::clock::Clock;
use crate::process::LogTail;

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
    /// Number of invocations in flight and API calls in progress.
    busy: usize,
    /// When the last activity that acts ended.
    idle_since: Instant,
    waiters: Vec<Waiter>,
}

impl World {
    pub(super) fn new(service: Service, clock: Clock) -> Self {
        Self {
            service,
            clock,
            busy: 0,
            idle_since: Instant::now(),
            waiters: Vec::new(),
        }
    }

    /// Fires what is due, and returns the time.
    pub(super) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.service.handle_timeout(now, &mut DueOrder);
        now
    }

    pub(super) fn start_work(&mut self) {
        self.busy += 1;
    }

    pub(super) fn end_work(&mut self, activity: Activity) {
        self.busy = self.busy.saturating_sub(1);
        if activity == Activity::Acting {
            self.idle_since = Instant::now();
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy > 0
    }

    /// Time since the last activity that acts.
    pub(super) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
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

    /// Drops all waiters.
    pub(super) fn cancel_waiters(&mut self) {
        self.waiters.clear();
    }

    /// Whether an open execution awaits an API call: one that completes a callback, or resumes it.
    pub(super) fn awaits_call(&self) -> bool {
        self.service.open_executions().any(|execution| {
            let status = execution.status();
            !status.is_terminal()
                && (status == ExecutionStatus::Paused
                    || execution.pending().any(|operation| {
                        operation.operation_type() == OperationType::Callback
                            && operation.status == OperationStatus::Started
                    }))
        })
    }
}

fn ended(execution: &Execution) -> Option<Ended> {
    let status = execution.status();
    status.is_terminal().then(|| Ended {
        status,
        result: execution.result().map(str::to_owned),
        error: execution.error().cloned(),
    })
}

#[cfg(test)]
mod tests {
    use durable_service::model::Seconds;
    use durable_service::{Idle, PauseRequest, ServiceSettings, StartRequest};

    use super::*;

    fn next_skip(world: &World) -> Option<Timestamp> {
        world.service.poll_timeout(Idle::Skip { planned: None })
    }

    #[test]
    fn time_is_not_skipped_to_the_timeout_of_a_paused_execution() {
        let now = Timestamp::from_millis(0);
        let service = Service::new(ServiceSettings::default());
        let mut world = World::new(service, Clock::frozen_at(now));
        let start = StartRequest {
            execution_timeout: Some(Seconds(900)),
            ..StartRequest::new("f", "{}")
        };
        let arn = world.service.start(now, start).unwrap().arn;
        let request = PauseRequest::default;

        world.service.pause(now, &arn, request()).unwrap();
        assert_eq!(next_skip(&world), None);

        world.service.resume(now, &arn, request()).unwrap();
        world.service.start_invocation(now, &arn).unwrap();
        assert_eq!(next_skip(&world), Some(now.after_seconds(900)));

        let counts_on = PauseRequest {
            execution_timeout_paused: Some(false),
            ..request()
        };
        world.service.pause(now, &arn, counts_on).unwrap();
        assert_eq!(next_skip(&world), Some(now.after_seconds(900)));
    }
}

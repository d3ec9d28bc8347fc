//! What the engine's lock guards: the service, the clock, and who waits for what.

use std::time::Duration;

use durable_service::model::{
    ErrorObject, ExecutionArn, ExecutionStatus, OperationStatus, OperationType, Timestamp,
};
use durable_service::{Execution, Service};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Doing;
use super::clock::Clock;
use crate::process::LogTail;

/// How an execution ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExecutionStatus,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<ErrorObject>,
}

/// Somebody who waits for the end of an execution.
#[derive(Debug)]
struct Waiter {
    arn: ExecutionArn,
    ended: oneshot::Sender<Ended>,
    tail: Option<LogTail>,
}

/// What the engine's lock guards.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) service: Service,
    pub(super) clock: Clock,
    /// Invocations in flight and calls of the API being answered.
    busy: usize,
    /// When something of these ended last that was more than a look.
    left_alone: Instant,
    waiters: Vec<Waiter>,
}

impl World {
    pub(super) fn new(service: Service, clock: Clock) -> Self {
        Self {
            service,
            clock,
            busy: 0,
            left_alone: Instant::now(),
            waiters: Vec::new(),
        }
    }

    /// The time, after everything that is due by then was done.
    pub(super) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.service.fire_due(now);
        now
    }

    pub(super) fn begin_work(&mut self) {
        self.busy += 1;
    }

    pub(super) fn end_work(&mut self, doing: Doing) {
        self.busy = self.busy.saturating_sub(1);
        if doing == Doing::Acting {
            self.left_alone = Instant::now();
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy > 0
    }

    /// For how long nothing but looks has happened.
    pub(super) fn alone_for(&self) -> Duration {
        self.left_alone.elapsed()
    }

    /// Tells how an execution ends, once it does; what its invocations write goes to the tail.
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

    /// The tails that want what an execution's invocations write.
    pub(super) fn tails(&self, arn: &ExecutionArn) -> Vec<LogTail> {
        self.waiters
            .iter()
            .filter(|waiter| waiter.arn == *arn)
            .filter_map(|waiter| waiter.tail.clone())
            .collect()
    }

    /// Tells those who wait for executions that have ended. They see to it themselves that the end is
    /// stored before they tell of it.
    pub(super) fn tell_ended(&mut self) {
        for waiter in std::mem::take(&mut self.waiters) {
            match self.service.execution(&waiter.arn).map(ended) {
                // Whoever does not wait any more needs no answer.
                Ok(Some(ended)) => drop(waiter.ended.send(ended)),
                Ok(None) if !waiter.ended.is_closed() => self.waiters.push(waiter),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Lets nobody wait any longer.
    pub(super) fn dismiss_waiters(&mut self) {
        self.waiters.clear();
    }

    /// Executions whose next invocation is due, with the name of their function: those first that
    /// wait longest, then those started first.
    pub(super) fn due_invocations(&self, now: Timestamp) -> Vec<(ExecutionArn, String)> {
        let mut due: Vec<(Timestamp, &Execution)> = self
            .service
            .open_executions()
            .filter_map(|execution| Some((execution.invoke_at()?, execution)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_by_key(|(at, _)| *at);
        due.into_iter()
            .map(|(_, execution)| (execution.arn().clone(), execution.function().to_owned()))
            .collect()
    }

    /// When time alone does something next. What is due already waits for a process, not for time.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.service
            .open_executions()
            .filter_map(Execution::next_due)
            .filter(|due| *due > now)
            .min()
    }

    /// Where skipped time goes next. An execution timeout that nobody chose is no such place by
    /// itself: an execution that has nothing else to come waits for somebody outside.
    pub(super) fn next_skip(&self) -> Option<Timestamp> {
        let moves = [self.service.next_move(), self.service.next_chosen_timeout()];
        let next = moves.into_iter().flatten().min()?;
        Some(self.service.next_due().map_or(next, |due| due.min(next)))
    }

    /// Whether somebody outside may act on an open execution: complete a callback, or resume it.
    pub(super) fn waits_for_somebody(&self) -> bool {
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
    use durable_service::{PauseRequest, ServiceSettings, StartRequest};

    use super::*;

    #[test]
    fn skipped_time_goes_nowhere_for_the_timeout_of_a_paused_execution() {
        let now = Timestamp::from_millis(0);
        let service = Service::new(ServiceSettings::default());
        let mut world = World::new(service, Clock::standing(now));
        let start = StartRequest {
            execution_timeout: Some(Seconds(900)),
            ..StartRequest::new("f", "{}")
        };
        let arn = world.service.start(now, start).unwrap().arn;
        let request = PauseRequest::default;

        world.service.pause(now, &arn, request()).unwrap();
        assert_eq!(world.next_skip(), None);

        world.service.resume(now, &arn, request()).unwrap();
        world.service.begin_invocation(now, &arn).unwrap();
        assert_eq!(world.next_skip(), Some(now.after_seconds(900)));

        let counts_on = PauseRequest {
            execution_timeout_paused: Some(false),
            ..request()
        };
        world.service.pause(now, &arn, counts_on).unwrap();
        assert_eq!(world.next_skip(), Some(now.after_seconds(900)));
    }
}

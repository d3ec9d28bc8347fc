//! The drive loop: what AWS does around the function's invocations.

use std::time::Duration;

use durable_service::InvocationInput;
use durable_service::model::{ExecutionArn, Timestamp};

use super::guard::RealTimeGuard;
use super::invoke::invoke;
use super::{LocalError, LocalHost};

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub struct DriveLimits {
    /// Most real time.
    pub timeout: Duration,
    /// Most invocations of the execution.
    pub max_invocations: usize,
}

/// What the loop does next.
enum Step {
    /// The execution is over.
    Closed,
    /// Invoke a function.
    Invoke(Box<InvocationInput>, String, Timestamp),
}

impl LocalHost {
    /// Drives all executions of the host until the given one is over: invokes what is due, and moves
    /// the clock to the next due time when no invocation is in flight.
    ///
    /// # Errors
    ///
    /// If a limit is reached, or nothing can move the execution any more. The execution stays as it
    /// is, for a look at it.
    pub async fn run_until_closed(
        &self,
        arn: &ExecutionArn,
        limits: DriveLimits,
    ) -> Result<(), LocalError> {
        let what = self.with_execution(arn, |execution| {
            format!("the handler of function \"{}\"", execution.function())
        })?;
        let guard = RealTimeGuard::start(limits.timeout, what);
        let timed_out = LocalError::TimedOut {
            timeout: limits.timeout,
        };
        // One loop drives the host at a time: the clock must not move under another's invocation.
        let turn = guard.limit(self.driving.lock()).await;
        let _turn = turn.ok_or_else(|| timed_out.clone())?;
        loop {
            let (input, function, now) = match self.next_step(arn, limits)? {
                Step::Closed => return Ok(()),
                Step::Invoke(input, function, now) => (input, function, now),
            };
            let service = self.service_of(&function)?;
            let outcome = guard.limit(invoke(&service, &input, now)).await;
            let outcome = outcome.ok_or_else(|| timed_out.clone())?;
            let mut world = self.world.lock();
            let now = world.clock.now();
            world
                .service
                .complete_invocation(now, &input.arn, &input.request_id, outcome)?;
        }
    }

    /// Moves time until an invocation is due, and begins it.
    fn next_step(&self, arn: &ExecutionArn, limits: DriveLimits) -> Result<Step, LocalError> {
        let mut world = self.world.lock();
        loop {
            let now = world.clock.now();
            world.service.fire_due(now);
            let execution = world.service.execution(arn)?;
            if execution.status().is_terminal() {
                return Ok(Step::Closed);
            }
            if let Some(next) = world.service.next_invocation(now) {
                if next == *arn && execution.invocations().len() >= limits.max_invocations {
                    return Err(LocalError::TooManyInvocations {
                        most: limits.max_invocations,
                    });
                }
                let function = world.service.execution(&next)?.function().to_owned();
                let input = world.service.begin_invocation(now, &next)?;
                return Ok(Step::Invoke(Box::new(input), function, now));
            }
            let due = world.service.next_due().ok_or(LocalError::Stuck)?;
            world.clock.advance_to(due);
        }
    }
}

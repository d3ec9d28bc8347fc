//! Waits of a handler for what is outside the SDK: a timer, a socket, a thread, a task of its own.
//!
//! A handler that is pending while its thread has nothing to run waits for something. It is the SDK if a step
//! may be running, an answer to a call is on its way, or something waits for virtual time. If there is none of
//! these, only something outside can wake it, and whatever it does next is the proof.

use std::collections::HashSet;
use std::fmt;

use durable_service::model::{
    ExecutionArn, Operation, OperationAction, OperationId, OperationStatus, OperationType,
    OperationUpdate,
};

use super::World;
use crate::sdk::OperationSketch;

/// A wait of a handler for something outside the SDK.
///
/// [`LocalHost::outside_wait`](crate::LocalHost::outside_wait) returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideWait {
    /// The execution.
    pub execution: ExecutionArn,
    /// Number of the invocation, from 1.
    pub invocation: usize,
    /// The operation that had started last before the wait.
    pub after: Option<OperationSketch>,
    /// The operation that the handler started next.
    pub before: Option<OperationSketch>,
    /// What woke it.
    pub woken_by: WokenBy,
}

/// What woke a handler, as far as it shows.
///
/// [`OutsideWait`] holds it, which [`LocalHost::outside_wait`](crate::LocalHost::outside_wait) returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WokenBy {
    /// A timer of tokio.
    Timer,
    /// A socket or another source of I/O of tokio.
    Io,
    /// Another thread.
    Thread,
    /// It was not the handler itself that was woken, but a branch of it.
    Unseen,
}

impl fmt::Display for WokenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timer => "a timer of tokio",
            Self::Io => "a socket or other I/O of tokio",
            Self::Thread => "another thread",
            Self::Unseen => "something outside the SDK",
        })
    }
}

/// What is known about waits for what is outside.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// The steps of the invocation in flight whose bodies may be running.
    open_steps: HashSet<OperationId>,
    /// Answers to calls that are on their way, and stand-ins of blocks that run.
    busy: usize,
    /// The wait of the invocation in flight, while nothing has woken it.
    waits: Option<OutsideWait>,
    /// The first wait of each execution that was woken.
    found: Vec<OutsideWait>,
}

impl Outside {
    /// Forgets what belongs to earlier invocations, and takes over the steps that an earlier one left running.
    pub(super) fn invocation_starts<'a>(
        &mut self,
        operations: impl Iterator<Item = &'a Operation>,
    ) {
        self.waits = None;
        self.open_steps = operations
            .filter(|operation| {
                operation.operation_type() == OperationType::Step
                    && operation.status == OperationStatus::Started
            })
            .map(|operation| operation.id.clone())
            .collect();
    }

    /// Notes a call of the invocation in flight: if it waited, it has been woken.
    pub(super) fn called(&mut self, updates: &[OperationUpdate]) {
        if let Some(waits) = self.waits.take() {
            self.find(waits);
        }
        for update in updates {
            let is_start = update.action == OperationAction::Start;
            if let Some(found) = self.found.last_mut()
                && found.before.is_none()
                && is_start
            {
                found.before = Some(update.into());
            }
            if update.operation_type != OperationType::Step {
                continue;
            }
            if is_start {
                self.open_steps.insert(update.id.clone());
            } else {
                self.open_steps.remove(&update.id);
            }
        }
    }

    fn find(&mut self, waits: OutsideWait) {
        let is_known = |found: &OutsideWait| found.execution == waits.execution;
        if !self.found.iter().any(is_known) {
            self.found.push(waits);
        }
    }
}

impl World {
    /// Notes that nothing is runnable while the invocation in flight is pending. Returns whether it waits for
    /// something outside.
    pub(crate) fn comes_to_rest(&mut self) -> bool {
        let Some(active) = &self.active else {
            return false;
        };
        let outside = &self.outside;
        if active.termination().is_some()
            || outside.busy > 0
            || !outside.open_steps.is_empty()
            || self.waiters.len() > 0
        {
            return false;
        }
        if outside.waits.is_none()
            && let Ok(execution) = self.service.execution(active.arn())
        {
            let last = execution.operations().last();
            self.outside.waits = Some(OutsideWait {
                execution: active.arn().clone(),
                invocation: execution.invocations().len(),
                after: last.map(OperationSketch::from),
                before: None,
                woken_by: WokenBy::Unseen,
            });
        }
        true
    }

    /// Notes that the handler of the invocation in flight was woken while it waited for something outside.
    pub(crate) fn woken_from_outside(&mut self, by: WokenBy) {
        if let Some(waits) = self.outside.waits.take() {
            self.outside.find(OutsideWait {
                woken_by: by,
                ..waits
            });
        }
    }

    /// Notes that something of the SDK or of the host goes on, until [`is_done`](Self::is_done).
    pub(crate) fn is_busy(&mut self) {
        self.outside.busy += 1;
    }

    /// Notes that it has ended.
    pub(crate) fn is_done(&mut self) {
        self.outside.busy -= 1;
    }

    /// The first wait of an execution for something outside.
    pub(crate) fn outside_wait(&self, arn: &ExecutionArn) -> Option<&OutsideWait> {
        let mut found = self.outside.found.iter();
        found.find(|found| found.execution == *arn)
    }
}

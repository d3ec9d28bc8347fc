//! What coverage has to know of the executions of a host.

use std::collections::{BTreeSet, HashMap, HashSet};

use durable_runtime::OperationEntry;
use durable_runtime::hook::HandlerKey;
use durable_service::Service;
use durable_service::model::{ExecutionArn, ExecutionStatus, OperationId, RequestId};

use super::World;
use crate::coverage::{self, Seen};

/// The handlers and operations of the executions that are open.
#[derive(Debug, Default)]
pub(super) struct SeenExecutions {
    handlers: HashMap<ExecutionArn, HandlerKey>,
    operations: HashMap<ExecutionArn, Vec<(OperationId, &'static OperationEntry)>>,
    /// The operations whose bodies ran, if a trace is kept.
    run: BTreeSet<&'static OperationEntry>,
    /// The invocations that did not end in time.
    timed_out: HashSet<(ExecutionArn, RequestId)>,
}

impl World {
    /// Notes that a handler runs in an invocation.
    pub(crate) fn saw_handler(&mut self, arn: &ExecutionArn, handler: HandlerKey) {
        if !coverage::is_enabled() || !self.passes.is_empty() {
            return;
        }
        let earlier = self.service.execution(arn).ok().map(|execution| {
            let all = execution.invocations().iter().rev().skip(1);
            all.map(|invocation| invocation.error.is_some())
                .collect::<Vec<_>>()
        });
        let earlier = earlier.unwrap_or_default();
        if !earlier.is_empty() {
            coverage::saw(handler, Seen::Replayed);
        }
        if earlier.first() == Some(&true) {
            coverage::saw(handler, Seen::Retried);
        }
        self.seen.handlers.insert(arn.clone(), handler);
    }

    /// Notes that a body of an operation runs.
    pub(crate) fn saw_operation(
        &mut self,
        arn: &ExecutionArn,
        operation: Option<&OperationId>,
        entry: &'static OperationEntry,
    ) {
        if self.trace.is_some() {
            self.seen.run.insert(entry);
        }
        if let (true, Some(id)) = (coverage::is_enabled(), operation) {
            let operations = self.seen.operations.entry(arn.clone()).or_default();
            if !operations.contains(&(id.clone(), entry)) {
                operations.push((id.clone(), entry));
            }
        }
    }

    /// The operations whose bodies ran, if a trace is kept.
    pub(crate) fn operations_run(&self) -> Vec<&'static OperationEntry> {
        self.seen.run.iter().copied().collect()
    }

    /// Notes that the process of an invocation was killed.
    pub(super) fn saw_kill(&mut self, arn: &ExecutionArn, request_id: &RequestId, what: Seen) {
        if !coverage::is_enabled() {
            return;
        }
        if let Some(handler) = self.seen.handlers.get(arn) {
            coverage::saw(*handler, what);
        }
        if what == Seen::TimedOut {
            let invocation = (arn.clone(), request_id.clone());
            self.seen.timed_out.insert(invocation);
        }
    }

    /// What cut off a body that was dropped; none if its invocation was not killed.
    pub(crate) fn end_of_dropped(
        &self,
        arn: &ExecutionArn,
        request_id: &RequestId,
    ) -> Option<Seen> {
        let invocation = (arn.clone(), request_id.clone());
        if self.seen.timed_out.contains(&invocation) {
            Some(Seen::TimedOut)
        } else if self.killed.invocations.contains(&invocation) {
            Some(Seen::CutOff)
        } else {
            None
        }
    }

    /// Notes how executions ended that are over.
    pub(crate) fn saw_ends(&mut self) {
        let service = &self.service;
        let over: Vec<_> = self
            .seen
            .handlers
            .extract_if(|arn, _| has_ended(service, arn))
            .collect();
        for (arn, handler) in over {
            let operations = self.seen.operations.remove(&arn).unwrap_or_default();
            let Ok(execution) = self.service.execution(&arn) else {
                continue;
            };
            match execution.status() {
                ExecutionStatus::Succeeded => coverage::saw(handler, Seen::Succeeded),
                ExecutionStatus::Failed => coverage::saw(handler, Seen::Failed),
                ExecutionStatus::TimedOut => {
                    coverage::saw(handler, Seen::TimedOut);
                    for (id, entry) in operations {
                        let operation = execution.operation(id.as_str());
                        if operation.is_some_and(|operation| operation.ended_at.is_none()) {
                            coverage::saw(entry, Seen::TimedOut);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn has_ended(service: &Service, arn: &ExecutionArn) -> bool {
    service
        .execution(arn)
        .is_ok_and(|execution| execution.status().is_terminal())
}

//! The child-context blocks that run, and which operation each belongs to.
//!
//! As for the body of a step, the SDK does not say. A context that starts is stored in the very task that
//! runs its body next; one that runs again in a replay is open in the state.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use durable_runtime::hook::Callee;
use durable_service::Service;
use durable_service::model::{ExecutionArn, OperationId, OperationStatus, RequestId};

use crate::sdk::sub_types::CHILD;

/// The run of a block that is about to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockRun {
    /// The operation, if it is known.
    pub(crate) operation: Option<OperationId>,
    /// Whether the operation has just started.
    pub(crate) is_new: bool,
}

/// What a host knows of its blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// The blocks that started, in order.
    started: HashMap<ExecutionArn, Vec<(OperationId, TypeId)>>,
    /// The context that each task started last, until its body starts; the handler itself has no task.
    starts: HashMap<Option<tokio::task::Id>, (ExecutionArn, OperationId)>,
    /// The blocks that run in an invocation.
    running: HashSet<(ExecutionArn, RequestId, OperationId)>,
}

impl Blocks {
    /// Forgets what belongs to earlier invocations.
    pub(super) fn invocation_starts(&mut self) {
        self.starts.clear();
        self.running.clear();
    }

    /// Remembers the contexts that a stored batch of the calling task starts.
    pub(super) fn stored(&mut self, arn: &ExecutionArn, started: &[OperationId]) {
        if let Some(context) = started.last() {
            let task = tokio::task::try_id();
            self.starts.insert(task, (arn.clone(), context.clone()));
        }
    }

    /// Notes that the body of a block is about to run in an invocation.
    pub(super) fn enter(
        &mut self,
        service: &Service,
        arn: &ExecutionArn,
        request_id: &RequestId,
        callee: Callee,
    ) -> BlockRun {
        let just_started = self.starts.remove(&tokio::task::try_id());
        let just_started = just_started.filter(|(execution, _)| execution == arn);
        let (operation, is_new) = if let Some((_, operation)) = just_started {
            (Some(operation), true)
        } else {
            let open = self.open(service, arn, request_id, callee.function);
            if open.is_some() {
                (open, false)
            } else {
                let interrupted = self.interrupted(service, arn, callee);
                let is_new = interrupted.is_some();
                (interrupted, is_new)
            }
        };
        if let Some(operation) = operation.as_ref().filter(|_| is_new) {
            let started = self.started.entry(arn.clone()).or_default();
            started.push((operation.clone(), callee.function));
        }
        if let Some(operation) = &operation {
            let run = (arn.clone(), request_id.clone(), operation.clone());
            self.running.insert(run);
        }
        BlockRun { operation, is_new }
    }

    /// The first open block of a function that this invocation does not run yet.
    fn open(
        &self,
        service: &Service,
        arn: &ExecutionArn,
        request_id: &RequestId,
        function: TypeId,
    ) -> Option<OperationId> {
        let execution = service.execution(arn).ok()?;
        let is_open = |id: &OperationId| {
            let operation = execution.operation(id.as_str());
            operation.is_some_and(|operation| operation.status == OperationStatus::Started)
        };
        let runs = |id: &OperationId| {
            let run = (arn.clone(), request_id.clone(), id.clone());
            self.running.contains(&run)
        };
        let started = self.started.get(arn)?.iter();
        started
            .filter(|(id, of)| *of == function && is_open(id) && !runs(id))
            .map(|(id, _)| id.clone())
            .next()
    }

    /// The first open context whose body never started, because its start was the last that its process
    /// did; one of the function's name before others.
    fn interrupted(
        &self,
        service: &Service,
        arn: &ExecutionArn,
        callee: Callee,
    ) -> Option<OperationId> {
        let execution = service.execution(arn).ok()?;
        let started = self.started.get(arn).map(Vec::as_slice).unwrap_or_default();
        let has_started = |id: &OperationId| started.iter().any(|(known, _)| known == id);
        execution
            .operations()
            .filter(|operation| {
                operation.sub_type.as_deref() == Some(CHILD)
                    && operation.status == OperationStatus::Started
                    && !has_started(&operation.id)
            })
            .min_by_key(|operation| operation.name.as_deref() != Some(callee.entry.function))
            .map(|operation| operation.id.clone())
    }
}

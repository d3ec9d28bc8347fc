//! The replies that a test has for callbacks: which is for which callback.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use durable_service::model::{CallbackId, ExecutionArn, Operation, OperationDetails, OperationId};
use durable_service::{Execution, Service};

use crate::names::Called;
use crate::reply::{self, CallbackRequest, Responder};

/// Replies by operation name, for executions and what they call.
#[derive(Default)]
pub(super) struct Responders {
    all: Vec<Planned>,
    /// Callbacks whose reply is decided already.
    decided: HashSet<CallbackId>,
}

/// A reply to the callbacks of one name.
struct Planned {
    /// The execution for which it was given; what that calls has it, too.
    execution: ExecutionArn,
    name: String,
    responder: Responder,
    /// Whether there was a callback for it.
    is_asked: bool,
}

impl fmt::Debug for Responders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.all.iter().map(|planned| &planned.name))
            .finish()
    }
}

impl Responders {
    pub(super) fn add(&mut self, arn: &ExecutionArn, name: String, responder: Responder) {
        self.all.push(Planned {
            execution: arn.clone(),
            name,
            responder,
            is_asked: false,
        });
    }

    /// The responder for a callback of an execution, or of one that it called, unless it was taken for
    /// that callback before.
    pub(super) fn take(
        &mut self,
        service: &Service,
        arn: &ExecutionArn,
        request: &CallbackRequest,
    ) -> Option<Responder> {
        if self.decided.contains(&request.callback_id) {
            return None;
        }
        let root = root(service, arn);
        let index = reply::next_for(&self.all, request, |planned| {
            let is_meant = planned.execution == root;
            is_meant.then_some((&planned.name, planned.is_asked))
        })?;
        let planned = self.all.get_mut(index)?;
        planned.is_asked = true;
        self.decided.insert(request.callback_id.clone());
        Some(Arc::clone(&planned.responder))
    }

    /// Writes which replies were asked for.
    pub(super) fn write_outlook(&self, to: &mut String) {
        let asked = self.all.iter();
        to.extend(asked.map(|planned| if planned.is_asked { '1' } else { '0' }));
        to.push('\n');
    }

    /// The replies for an execution for which there was no callback: position among those for the execution,
    /// and name.
    pub(super) fn unasked(&self, arn: &ExecutionArn) -> Vec<(usize, String)> {
        let planned = self.all.iter().filter(|planned| planned.execution == *arn);
        planned
            .enumerate()
            .filter(|(_, planned)| !planned.is_asked)
            .map(|(position, planned)| (position, planned.name.clone()))
            .collect()
    }
}

/// The requests of those of some operations that are callbacks.
pub(super) fn requests(
    service: &Service,
    arn: &ExecutionArn,
    operations: &[OperationId],
) -> Vec<CallbackRequest> {
    let Ok(execution) = service.execution(arn) else {
        return Vec::new();
    };
    operations
        .iter()
        .filter_map(|id| execution.operation(id.as_str()))
        .filter_map(|operation| request(execution, operation))
        .collect()
}

/// The execution at the beginning of the chain of calls.
fn root(service: &Service, arn: &ExecutionArn) -> ExecutionArn {
    let mut root = arn.clone();
    while let Ok(execution) = service.execution(&root)
        && let Some(caller) = execution.caller()
    {
        root = caller.execution.clone();
    }
    root
}

/// The request of a callback operation; none if it is no callback.
pub(crate) fn request(execution: &Execution, operation: &Operation) -> Option<CallbackRequest> {
    let OperationDetails::Callback(details) = &operation.details else {
        return None;
    };
    let named = reply::named(operation, |id| execution.operation(id.as_str()));
    Some(CallbackRequest {
        name: named.name.clone(),
        callback_id: details.callback_id.clone(),
        execution_arn: execution.arn().to_string(),
        called: Called::among(named, || execution.operations()),
    })
}

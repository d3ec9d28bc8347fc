//! Answers to callbacks: which is for which callback.

use std::fmt;
use std::sync::Arc;

use durable_service::model::{ExecutionArn, Operation, OperationDetails};
use durable_service::{Execution, Service};

use durable_runtime::reply::{self, ANY_CALLBACK, CallbackRequest, Responder};

/// Answers by operation name, for executions and what they call.
#[derive(Default)]
pub(super) struct Responders(Vec<Answer>);

/// An answer to the callbacks of one name.
struct Answer {
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
            .entries(self.0.iter().map(|answer| &answer.name))
            .finish()
    }
}

impl Responders {
    pub(super) fn add(&mut self, arn: &ExecutionArn, name: String, responder: Responder) {
        self.0.push(Answer {
            execution: arn.clone(),
            name,
            responder,
            is_asked: false,
        });
    }

    /// The answer for a callback of an execution, or of one that it called.
    pub(super) fn find(
        &mut self,
        service: &Service,
        arn: &ExecutionArn,
        name: Option<&str>,
    ) -> Option<Responder> {
        let root = root(service, arn);
        let place = |wanted: &str| {
            self.0
                .iter()
                .position(|answer| answer.execution == root && answer.name == wanted)
        };
        let place = name.and_then(place).or_else(|| place(ANY_CALLBACK))?;
        let answer = self.0.get_mut(place)?;
        answer.is_asked = true;
        Some(Arc::clone(&answer.responder))
    }

    /// The names of the answers given for an execution for which there was no callback.
    pub(super) fn unasked(&self, arn: &ExecutionArn) -> Vec<String> {
        let unasked = self.0.iter().filter(|answer| !answer.is_asked);
        unasked
            .filter(|answer| answer.execution == *arn)
            .map(|answer| answer.name.clone())
            .collect()
    }
}

/// The execution that nobody called, at the beginning of the chain of calls.
fn root(service: &Service, arn: &ExecutionArn) -> ExecutionArn {
    let mut root = arn.clone();
    while let Ok(execution) = service.execution(&root)
        && let Some(caller) = execution.caller()
    {
        root = caller.execution.clone();
    }
    root
}

/// The name that a callback goes by: its own, or that of the wait around it, which the SDK names
/// instead.
#[must_use]
pub fn callback_name<'a>(execution: &'a Execution, operation: &'a Operation) -> Option<&'a str> {
    reply::callback_name(operation, |id| execution.operation(id.as_str()))
}

/// The request of a callback operation; none if it is no callback.
pub(super) fn request(execution: &Execution, operation: &Operation) -> Option<CallbackRequest> {
    let OperationDetails::Callback(details) = &operation.details else {
        return None;
    };
    Some(CallbackRequest {
        name: callback_name(execution, operation).map(str::to_owned),
        callback_id: details.callback_id.to_string(),
        execution_arn: execution.arn().to_string(),
    })
}

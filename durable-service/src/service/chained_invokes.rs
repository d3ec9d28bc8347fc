//! Chained invokes between executions, and to plain functions (docs/service.md, 7).

use super::Service;
use crate::Caller;
use crate::execution::{ExecutionSpec, shared_version};
use crate::model::{ErrorObject, ExecutionArn, InvocationContext, OperationId, Timestamp};
use crate::transitions::{InvokeOutcome, Launch};

/// A call of a plain function that an execution waits for.
///
/// [`Service::poll`] returns it, as [`Work::Call`](crate::Work::Call).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainInvocation {
    /// The execution.
    pub execution: ExecutionArn,
    /// Its `CHAINED_INVOKE` operation.
    pub operation: OperationId,
    /// Name of the function.
    pub function: String,
    /// The payload, as JSON text.
    pub input: String,
    /// What it runs with. The trace header is the operation's own, or the execution's.
    pub context: InvocationContext,
}

/// How a call of a plain function ended.
///
/// [`Service::complete_plain_invocation`] takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainOutcome {
    /// The body that it returned; none for an empty one.
    Returned(Option<String>),
    /// The error that it failed with.
    Failed(ErrorObject),
}

impl Service {
    pub(super) fn launch(&mut self, now: Timestamp, caller: &ExecutionArn, launch: Launch) {
        let trace_header = launch.trace_header.or_else(|| {
            let caller = self.executions.get(caller)?;
            caller.trace_header().map(str::to_owned)
        });
        if self.is_endless(caller, &launch.function) {
            self.executions.change_at(caller, now, |execution, now| {
                let outcome = InvokeOutcome::Failed(recursive_loop());
                execution.complete_invoke(now, &launch.operation, outcome);
            });
            return;
        }
        match launch.execution {
            Some(execution) => {
                let timeout = execution.settings.execution_timeout;
                let spec = ExecutionSpec {
                    arn: execution.arn,
                    name: self.functions.execution_id(execution.number),
                    function: launch.function,
                    version: shared_version(launch.version),
                    input: launch.input,
                    timeout_is_chosen: timeout.is_some(),
                    execution_timeout: self.timeout_or_longest(timeout),
                    result_bytes: self.limits.result_bytes,
                    retention_days: execution.settings.retention_days,
                    tenant_id: launch.tenant_id,
                    trace_header,
                    caller: Some(Box::new(Caller {
                        execution: caller.clone(),
                        operation: launch.operation,
                    })),
                };
                self.start_execution(now, execution.number, spec);
            }
            None => self.plain.push_back(PlainInvocation {
                execution: caller.clone(),
                operation: launch.operation,
                context: InvocationContext {
                    tenant_id: launch.tenant_id,
                    trace_header,
                    ..self.functions.context(&launch.function, &launch.version)
                },
                function: launch.function,
                input: launch.input,
            }),
        }
    }

    /// Whether an execution of a function that `caller` invokes would exceed the limit on executions of a
    /// function that invoke each other.
    fn is_endless(&self, caller: &ExecutionArn, function: &str) -> bool {
        let chain = std::iter::successors(self.executions.get(caller), |execution| {
            self.executions.get(&execution.caller()?.execution)
        });
        let same = chain.filter(|execution| execution.function() == function);
        same.count() >= self.limits.recursive_invocations
    }

    /// Completes the operation that called an execution, if the execution has ended.
    pub(super) fn report(&mut self, arn: &ExecutionArn) {
        let Some(execution) = self.executions.get(arn) else {
            return;
        };
        if let (Some(caller), Some(ended_at), Some(outcome)) = (
            execution.caller().cloned(),
            execution.ended_at(),
            execution.invoke_outcome(),
        ) {
            self.executions.change(&caller.execution, |calling| {
                calling.complete_invoke(ended_at, &caller.operation, outcome);
            });
        }
    }

    /// Ends the call of a plain function. An outcome for a closed operation is dropped.
    pub fn complete_plain_invocation(
        &mut self,
        now: Timestamp,
        invocation: &PlainInvocation,
        outcome: PlainOutcome,
    ) {
        let limit = self.limits.chained_invoke_payload_bytes;
        let outcome = match outcome {
            PlainOutcome::Returned(Some(body)) if body.len() > limit => {
                InvokeOutcome::Failed(ErrorObject::from_message(format!(
                    "CHAINED_INVOKE output payload size must be less than or equal to {limit} bytes."
                )))
            }
            PlainOutcome::Returned(body) => InvokeOutcome::Succeeded(body),
            PlainOutcome::Failed(error) => InvokeOutcome::Failed(error),
        };
        self.executions
            .change_at(&invocation.execution, now, |execution, now| {
                execution.complete_invoke(now, &invocation.operation, outcome);
            });
    }
}

/// The error of an invocation in an endless loop, in Lambda's words.
fn recursive_loop() -> ErrorObject {
    ErrorObject::new(
        "RecursiveInvocationException",
        "Lambda has detected your function being invoked in a recursive loop with other AWS resources and \
         stopped your function's invocation.",
    )
}

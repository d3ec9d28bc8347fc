//! `CHAINED_INVOKE`: a call of another function, durable or plain (docs/service.md, 3.7 and 7).

use super::{ApplyContext, Change, changed, created};
use crate::functions::Target;
use crate::model::{
    ChainedInvokeDetails, ChainedInvokeOptions, ErrorObject, EventDetails, ExecutionArn, Operation,
    OperationAction, OperationDetails, OperationId, OperationStatus, OperationUpdate, Timestamp,
};
use crate::validation::invalid_action;
use crate::{DurableSettings, ServiceError};

/// A chained invoke that a checkpoint starts, or that fails at once because it has no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invoke {
    /// The operation, and the event of its start.
    pub(crate) change: Change,
    /// The event of its failure.
    pub(crate) failure: Option<EventDetails>,
    /// What is to run once the checkpoint is stored.
    pub(crate) launch: Option<Launch>,
}

/// A function that is to run for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The operation that waits for it.
    pub(crate) operation: OperationId,
    /// Name of the function.
    pub(crate) function: String,
    /// Version of the function.
    pub(crate) version: String,
    /// The payload, as JSON text.
    pub(crate) input: String,
    /// The tenant that it runs for.
    pub(crate) tenant_id: Option<String>,
    /// The trace header that it runs with, if it is not the caller's.
    pub(crate) trace_header: Option<String>,
    /// Of a durable function: the execution that starts.
    pub(crate) execution: Option<LaunchedExecution>,
}

/// An execution that a chained invoke starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LaunchedExecution {
    /// Its ARN.
    pub(crate) arn: ExecutionArn,
    /// Its number on the service.
    pub(crate) number: u64,
    /// How its function is configured.
    pub(crate) settings: DurableSettings,
}

/// How a called function ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvokeOutcome {
    /// It returned this.
    Succeeded(Option<String>),
    /// It failed.
    Failed(ErrorObject),
    /// It timed out.
    TimedOut(ErrorObject),
    /// Its execution was stopped.
    Stopped(ErrorObject),
}

pub(super) fn apply(
    update: &OperationUpdate,
    existing: Option<&Operation>,
    context: &ApplyContext<'_>,
) -> Result<Invoke, ServiceError> {
    if update.action != OperationAction::Start {
        return Err(invalid_action());
    }
    if existing.is_some() {
        return Err(ServiceError::invalid(
            "Cannot start a CHAINED_INVOKE operation that already exists.",
        ));
    }
    let required = || {
        ServiceError::invalid("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")
    };
    let options = update
        .chained_invoke_options
        .as_ref()
        .ok_or_else(required)?;
    let name = options.function_name.as_deref().ok_or_else(required)?;
    Ok(
        match context
            .functions
            .resolve(name, options.tenant_id.as_deref())?
        {
            Ok(target) => started(update, name, options, target, context),
            Err(error) => refused(update, name, options, error, context),
        },
    )
}

fn started(
    update: &OperationUpdate,
    name: &str,
    options: &ChainedInvokeOptions,
    target: Target,
    context: &ApplyContext<'_>,
) -> Invoke {
    let execution = target.settings.durable.map(|durable| {
        let number = context.next_execution;
        let id = context.functions.execution_id(number);
        LaunchedExecution {
            arn: context.functions.execution_arn(&target, &id, &id),
            number,
            settings: durable,
        }
    });
    let arn = execution.as_ref().map(|execution| execution.arn.clone());
    let details = ChainedInvokeDetails {
        execution: arn.clone(),
        trace_header: options.trace_header.clone(),
        ..ChainedInvokeDetails::default()
    };
    let event = EventDetails::ChainedInvokeStarted {
        function_name: name.to_owned(),
        input: update.payload.clone(),
        executed_version: Some(target.version.clone()),
        durable_execution_arn: arn,
        tenant_id: options.tenant_id.clone(),
    };
    Invoke {
        change: Change {
            operation: created(
                update,
                OperationStatus::Started,
                context.now,
                OperationDetails::ChainedInvoke(details),
            ),
            event: Some(event),
        },
        failure: None,
        launch: Some(Launch {
            operation: update.id.clone(),
            function: target.function,
            version: target.version,
            input: update.payload.clone().unwrap_or_else(|| "{}".to_owned()),
            tenant_id: options.tenant_id.clone(),
            trace_header: options.trace_header.clone(),
            execution,
        }),
    }
}

/// Without a target the operation fails in the checkpoint that starts it, and its input is dropped.
fn refused(
    update: &OperationUpdate,
    name: &str,
    options: &ChainedInvokeOptions,
    error: ErrorObject,
    context: &ApplyContext<'_>,
) -> Invoke {
    let details = ChainedInvokeDetails {
        error: Some(error.clone()),
        ..ChainedInvokeDetails::default()
    };
    let event = EventDetails::ChainedInvokeStarted {
        function_name: name.to_owned(),
        input: None,
        executed_version: None,
        durable_execution_arn: None,
        tenant_id: options.tenant_id.clone(),
    };
    Invoke {
        change: Change {
            operation: created(
                update,
                OperationStatus::Failed,
                context.now,
                OperationDetails::ChainedInvoke(details),
            ),
            event: Some(event),
        },
        failure: Some(EventDetails::ChainedInvokeFailed { error: Some(error) }),
        launch: None,
    }
}

/// Ends a chained invoke; none if it is closed already.
pub(crate) fn complete(
    operation: &Operation,
    outcome: InvokeOutcome,
    now: Timestamp,
) -> Option<Change> {
    let OperationDetails::ChainedInvoke(details) = &operation.details else {
        return None;
    };
    if operation.status != OperationStatus::Started {
        return None;
    }
    let failed = |error: ErrorObject| (None, Some(error));
    let (status, (result, error)) = match outcome {
        InvokeOutcome::Succeeded(result) => (OperationStatus::Succeeded, (result, None)),
        InvokeOutcome::Failed(error) => (OperationStatus::Failed, failed(error)),
        InvokeOutcome::TimedOut(error) => (OperationStatus::TimedOut, failed(error)),
        InvokeOutcome::Stopped(error) => (OperationStatus::Stopped, failed(error)),
    };
    let event = match status {
        OperationStatus::Succeeded => EventDetails::ChainedInvokeSucceeded {
            result: result.clone(),
        },
        OperationStatus::TimedOut => EventDetails::ChainedInvokeTimedOut {
            error: error.clone(),
        },
        OperationStatus::Stopped => EventDetails::ChainedInvokeStopped {
            error: error.clone(),
        },
        _ => EventDetails::ChainedInvokeFailed {
            error: error.clone(),
        },
    };
    let details = OperationDetails::ChainedInvoke(ChainedInvokeDetails {
        result,
        error,
        ..details.clone()
    });
    Some(Change {
        operation: changed(operation, status, now, details),
        event: Some(event),
    })
}

//! `Invoke`, with the rules that the API has for it (docs/service.md, 5.1 to 5.3).

use super::start::payload;
use super::{Service, StartRequest, Started};
use crate::ServiceError;
use crate::functions::Target;
use crate::model::{InvocationType, Timestamp};
use crate::validation::Constraints;

/// A call that invokes a function.
///
/// The argument of [`Service::invoke`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeRequest {
    /// The function: name, partial ARN or ARN, with or without a qualifier.
    pub function: String,
    /// Version or alias, if it is not part of the function's name.
    pub qualifier: Option<String>,
    /// Whether the caller waits for the result, or asks only whether the call is allowed.
    pub invocation_type: InvocationType,
    /// Name of the execution that starts; without one the service generates one. Plain functions
    /// ignore it.
    pub execution_name: Option<String>,
    /// The payload, as JSON text; an empty one stands for `{}`.
    pub input: String,
    /// The tenant that the function runs for.
    pub tenant_id: Option<String>,
    /// The trace header.
    pub trace_header: Option<String>,
}

impl InvokeRequest {
    /// An invoke with a payload, whose caller waits for the result.
    pub fn new(function: impl Into<String>, input: impl Into<String>) -> Self {
        Self {
            function: function.into(),
            qualifier: None,
            invocation_type: InvocationType::RequestResponse,
            execution_name: None,
            input: input.into(),
            tenant_id: None,
            trace_header: None,
        }
    }
}

/// An invoke that was accepted.
///
/// [`Service::invoke`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// Name of the function.
    pub function: String,
    /// The version that the qualifier stands for.
    pub version: String,
    /// What the invoke leads to.
    pub invoked: InvokedAs,
}

/// What an invoke leads to.
///
/// [`Service::invoke`] returns it, in [`Invoked`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvokedAs {
    /// Nothing: it was a `DryRun`, and the call would be accepted.
    DryRun,
    /// An execution of a durable function; the service schedules its invocations.
    Execution(Started),
    /// One call of a plain function, which the host makes.
    Plain {
        /// The payload, as JSON text.
        input: String,
    },
}

impl Service {
    /// Answers `Invoke`: checks the call, and starts the execution of a durable function.
    ///
    /// # Errors
    ///
    /// In this order: `RequestTooLargeException`, a member that breaks its constraint, a function that
    /// is not known, a durable function without a qualifier, a tenant that the function needs or does not
    /// have, one whose executions may take longer than
    /// a caller can wait; then what [`start`](Self::start) refuses.
    pub fn invoke(
        &mut self,
        now: Timestamp,
        request: InvokeRequest,
    ) -> Result<Invoked, ServiceError> {
        let Target {
            function,
            version,
            settings,
        } = self.check_invoke(&request)?;
        let invoked = match (settings.durable, request.invocation_type) {
            (_, InvocationType::DryRun) => InvokedAs::DryRun,
            (None, _) => InvokedAs::Plain {
                input: payload(request.input),
            },
            (Some(durable), invocation_type) => InvokedAs::Execution(self.start(
                now,
                StartRequest {
                    function: function.clone(),
                    version: version.clone(),
                    name: request.execution_name,
                    input: request.input,
                    execution_timeout: durable.execution_timeout,
                    sync: invocation_type == InvocationType::RequestResponse,
                    tenant_id: request.tenant_id,
                    trace_header: request.trace_header,
                },
            )?),
        };
        Ok(Invoked {
            function,
            version,
            invoked,
        })
    }

    fn check_invoke(&self, request: &InvokeRequest) -> Result<Target, ServiceError> {
        let sync = request.invocation_type != InvocationType::Event;
        self.check_input(&request.input, sync)?;
        check_members(request)?;
        let target = self.functions.find(
            &request.function,
            request.qualifier.as_deref(),
            request.tenant_id.as_deref(),
        )?;
        if request.invocation_type == InvocationType::RequestResponse
            && let Some(durable) = target.settings.durable
        {
            let limits = &self.limits;
            let timeout = durable.execution_timeout;
            if timeout.unwrap_or(limits.execution_timeout) > limits.sync_execution_timeout {
                return Err(ServiceError::invalid(format!(
                    "You cannot synchronously invoke a durable function with an executionTimeout \
                     greater than {} minutes.",
                    limits.sync_execution_timeout.get() / 60
                )));
            }
        }
        Ok(target)
    }
}

fn check_members(request: &InvokeRequest) -> Result<(), ServiceError> {
    let mut constraints = Constraints::default();
    constraints.function(&request.function, "functionName");
    if let Some(qualifier) = &request.qualifier {
        constraints.qualifier(qualifier, "qualifier");
    }
    if let Some(name) = &request.execution_name {
        constraints.word(name, "durableExecutionName", 64);
    }
    if let Some(tenant) = &request.tenant_id {
        constraints.tenant(tenant, "tenantId");
    }
    constraints.finish()
}

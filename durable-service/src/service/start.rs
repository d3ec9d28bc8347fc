//! Starting executions (docs/service.md, 5.2 and 5.3).

use super::Service;
use crate::execution::{ExecutionSpec, shared_version};
use crate::model::{ExecutionArn, Seconds, Timestamp};
use crate::validation::Constraints;
use crate::{Execution, ServiceError};

/// What an execution is started with.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Name of the function: letters, digits, `-` and `_`.
    pub function: String,
    /// Version of the function.
    pub version: String,
    /// Name of the execution; without one the service generates one.
    pub name: Option<String>,
    /// The payload, as JSON text; an empty one stands for `{}`.
    pub input: String,
    /// The execution timeout; none stands for the longest.
    pub execution_timeout: Option<Seconds>,
    /// Whether the caller waits for the result (`RequestResponse`, not `Event`): payload and result may
    /// be larger then.
    pub sync: bool,
    /// The tenant that the function runs for.
    pub tenant_id: Option<String>,
    /// The trace header, which executions that it calls inherit.
    pub trace_header: Option<String>,
}

impl StartRequest {
    /// A start of the function's latest version with a payload, whose caller does not wait for the result.
    pub fn new(function: impl Into<String>, input: impl Into<String>) -> Self {
        Self {
            function: function.into(),
            version: "$LATEST".to_owned(),
            name: None,
            input: input.into(),
            execution_timeout: None,
            sync: false,
            tenant_id: None,
            trace_header: None,
        }
    }
}

/// A start that was accepted.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The execution.
    pub arn: ExecutionArn,
    /// Whether it existed already: a start with the same name and payload starts nothing.
    pub existing: bool,
}

impl Service {
    /// Starts an execution, whose first invocation is due at once. A name that is taken returns its
    /// execution, also if that is closed, as long as payload and version are the same (docs/service.md, 5.3).
    ///
    /// The function need not be registered; [`invoke`](Self::invoke) requires that, and applies
    /// the API's other rules.
    ///
    /// # Errors
    ///
    /// `DurableExecutionAlreadyStartedException` if the function has an execution of this name with
    /// another payload or version; a refusal if a member breaks its constraint or the payload is too
    /// large.
    pub fn start(
        &mut self,
        now: Timestamp,
        request: StartRequest,
    ) -> Result<Started, ServiceError> {
        self.check_start(&request)?;
        let input = payload(request.input);
        if let Some(existing) = self.named(&request.function, request.name.as_deref()) {
            let arn = existing.arn().clone();
            if existing.input() == input && existing.version() == request.version {
                return Ok(Started {
                    arn,
                    existing: true,
                });
            }
            return Err(ServiceError::ExecutionAlreadyStarted(format!(
                "Execution already started: {arn}"
            )));
        }
        let number = self.next_number();
        let id = self.functions.execution_id(number);
        let name = request.name.unwrap_or_else(|| id.clone());
        let settings = self.functions.settings(&request.function);
        let function_arn = self.functions.arn(&request.function, &request.version);
        let arn = ExecutionArn::new(&function_arn, &name, &id);
        let spec = ExecutionSpec {
            arn: arn.clone(),
            name,
            function: request.function,
            version: shared_version(request.version),
            input,
            timeout_is_chosen: request.execution_timeout.is_some(),
            execution_timeout: self.timeout_or_longest(request.execution_timeout),
            result_bytes: if request.sync {
                self.limits.sync_result_bytes
            } else {
                self.limits.result_bytes
            },
            retention_days: settings
                .and_then(|settings| settings.durable)
                .and_then(|durable| durable.retention_days),
            tenant_id: request.tenant_id,
            trace_header: request.trace_header,
            caller: None,
        };
        self.start_execution(now, number, spec);
        Ok(Started {
            arn,
            existing: false,
        })
    }

    pub(super) fn next_number(&self) -> u64 {
        self.started + 1
    }

    /// The timeout that a start or a configuration set, or the longest one.
    pub(super) fn timeout_or_longest(&self, chosen: Option<Seconds>) -> Seconds {
        chosen.unwrap_or(self.limits.execution_timeout)
    }

    pub(super) fn start_execution(&mut self, now: Timestamp, number: u64, spec: ExecutionSpec) {
        let caller = spec.caller.as_ref();
        let caller = caller.and_then(|caller| self.executions.get(&caller.execution));
        let now = caller.map_or(now, |caller| caller.local(now));
        let execution = Execution::new(spec, number, &self.limits, &self.policy, now);
        self.started = self.started.max(number);
        self.executions.insert(execution);
    }

    fn check_start(&self, request: &StartRequest) -> Result<(), ServiceError> {
        self.check_input(&request.input, request.sync)?;
        let mut constraints = Constraints::default();
        constraints.word(&request.function, "functionName", 64);
        if let Some(name) = &request.name {
            constraints.word(name, "durableExecutionName", 64);
        }
        if let Some(timeout) = request.execution_timeout {
            let limit = i64::try_from(self.limits.execution_timeout.get()).unwrap_or(i64::MAX);
            let timeout = i64::try_from(timeout.get()).unwrap_or(i64::MAX);
            constraints.range(timeout, "durableConfig.executionTimeout", 1, limit);
        }
        constraints.finish()
    }

    /// Refuses a payload that is too large; the limit depends on whether the caller waits for the result.
    pub(super) fn check_input(&self, input: &str, sync: bool) -> Result<(), ServiceError> {
        let (limit, invocation_type) = if sync {
            (self.limits.sync_input_bytes, "RequestResponse")
        } else {
            (self.limits.input_bytes, "Event")
        };
        if input.len() <= limit {
            return Ok(());
        }
        Err(ServiceError::RequestTooLarge(format!(
            "Request must be smaller than {limit} bytes for the {invocation_type} invocation type; \
             it has {}",
            input.len()
        )))
    }

    fn named(&self, function: &str, name: Option<&str>) -> Option<&Execution> {
        self.executions.named(function, name?).next()
    }
}

/// The payload of an invoke: an empty one stands for an empty object.
pub(super) fn payload(input: String) -> String {
    if input.is_empty() {
        "{}".to_owned()
    } else {
        input
    }
}

//! Executions together: starting them, and passing calls on to them.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::execution::{Origin, callback_over};
use crate::model::{CallbackCompletion, ErrorObject, ExecutionArn, Timestamp};
use crate::validation::Constraints;
use crate::{
    CheckpointRequest, CheckpointResponse, Execution, InvocationInput, InvocationOutcome, Limits,
    Policy, ServiceError, StatePage, callback_id, token,
};

/// Where the service pretends to be, and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// AWS Region in ARNs.
    pub region: String,
    /// AWS account in ARNs: twelve digits.
    pub account: String,
    /// The service's limits.
    pub limits: Limits,
    /// The choices where sources leave room.
    pub policy: Policy,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            limits: Limits::default(),
            policy: Policy::default(),
        }
    }
}

/// What an execution is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Name of the function: letters, digits, `-` and `_`.
    pub function: String,
    /// Version of the function.
    pub version: String,
    /// Name of the execution; without one the service makes one up.
    pub name: Option<String>,
    /// The payload, as JSON text; an empty one stands for `{}`.
    pub input: String,
    /// The execution timeout in seconds; none stands for the longest.
    pub execution_timeout_seconds: Option<u64>,
}

impl StartRequest {
    /// A start of the function's latest version with a payload.
    pub fn new(function: impl Into<String>, input: impl Into<String>) -> Self {
        Self {
            function: function.into(),
            version: "$LATEST".to_owned(),
            name: None,
            input: input.into(),
            execution_timeout_seconds: None,
        }
    }
}

/// A start that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The execution.
    pub arn: ExecutionArn,
    /// Whether it existed already: a start with the same name and payload begins nothing.
    pub existing: bool,
}

/// The executions of an account in a Region.
///
/// All calls name the time at which they happen. Time must not run backwards.
#[derive(Debug)]
pub struct Service {
    region: String,
    account: String,
    limits: Arc<Limits>,
    policy: Arc<Policy>,
    /// In the order of their starts.
    executions: IndexMap<ExecutionArn, Execution>,
}

impl Service {
    /// A service without executions.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let ServiceSettings {
            region,
            account,
            limits,
            policy,
        } = settings;
        Self {
            region,
            account,
            limits: Arc::new(limits),
            policy: Arc::new(policy),
            executions: IndexMap::new(),
        }
    }

    /// Starts an execution, whose first invocation is due at once.
    ///
    /// # Errors
    ///
    /// `DurableExecutionAlreadyStartedException` if the function has an execution of this name with
    /// another payload; a refusal if a member breaks its constraint or the payload is too large.
    pub fn start(
        &mut self,
        now: Timestamp,
        request: StartRequest,
    ) -> Result<Started, ServiceError> {
        self.check_start(&request)?;
        let input = if request.input.is_empty() {
            "{}".to_owned()
        } else {
            request.input
        };
        if let Some(existing) = self.named(&request.function, request.name.as_deref()) {
            let arn = existing.arn().clone();
            if existing.input() == input {
                return Ok(Started {
                    arn,
                    existing: true,
                });
            }
            return Err(ServiceError::ExecutionAlreadyStarted(format!(
                "Execution already started: {arn}"
            )));
        }
        let number = self.executions.len() as u64 + 1;
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        let name = request.name.unwrap_or_else(|| id.clone());
        let function_arn = format!(
            "arn:aws:lambda:{}:{}:function:{}:{}",
            self.region, self.account, request.function, request.version
        );
        let arn = ExecutionArn::new(&function_arn, &name, &id);
        let origin = Origin {
            arn: arn.clone(),
            id,
            name,
            function: request.function,
            version: request.version,
            input,
            execution_timeout_seconds: request
                .execution_timeout_seconds
                .unwrap_or(self.limits.execution_timeout_seconds),
            number,
            limits: Arc::clone(&self.limits),
            policy: Arc::clone(&self.policy),
        };
        self.executions
            .insert(arn.clone(), Execution::new(origin, now));
        Ok(Started {
            arn,
            existing: false,
        })
    }

    fn check_start(&self, request: &StartRequest) -> Result<(), ServiceError> {
        let mut constraints = Constraints::default();
        constraints.word(&request.function, "functionName", 64);
        if let Some(name) = &request.name {
            constraints.word(name, "durableExecutionName", 64);
        }
        if let Some(timeout) = request.execution_timeout_seconds {
            let most = i64::try_from(self.limits.execution_timeout_seconds).unwrap_or(i64::MAX);
            let timeout = i64::try_from(timeout).unwrap_or(i64::MAX);
            constraints.range(timeout, "durableConfig.executionTimeout", 1, most);
        }
        constraints.finish()?;
        if request.input.len() > self.limits.input_bytes {
            return Err(ServiceError::RequestTooLarge(format!(
                "Request must be smaller than {} bytes for the Event invocation type; it has {}",
                self.limits.input_bytes,
                request.input.len()
            )));
        }
        Ok(())
    }

    fn named(&self, function: &str, name: Option<&str>) -> Option<&Execution> {
        let name = name?;
        self.executions
            .values()
            .find(|execution| execution.function() == function && execution.name() == name)
    }

    /// The execution of an ARN.
    ///
    /// # Errors
    ///
    /// `ResourceNotFoundException` if there is none.
    pub fn execution(&self, arn: &ExecutionArn) -> Result<&Execution, ServiceError> {
        self.executions.get(arn).ok_or_else(not_found)
    }

    /// All executions, in the order of their starts.
    pub fn executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.values()
    }

    /// The execution whose next invocation is due by now: the one that waits longest, then the one
    /// started first.
    #[must_use]
    pub fn next_invocation(&self, now: Timestamp) -> Option<ExecutionArn> {
        self.executions
            .values()
            .filter_map(|execution| Some((execution.invoke_at()?, execution)))
            .filter(|(at, _)| *at <= now)
            .min_by_key(|(at, _)| *at)
            .map(|(_, execution)| execution.arn().clone())
    }

    /// When time alone will move any execution next, but for their own timeouts.
    ///
    /// None while the execution timeout is all that is left: somebody outside must act.
    #[must_use]
    pub fn next_move(&self) -> Option<Timestamp> {
        self.executions
            .values()
            .filter_map(Execution::next_move)
            .min()
    }

    /// When time alone will move any execution next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.executions
            .values()
            .filter_map(Execution::next_due)
            .min()
    }

    /// Does everything that is due by now.
    pub fn fire_due(&mut self, now: Timestamp) {
        for execution in self.executions.values_mut() {
            execution.fire_due(now);
        }
    }

    /// Begins the next invocation of an execution.
    ///
    /// # Errors
    ///
    /// A refusal if there is no such execution, it is over, or one of its invocations is in flight.
    pub fn begin_invocation(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
    ) -> Result<InvocationInput, ServiceError> {
        self.execution_mut(arn)
            .ok_or_else(not_found)?
            .begin_invocation(now)
    }

    /// Ends the invocation in flight with what the function returned or failed with.
    ///
    /// # Errors
    ///
    /// A refusal if no invocation of that request id is in flight.
    pub fn complete_invocation(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request_id: &str,
        outcome: InvocationOutcome,
    ) -> Result<(), ServiceError> {
        self.execution_mut(arn)
            .ok_or_else(not_found)?
            .complete_invocation(now, request_id, outcome)
    }

    /// Answers `CheckpointDurableExecution`.
    ///
    /// # Errors
    ///
    /// The service's refusal; then nothing was stored and the token is still good.
    pub fn checkpoint(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request: CheckpointRequest,
    ) -> Result<CheckpointResponse, ServiceError> {
        self.execution_mut(arn)
            .ok_or_else(token::invalid_token)?
            .checkpoint(now, request)
    }

    /// Answers `GetDurableExecutionState`: a page of at most `most` operations, 0 standing for 100.
    ///
    /// # Errors
    ///
    /// The service's refusal, if the token is not the current one or the marker is unknown.
    pub fn state(
        &self,
        arn: &ExecutionArn,
        checkpoint_token: &str,
        marker: Option<&str>,
        most: usize,
    ) -> Result<StatePage, ServiceError> {
        let execution = self.executions.get(arn).ok_or_else(token::invalid_token)?;
        execution.check_token(checkpoint_token)?;
        let mut constraints = Constraints::default();
        constraints.range(i64::try_from(most).unwrap_or(i64::MAX), "maxItems", 0, 1000);
        constraints.finish()?;
        let most = if most == 0 { 100 } else { most };
        execution.page(marker, most, self.policy.event_page_bytes)
    }

    /// Answers `SendDurableExecutionCallbackSuccess` and `SendDurableExecutionCallbackFailure`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is over, its time is up or
    /// its execution is over; a refusal if result or error are larger than 1 MiB.
    pub fn complete_callback(
        &mut self,
        now: Timestamp,
        callback_id: &str,
        completion: CallbackCompletion,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.check_completion(&completion)?;
        self.execution_mut(&arn)
            .ok_or_else(callback_over)?
            .complete_callback(now, &operation, completion)
    }

    fn check_completion(&self, completion: &CallbackCompletion) -> Result<(), ServiceError> {
        let most = self.limits.callback_payload_bytes;
        match completion {
            // The value is sensitive, so the message leaves it out.
            CallbackCompletion::Success(Some(result)) if result.len() > most => {
                Err(ServiceError::Validation(format!(
                    "1 validation error detected: Value at 'result' failed to satisfy constraint: \
                     Member must have length less than or equal to {most}"
                )))
            }
            CallbackCompletion::Failure(error) if error.json_size() > most => {
                Err(ServiceError::invalid(format!(
                    "Error object size must be less than or equal to {most} bytes."
                )))
            }
            _ => Ok(()),
        }
    }

    /// Answers `SendDurableExecutionCallbackHeartbeat`.
    ///
    /// # Errors
    ///
    /// `Invalid callback id`; `CallbackTimeoutException` if the callback is over, its time is up or
    /// its execution is over.
    pub fn heartbeat_callback(
        &mut self,
        now: Timestamp,
        callback_id: &str,
    ) -> Result<(), ServiceError> {
        let (arn, operation) = callback_id::decode(callback_id)?;
        self.execution_mut(&arn)
            .ok_or_else(callback_over)?
            .heartbeat_callback(now, &operation)
    }

    /// Answers `StopDurableExecution`: stops an execution, unless it is over, and tells when it
    /// ended.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn stop(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        error: Option<ErrorObject>,
    ) -> Result<Timestamp, ServiceError> {
        let execution = self.execution_mut(arn).ok_or_else(not_found)?;
        Ok(execution.stop(now, error))
    }

    fn execution_mut(&mut self, arn: &ExecutionArn) -> Option<&mut Execution> {
        self.executions.get_mut(arn)
    }
}

fn not_found() -> ServiceError {
    ServiceError::ResourceNotFound("Durable Execution does not exist".to_owned())
}

//! Executions together: starting them, and passing calls on to them.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::execution::{Origin, callback_over};
use crate::functions::{Functions, execution_id};
use crate::model::{CallbackCompletion, ErrorObject, ExecutionArn, OperationId, Timestamp};
use crate::transitions::{InvokeOutcome, Launch};
use crate::validation::Constraints;
use crate::{
    Caller, CheckpointRequest, CheckpointResponse, Execution, FunctionSettings, InvocationInput,
    InvocationOutcome, Limits, Policy, ServiceError, StatePage, callback_id, token,
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

/// Everything that tells one execution from another when it begins.
struct Beginning {
    arn: ExecutionArn,
    name: String,
    number: u64,
    function: String,
    version: String,
    input: String,
    execution_timeout_seconds: Option<u64>,
    caller: Option<Caller>,
}

/// The executions of an account in a Region.
///
/// All calls name the time at which they happen. Time must not run backwards.
#[derive(Debug)]
pub struct Service {
    functions: Functions,
    limits: Arc<Limits>,
    policy: Arc<Policy>,
    /// In the order of their starts.
    executions: IndexMap<ExecutionArn, Execution>,
    /// Calls of plain functions that nobody has taken yet, in the order of their checkpoints.
    plain: VecDeque<PlainInvocation>,
}

/// A call of a plain function that an execution waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainInvocation {
    /// The execution.
    pub execution: ExecutionArn,
    /// Its `CHAINED_INVOKE` operation.
    pub operation: OperationId,
    /// Name of the function.
    pub function: String,
    /// Version of the function.
    pub version: String,
    /// The payload, as JSON text.
    pub input: String,
    /// The tenant that it runs for.
    pub tenant_id: Option<String>,
}

/// How a call of a plain function ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainOutcome {
    /// The body that it returned; none for an empty one.
    Returned(Option<String>),
    /// The error that it failed with.
    Failed(ErrorObject),
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
            functions: Functions::new(region, account),
            limits: Arc::new(limits),
            policy: Arc::new(policy),
            executions: IndexMap::new(),
            plain: VecDeque::new(),
        }
    }

    /// Makes a function known as a target of chained invokes. Any qualifier reaches it.
    pub fn register_function(&mut self, name: &str, settings: FunctionSettings) {
        self.functions.register(name, settings);
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
        let number = self.next_number();
        let id = execution_id(number);
        let name = request.name.unwrap_or_else(|| id.clone());
        let function_arn = self.functions.arn(&request.function, &request.version);
        let arn = ExecutionArn::new(&function_arn, &name, &id);
        self.begin(
            now,
            Beginning {
                arn: arn.clone(),
                name,
                number,
                function: request.function,
                version: request.version,
                input,
                execution_timeout_seconds: request.execution_timeout_seconds,
                caller: None,
            },
        );
        Ok(Started {
            arn,
            existing: false,
        })
    }

    fn next_number(&self) -> u64 {
        self.executions.len() as u64 + 1
    }

    fn begin(&mut self, now: Timestamp, beginning: Beginning) {
        let origin = Origin {
            id: execution_id(beginning.number),
            arn: beginning.arn,
            name: beginning.name,
            function: beginning.function,
            version: beginning.version,
            input: beginning.input,
            timeout_is_chosen: beginning.execution_timeout_seconds.is_some(),
            execution_timeout_seconds: beginning
                .execution_timeout_seconds
                .unwrap_or(self.limits.execution_timeout_seconds),
            caller: beginning.caller,
            number: beginning.number,
            limits: Arc::clone(&self.limits),
            policy: Arc::clone(&self.policy),
        };
        self.executions
            .insert(origin.arn.clone(), Execution::new(origin, now));
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

    /// When the next execution timeout is due that a start or a function's configuration chose.
    #[must_use]
    pub fn next_chosen_timeout(&self) -> Option<Timestamp> {
        self.executions
            .values()
            .filter_map(Execution::chosen_timeout_at)
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
        let mut ended = Vec::new();
        for execution in self.executions.values_mut() {
            if execution.status().is_terminal() {
                continue;
            }
            execution.fire_due(now);
            if execution.status().is_terminal() && execution.caller().is_some() {
                ended.push(execution.arn().clone());
            }
        }
        for arn in ended {
            self.report(now, &arn);
        }
    }

    /// Tells the operation that called an execution how it ended, if it has.
    fn report(&mut self, now: Timestamp, arn: &ExecutionArn) {
        let Some(execution) = self.executions.get(arn) else {
            return;
        };
        if let (Some(caller), Some(outcome)) =
            (execution.caller().cloned(), execution.invoke_outcome())
            && let Some(calling) = self.executions.get_mut(&caller.execution)
        {
            calling.complete_invoke(now, &caller.operation, outcome);
        }
    }

    /// The call of a plain function that waits longest, to be made now.
    pub fn take_plain_invocation(&mut self) -> Option<PlainInvocation> {
        self.plain.pop_front()
    }

    /// Ends the call of a plain function. An outcome that comes too late is dropped.
    pub fn complete_plain_invocation(
        &mut self,
        now: Timestamp,
        invocation: &PlainInvocation,
        outcome: PlainOutcome,
    ) {
        let most = self.limits.chained_invoke_payload_bytes;
        let outcome = match outcome {
            PlainOutcome::Returned(Some(body)) if body.len() > most => {
                InvokeOutcome::Failed(ErrorObject::from_message(format!(
                    "CHAINED_INVOKE output payload size must be less than or equal to {most} bytes."
                )))
            }
            PlainOutcome::Returned(body) => InvokeOutcome::Succeeded(body),
            PlainOutcome::Failed(error) => InvokeOutcome::Failed(error),
        };
        if let Some(execution) = self.executions.get_mut(&invocation.execution) {
            execution.complete_invoke(now, &invocation.operation, outcome);
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
            .complete_invocation(now, request_id, outcome)?;
        self.report(now, arn);
        Ok(())
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
        let next_execution = self.next_number();
        let execution = self
            .executions
            .get_mut(arn)
            .ok_or_else(token::invalid_token)?;
        let (response, launches) =
            execution.checkpoint(now, request, &self.functions, next_execution)?;
        for launch in launches {
            self.launch(now, arn, launch);
        }
        self.report(now, arn);
        Ok(response)
    }

    fn launch(&mut self, now: Timestamp, caller: &ExecutionArn, launch: Launch) {
        match launch.execution {
            Some(execution) => self.begin(
                now,
                Beginning {
                    arn: execution.arn,
                    name: execution_id(execution.number),
                    number: execution.number,
                    function: launch.function,
                    version: launch.version,
                    input: launch.input,
                    execution_timeout_seconds: execution.execution_timeout_seconds,
                    caller: Some(Caller {
                        execution: caller.clone(),
                        operation: launch.operation,
                        tenant_id: launch.tenant_id,
                    }),
                },
            ),
            None => self.plain.push_back(PlainInvocation {
                execution: caller.clone(),
                operation: launch.operation,
                function: launch.function,
                version: launch.version,
                input: launch.input,
                tenant_id: launch.tenant_id,
            }),
        }
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
        let ended_at = execution.stop(now, error);
        self.report(now, arn);
        Ok(ended_at)
    }

    fn execution_mut(&mut self, arn: &ExecutionArn) -> Option<&mut Execution> {
        self.executions.get_mut(arn)
    }
}

fn not_found() -> ServiceError {
    ServiceError::ResourceNotFound("Durable Execution does not exist".to_owned())
}

//! A function under the tests' control: it makes the calls that a real one would.

use durable_service::model::{
    CallbackOptions, ChainedInvokeOptions, CheckpointToken, ContextOptions, ErrorObject, Event,
    ExecutionArn, ExecutionStatus, Operation, OperationAction, OperationType, OperationUpdate,
    RequestId, Seconds, StepOptions, Timestamp, WaitOptions,
};
use durable_service::{
    CheckpointRequest, CheckpointResponse, DueOrder, Execution, InlineTimers, InvocationInput,
    InvocationOutcome, Limits, PlainInvocation, Policy, Service, ServiceError, ServiceSettings,
    StartRequest, Work,
};
use serde_json::{Value, json};

/// One execution, the clock, and the invocation that runs.
pub(crate) struct Function {
    pub(crate) service: Service,
    pub(crate) arn: ExecutionArn,
    pub(crate) now: Timestamp,
    pub(crate) token: CheckpointToken,
    request_id: RequestId,
}

impl Function {
    /// A started execution under the default settings, not invoked yet.
    pub(crate) fn started() -> Self {
        Self::with(Limits::default(), Policy::default())
    }

    /// The same under settings of its own.
    pub(crate) fn with(limits: Limits, policy: Policy) -> Self {
        let mut service = Service::new(ServiceSettings {
            limits,
            policy,
            ..ServiceSettings::default()
        });
        let now = Timestamp::from_millis(0);
        let request = StartRequest {
            execution_timeout: Some(Seconds(1_000_000)),
            ..StartRequest::new("f", "{}")
        };
        let arn = service.start(now, request).unwrap().arn;
        Self {
            service,
            arn,
            now,
            token: CheckpointToken::default(),
            request_id: RequestId::default(),
        }
    }

    /// A started execution with its first invocation in flight.
    pub(crate) fn invoked() -> Self {
        let mut function = Self::started();
        function.invoke();
        function
    }

    /// Starts the next invocation, which must be due.
    pub(crate) fn invoke(&mut self) -> InvocationInput {
        assert_eq!(
            self.service.poll(self.now),
            Some(Work::Invoke(self.arn.clone())),
            "no invocation is due"
        );
        let input = self.service.start_invocation(self.now, &self.arn).unwrap();
        self.token.clone_from(&input.checkpoint_token);
        self.request_id.clone_from(&input.request_id);
        input
    }

    /// Moves the clock by so many seconds and does what is due.
    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now = self.now.after_seconds(seconds);
        self.service.handle_timeout(self.now, &mut DueOrder);
    }

    pub(crate) fn checkpoint(
        &mut self,
        updates: impl Into<Vec<OperationUpdate>>,
    ) -> Result<CheckpointResponse, ServiceError> {
        self.checkpoint_as(None, updates)
    }

    pub(crate) fn checkpoint_as(
        &mut self,
        client_token: Option<&str>,
        updates: impl Into<Vec<OperationUpdate>>,
    ) -> Result<CheckpointResponse, ServiceError> {
        let request = CheckpointRequest {
            checkpoint_token: self.token.clone(),
            client_token: client_token.map(str::to_owned),
            updates: updates.into(),
        };
        let response = self
            .service
            .checkpoint(self.now, &self.arn, request, InlineTimers::Fire)?;
        if let Some(token) = &response.checkpoint_token {
            self.token.clone_from(token);
        }
        Ok(response)
    }

    /// The message with which a batch is refused; a refusal must leave no trace.
    pub(crate) fn refused(&mut self, updates: impl Into<Vec<OperationUpdate>>) -> String {
        let before = format!("{:?}", self.execution());
        let error = self.checkpoint(updates).unwrap_err();
        assert_eq!(
            format!("{:?}", self.execution()),
            before,
            "a refused batch left a trace"
        );
        error.to_string()
    }

    pub(crate) fn returns(&mut self, response: Value) {
        self.ends(InvocationOutcome::Returned(response));
    }

    pub(crate) fn suspends(&mut self) {
        self.returns(json!({"Status": "PENDING"}));
    }

    pub(crate) fn crashes(&mut self) {
        self.ends(InvocationOutcome::Failed(ErrorObject::new(
            "Runtime.ExitError",
            "exit status 1",
        )));
    }

    pub(crate) fn ends(&mut self, outcome: InvocationOutcome) {
        self.service
            .complete_invocation(
                self.now,
                &self.arn,
                &self.request_id,
                outcome,
                InlineTimers::Fire,
            )
            .unwrap();
    }

    pub(crate) fn execution(&self) -> &Execution {
        self.service.execution(&self.arn).unwrap()
    }

    pub(crate) fn status(&self) -> ExecutionStatus {
        self.execution().status()
    }

    /// The execution's error message.
    pub(crate) fn error(&self) -> String {
        let error = self.execution().error().unwrap();
        error.error_message.clone().unwrap()
    }

    pub(crate) fn operation(&self, id: &str) -> Operation {
        self.execution().operation(id).unwrap().clone()
    }

    pub(crate) fn history(&self) -> &[Event] {
        self.execution().history()
    }

    /// The types of all events.
    pub(crate) fn event_types(&self) -> Vec<&str> {
        self.history().iter().map(Event::event_type).collect()
    }
}

/// The call of a plain function that the host is to make next.
pub(crate) fn next_call(service: &mut Service, now: Timestamp) -> Option<PlainInvocation> {
    match service.poll(now) {
        Some(Work::Call(call)) => Some(call),
        Some(Work::Invoke(_)) | None => None,
    }
}

pub(crate) fn update(id: &str, kind: OperationType, action: OperationAction) -> OperationUpdate {
    OperationUpdate::new(id, kind, action)
}

/// A step's update.
pub(crate) fn step(id: &str, action: OperationAction) -> OperationUpdate {
    update(id, OperationType::Step, action)
}

/// A context's update.
pub(crate) fn context(id: &str, action: OperationAction) -> OperationUpdate {
    update(id, OperationType::Context, action)
}

/// The start of a wait.
pub(crate) fn wait(id: &str, seconds: i64) -> OperationUpdate {
    OperationUpdate {
        wait_options: Some(WaitOptions {
            wait_seconds: Some(seconds),
        }),
        ..update(id, OperationType::Wait, OperationAction::Start)
    }
}

/// The start of a callback.
pub(crate) fn callback(id: &str, timeout: i64, heartbeat: i64) -> OperationUpdate {
    OperationUpdate {
        callback_options: Some(CallbackOptions {
            timeout_seconds: Some(timeout),
            heartbeat_timeout_seconds: Some(heartbeat),
        }),
        ..update(id, OperationType::Callback, OperationAction::Start)
    }
}

/// The start of a chained invoke.
pub(crate) fn invoke(id: &str, function: &str) -> OperationUpdate {
    OperationUpdate {
        chained_invoke_options: Some(ChainedInvokeOptions {
            function_name: Some(function.to_owned()),
            ..ChainedInvokeOptions::default()
        }),
        ..update(id, OperationType::ChainedInvoke, OperationAction::Start)
    }
}

/// A chained invoke with a trace header of its own.
pub(crate) fn traced(mut invoke: OperationUpdate, trace_header: &str) -> OperationUpdate {
    let options = invoke.chained_invoke_options.as_mut().unwrap();
    options.trace_header = Some(trace_header.to_owned());
    invoke
}

/// A step's retry.
pub(crate) fn retry(id: &str, delay: i64) -> OperationUpdate {
    OperationUpdate {
        step_options: Some(StepOptions {
            next_attempt_delay_seconds: Some(delay),
        }),
        ..step(id, OperationAction::Retry)
    }
}

/// The execution's own update.
pub(crate) fn execution(action: OperationAction) -> OperationUpdate {
    update("end", OperationType::Execution, action)
}

/// Changes of an update that read well in tests.
pub(crate) trait With {
    fn payload(self, payload: &str) -> Self;
    fn error(self, message: &str) -> Self;
    fn parent(self, id: &str) -> Self;
    fn named(self, name: &str) -> Self;
    fn replaying_children(self) -> Self;
}

impl With for OperationUpdate {
    fn payload(self, payload: &str) -> Self {
        Self {
            payload: Some(payload.to_owned()),
            ..self
        }
    }

    fn error(self, message: &str) -> Self {
        Self {
            error: Some(ErrorObject::new("E", message)),
            ..self
        }
    }

    fn parent(self, id: &str) -> Self {
        Self {
            parent_id: Some(id.into()),
            ..self
        }
    }

    fn named(self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self
        }
    }

    fn replaying_children(self) -> Self {
        Self {
            context_options: Some(ContextOptions {
                replay_children: Some(true),
            }),
            ..self
        }
    }
}

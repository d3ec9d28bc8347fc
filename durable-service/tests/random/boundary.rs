//! Bytes from outside: reading them must not panic, and what is refused must leave no trace.
//!
//! The fuzz target includes this file too.

use durable_service::model::{
    CheckpointToken, ExecutionArn, OperationAction, OperationType, OperationUpdate, RequestId,
    StepOptions, Timestamp, WaitOptions,
};
use durable_service::wire::{event, rest};
use durable_service::{
    CheckpointRequest, DueOrder, DurableSettings, FunctionSettings, InlineTimers,
    InvocationOutcome, Service, ServiceSettings, StartRequest,
};

/// Reads bytes as everything that they could be, and passes the service what they are.
pub(crate) fn check(body: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        let response = event::FunctionResponse::parse(&value);
        let mut running = Running::new();
        running.end(InvocationOutcome::Returned(value));
        let status = running.service.execution(&running.arn).unwrap().status();
        assert!(
            response.is_ok() || status.is_terminal(),
            "an invalid response was accepted"
        );
    }
    match rest::checkpoint_request(body) {
        Ok(request) => {
            Running::new().checkpoint(request.clone());
            let mut running = Running::new();
            let checkpoint_token = running.token.clone();
            running.checkpoint(CheckpointRequest {
                checkpoint_token,
                ..request
            });
        }
        Err(error) => {
            let _ = rest::error_response(&error);
        }
    }
}

/// An execution with an invocation in flight.
struct Running {
    service: Service,
    arn: ExecutionArn,
    token: CheckpointToken,
    request_id: RequestId,
    now: Timestamp,
}

impl Running {
    /// It has an operation in each of the states that an update can move: a step `s` that runs, a
    /// step `r` that waits for its next attempt, a context `c`, and a wait `w`.
    fn new() -> Self {
        let mut service = Service::new(ServiceSettings::default());
        let durable = Some(DurableSettings::default());
        service.register_function("child", FunctionSettings { durable });
        service.register_function("plain", FunctionSettings::default());
        let now = Timestamp::from_millis(0);
        let arn = service
            .start(now, StartRequest::new("f", "{}"))
            .unwrap()
            .arn;
        let invocation = service.start_invocation(now, &arn).unwrap();
        let update = |id: &str, kind, action| OperationUpdate::new(id, kind, action);
        let updates = vec![
            update("s", OperationType::Step, OperationAction::Start),
            update("c", OperationType::Context, OperationAction::Start),
            OperationUpdate {
                step_options: Some(StepOptions {
                    next_attempt_delay_seconds: Some(1),
                }),
                ..update("r", OperationType::Step, OperationAction::Retry)
            },
            OperationUpdate {
                wait_options: Some(WaitOptions {
                    wait_seconds: Some(1),
                }),
                ..update("w", OperationType::Wait, OperationAction::Start)
            },
        ];
        let request = CheckpointRequest {
            checkpoint_token: invocation.checkpoint_token,
            client_token: None,
            updates,
        };
        let response = service
            .checkpoint(now, &arn, request, InlineTimers::Fire)
            .unwrap();
        Self {
            service,
            arn,
            token: response.checkpoint_token.unwrap(),
            request_id: invocation.request_id,
            now,
        }
    }

    fn checkpoint(&mut self, request: CheckpointRequest) {
        let before = format!("{:?}", self.service);
        match self
            .service
            .checkpoint(self.now, &self.arn, request, InlineTimers::Fire)
        {
            Ok(response) => {
                let _ = rest::checkpoint_response(&response);
                self.go_on();
            }
            Err(error) => {
                let _ = rest::error_response(&error);
                assert_eq!(
                    before,
                    format!("{:?}", self.service),
                    "a refusal left a trace"
                );
            }
        }
    }

    /// Runs what was accepted for a while.
    fn go_on(&mut self) {
        self.end(InvocationOutcome::Returned(
            serde_json::json!({"Status": "PENDING"}),
        ));
        for _ in 0..6 {
            let Some(due) = self.service.next_due() else {
                break;
            };
            self.now = self.now.max(due);
            self.service.handle_timeout(self.now, &mut DueOrder);
            while let Some(arn) = self.service.next_invocation(self.now) {
                let input = self.service.start_invocation(self.now, &arn).unwrap();
                let _ = event::invocation_event(&input);
                let page = self
                    .service
                    .state(&arn, &input.checkpoint_token, None, 2)
                    .unwrap();
                let _ = rest::state_response(&page);
                let outcome = InvocationOutcome::Returned(serde_json::json!({"Status": "PENDING"}));
                self.service
                    .complete_invocation(
                        self.now,
                        &arn,
                        &input.request_id,
                        outcome,
                        InlineTimers::Fire,
                    )
                    .unwrap();
            }
        }
        for execution in self.service.executions() {
            for (index, stored) in execution.history().iter().enumerate() {
                assert_eq!(stored.event_id, index as u64 + 1);
                let _ = rest::event_json(stored, true);
                let _ = rest::event_json(stored, false);
            }
        }
    }

    fn end(&mut self, outcome: InvocationOutcome) {
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
}

//! The calls of the commands, with failures as errors of the command line.

use durable_client::{
    Answer, Description, DurableClient, ExecutionSummary, Failure, FailureKind, Invoke, Invoked,
    ListExecutions, Payloads, is_loopback,
};
use durable_service::model::{CallbackCompletion, ErrorObject, Timestamp};
use serde_json::Value;

use super::connection::Connection;
use super::error::CliError;
use crate::replay_check::Wanted;

/// The service, as commands call it.
pub(super) struct Api {
    client: DurableClient,
    endpoint: Option<String>,
}

impl Api {
    pub(super) fn of(connection: &Connection) -> Self {
        Self {
            client: DurableClient::new(connection.of_client()),
            endpoint: connection.endpoint().map(str::to_owned),
        }
    }

    pub(super) async fn invoke(&self, request: Invoke<'_>) -> Result<Invoked, CliError> {
        let invoked = self.client.invoke(request).await;
        invoked.map_err(|failure| self.error("Invoke", failure))
    }

    pub(super) async fn execution(&self, arn: &str) -> Result<Answer<Description>, CliError> {
        let described = self.client.describe(arn, Payloads::Included).await;
        described.map_err(|failure| self.error("GetDurableExecution", failure))
    }

    /// The execution, for a caller that calls again after a failure that may pass; none then.
    pub(super) async fn execution_unless_away(
        &self,
        arn: &str,
    ) -> Result<Option<Answer<Description>>, CliError> {
        match self.client.describe(arn, Payloads::Included).await {
            Ok(described) => Ok(Some(described)),
            Err(failure)
                if matches!(
                    failure.kind,
                    FailureKind::Unreachable | FailureKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(failure) => Err(self.error("GetDurableExecution", failure)),
        }
    }

    /// The ARN of the execution of a name, if it has started.
    pub(super) async fn arn_of(
        &self,
        function: &str,
        qualifier: Option<&str>,
        name: &str,
    ) -> Option<String> {
        let request = ListExecutions {
            function,
            qualifier,
            execution_name: Some(name),
            status: None,
            oldest_first: false,
            limit: 1,
        };
        let listed = self.client.executions(request).await.ok()?;
        Some(listed.value.first()?.arn.clone())
    }

    /// Whether the service is on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.endpoint.as_deref().is_some_and(is_loopback)
    }

    pub(super) async fn executions(
        &self,
        request: ListExecutions<'_>,
    ) -> Result<Answer<Vec<ExecutionSummary>>, CliError> {
        let listed = self.client.executions(request).await;
        listed.map_err(|failure| self.error("ListDurableExecutionsByFunction", failure))
    }

    /// All events of an execution with their payloads, oldest first, in the API's JSON.
    pub(super) async fn events(&self, arn: &str) -> Result<Vec<Value>, CliError> {
        let history = self.client.history(arn, Payloads::Included).await;
        history.map_err(|failure| self.error("GetDurableExecutionHistory", failure))
    }

    /// What the invocations of an execution wrote, in the server's JSON.
    pub(super) async fn logs(&self, arn: &str) -> Result<Value, CliError> {
        if self.endpoint.is_none() {
            return Err(CliError::NoLogs);
        }
        let logs = self.client.logs(arn).await;
        logs.map_err(|failure| self.error("GetDurableExecutionLogs", failure))
    }

    /// What the server finds when it replays the executions of a function, in its JSON.
    pub(super) async fn replay_check(
        &self,
        function: &str,
        wanted: Wanted,
    ) -> Result<Value, CliError> {
        if self.endpoint.is_none() {
            return Err(CliError::NoReplayCheck);
        }
        let checked = self
            .client
            .replay_check(function, wanted.open, wanted.limit);
        let checked = checked.await;
        checked.map_err(|failure| self.error("the replay", failure))
    }

    pub(super) async fn succeed_callback(
        &self,
        id: &str,
        result: Option<String>,
    ) -> Result<Value, CliError> {
        let completion = CallbackCompletion::Success(result);
        let completed = self.client.complete_callback(id, completion).await;
        completed.map_err(|failure| self.error("SendDurableExecutionCallbackSuccess", failure))
    }

    pub(super) async fn fail_callback(
        &self,
        id: &str,
        error: ErrorObject,
    ) -> Result<Value, CliError> {
        let completion = CallbackCompletion::Failure(error);
        let completed = self.client.complete_callback(id, completion).await;
        completed.map_err(|failure| self.error("SendDurableExecutionCallbackFailure", failure))
    }

    pub(super) async fn heartbeat(&self, id: &str) -> Result<Value, CliError> {
        let sent = self.client.heartbeat(id).await;
        sent.map_err(|failure| self.error("SendDurableExecutionCallbackHeartbeat", failure))
    }

    pub(super) async fn stop(
        &self,
        arn: &str,
        error: Option<ErrorObject>,
    ) -> Result<Answer<Timestamp>, CliError> {
        let stopped = self.client.stop(arn, error).await;
        stopped.map_err(|failure| self.error("StopDurableExecution", failure))
    }

    fn error(&self, call: &'static str, failure: Failure) -> CliError {
        if let Some(status) = failure.status {
            let code = failure.code.unwrap_or_default();
            return CliError::Refused {
                call,
                help: help(call, &code, &failure.message),
                code: or(code, || format!("HTTP status {status}")),
                message: or(failure.message, || "no message".to_owned()),
            };
        }
        match failure.kind {
            FailureKind::Unreachable => CliError::Unreachable {
                endpoint: self.endpoint.clone().unwrap_or_else(|| "AWS".to_owned()),
                reason: failure.root_cause().to_owned(),
            },
            FailureKind::Malformed => CliError::Answer {
                call,
                reason: failure.message,
            },
            _ => CliError::Call {
                call,
                reason: failure.root_cause().to_owned(),
            },
        }
    }
}

fn or(text: String, substitute: impl FnOnce() -> String) -> String {
    if text.is_empty() { substitute() } else { text }
}

/// Advice on a refusal whose message has none.
fn help(call: &str, code: &str, message: &str) -> &'static str {
    match (call, code) {
        ("the replay", _) => "",
        ("Invoke" | "ListDurableExecutionsByFunction", "ResourceNotFoundException") => {
            ". The local server has the functions of its --functions or --template file"
        }
        ("Invoke", "InvalidParameterValueException")
            if message.contains("cannot synchronously invoke") =>
        {
            " --event starts it, and --wait also waits for its end"
        }
        (_, "ResourceNotFoundException") => {
            ". `durable executions NAME` lists the executions of a function with their ARNs"
        }
        (_, "DurableExecutionAlreadyStartedException") => {
            ". Choose another --name, or send the payload with which it was started"
        }
        (
            _,
            "UnrecognizedClientException"
            | "ExpiredTokenException"
            | "InvalidSignatureException"
            | "AccessDeniedException",
        ) => ". Check the AWS credentials; --profile chooses others",
        _ => "",
    }
}

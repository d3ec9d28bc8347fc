//! `Invoke` (contract, sections 1.4 and 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use durable_service::model::{ErrorObject, ExecutionStatus};
use durable_service::wire::api::function_error;
use durable_service::{ServiceError, StartRequest};
use http::StatusCode;

use super::Api;
use super::answer::{self, Refusal, insert};
use super::functions::Named;
use super::request::Call;
use crate::engine::{Busy, Ended, LONGEST_WAIT, PlainCall};
use crate::http::Response;
use crate::process::LogTail;

/// How a function is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

impl InvocationType {
    fn of(call: &Call) -> Result<Self, Refusal> {
        match call.header("x-amz-invocation-type") {
            None | Some("" | "RequestResponse") => Ok(Self::RequestResponse),
            Some("Event") => Ok(Self::Event),
            Some("DryRun") => Ok(Self::DryRun),
            Some(other) => Err(ServiceError::Validation(format!(
                "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy \
                 constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            ))
            .into()),
        }
    }
}

impl Api {
    pub(super) async fn invoke(
        &self,
        label: &str,
        call: Call,
        busy: Busy,
    ) -> Result<Response, Refusal> {
        let invocation_type = InvocationType::of(&call)?;
        let named = self.named(label, call.query.text("Qualifier"))?;
        check_json(&call.body)?;
        let tail = (call.header("x-amz-log-type") == Some("Tail")).then(LogTail::default);
        let version = named.reference.version().to_owned();
        let mut response = if named.function.config().durable.is_some() {
            self.invoke_durable(named, &call, invocation_type, tail.as_ref(), busy)
                .await?
        } else {
            self.invoke_plain(named, call, invocation_type, tail.as_ref(), busy)
                .await?
        };
        insert(&mut response, "x-amz-executed-version", &version);
        if let (Some(tail), StatusCode::OK) = (tail, response.status()) {
            insert(&mut response, "x-amz-log-result", &tail.encoded());
        }
        Ok(response)
    }

    async fn invoke_durable(
        &self,
        named: Named,
        call: &Call,
        invocation_type: InvocationType,
        tail: Option<&LogTail>,
        busy: Busy,
    ) -> Result<Response, Refusal> {
        if named.reference.qualifier.is_none() {
            return Err(ServiceError::InvalidParameterValue(
                "You cannot invoke a durable function using an unqualified ARN.".to_owned(),
            )
            .into());
        }
        if invocation_type == InvocationType::DryRun {
            return Ok(answer::raw(StatusCode::NO_CONTENT, Bytes::new()));
        }
        let request = StartRequest {
            function: named.reference.name.clone(),
            version: named.reference.version().to_owned(),
            name: call
                .header("x-amz-durable-execution-name")
                .map(str::to_owned),
            input: String::from_utf8_lossy(&call.body).into_owned(),
            execution_timeout_seconds: named
                .function
                .config()
                .durable
                .and_then(|durable| durable.execution_timeout),
        };
        let waits = invocation_type == InvocationType::RequestResponse;
        let started = self.engine.call(|world, now| {
            let started = world.service.start(now, request)?;
            let ended = waits.then(|| world.watch(&started.arn, tail.cloned()));
            Ok::<_, Refusal>((started.arn, ended))
        });
        let (arn, ended) = started.await??;
        let mut response = match ended {
            None => answer::raw(StatusCode::ACCEPTED, Bytes::new()),
            Some(ended) => {
                // While the caller waits, time may be skipped.
                drop(busy);
                let ended = tokio::time::timeout(LONGEST_WAIT, ended)
                    .await
                    .map_err(|_| {
                        Refusal::Server(format!("{arn} takes longer than a caller waits"))
                    })?
                    .map_err(|_| Refusal::Server(format!("The server stops before {arn} ends")))?;
                self.engine.settled().await?;
                outcome(ended)
            }
        };
        insert(&mut response, "x-amz-durable-execution-arn", arn.as_str());
        Ok(response)
    }

    async fn invoke_plain(
        &self,
        named: Named,
        call: Call,
        invocation_type: InvocationType,
        tail: Option<&LogTail>,
        busy: Busy,
    ) -> Result<Response, Refusal> {
        if invocation_type == InvocationType::DryRun {
            return Ok(answer::raw(StatusCode::NO_CONTENT, Bytes::new()));
        }
        let reference = &named.reference;
        let function_arn = self
            .engine
            .arn(&reference.name, reference.qualifier.as_deref());
        let ended = self.engine.invoke_plain(
            named.function,
            PlainCall {
                function_arn,
                version: reference.version().to_owned(),
                tenant_id: call.header("x-amz-tenant-id").map(str::to_owned),
                trace_id: call.header("x-amzn-trace-id").map(str::to_owned),
                client_context: client_context(&call),
                event: if call.body.is_empty() {
                    Bytes::from_static(b"{}")
                } else {
                    call.body
                },
                tail: tail.cloned(),
            },
        );
        drop(busy);
        if invocation_type == InvocationType::Event {
            return Ok(answer::raw(StatusCode::ACCEPTED, Bytes::new()));
        }
        match ended.await {
            Ok(Some(Ok(body))) => Ok(answer::json_text(body)),
            Ok(Some(Err(error))) => Ok(failure(&error)),
            Ok(None) | Err(_) => Err(Refusal::Server(
                "The server stops before the function answers".to_owned(),
            )),
        }
    }
}

/// Lambda takes JSON alone, or nothing.
fn check_json(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(body)
        .map(|_| ())
        .map_err(|error| Refusal::NoJson(error.to_string()))
}

/// The client's context, as JSON text; what is not base64 is left out, as Lambda does.
fn client_context(call: &Call) -> Option<String> {
    let encoded = call.header("x-amz-client-context")?;
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

/// The answer to whoever waited for an execution (contract, section 5.2).
fn outcome(ended: Ended) -> Response {
    if ended.status == ExecutionStatus::Succeeded {
        answer::json_text(Bytes::from(ended.result.unwrap_or_default()))
    } else {
        failure(&ended.error.unwrap_or_default())
    }
}

fn failure(error: &ErrorObject) -> Response {
    let mut response = answer::json(StatusCode::OK, &function_error(error));
    insert(&mut response, "x-amz-function-error", "Unhandled");
    response
}

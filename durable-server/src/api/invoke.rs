//! `Invoke` (docs/service.md, 1.4 and 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use durable_service::model::{
    ErrorObject, ExecutionArn, ExecutionStatus, InvocationContext, InvocationType,
};
use durable_service::wire::api::{function_error, read_invocation_type};
use durable_service::{InvokeRequest, InvokedAs};
use http::StatusCode;
use serde_json::Value;
use tokio::sync::oneshot;

use super::Api;
use super::answer::{self, Refusal, insert};
use super::request::{self, Call};
use crate::engine::{Ended, MAX_WAIT, PlainCall, PlainResult};
use crate::http::Response;
use crate::logs::LogTail;

impl Api {
    pub(super) async fn invoke(&self, label: &str, call: Call) -> Result<Response, Refusal> {
        let invocation_type = invocation_type(&call)?;
        if invocation_type != InvocationType::RequestResponse {
            return self.invoke_as(invocation_type, label, &call).await;
        }
        let slot = self.waiting.slot()?;
        tokio::select! {
            answer = self.invoke_as(invocation_type, label, &call) => answer,
            refusal = slot.is_needed(call.client.as_ref()) => Err(refusal),
        }
    }

    async fn invoke_as(
        &self,
        invocation_type: InvocationType,
        label: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let payload = request::text(&call.body)?;
        check_json(payload)?;
        self.check_served(label)?;
        self.check_concurrency(label, invocation_type)?;
        let header = |name: &str| call.header_text(name);
        let request = InvokeRequest {
            qualifier: call.query.text("Qualifier").map(str::to_owned),
            invocation_type,
            execution_name: header("x-amz-durable-execution-name"),
            tenant_id: header("x-amz-tenant-id"),
            trace_header: header("x-amzn-trace-id"),
            ..InvokeRequest::new(label, payload)
        };
        let waits = invocation_type == InvocationType::RequestResponse;
        let tail = (call.header("x-amz-log-type") == Some("Tail")).then(LogTail::default);
        let invoked = self.engine.call(|world, now| {
            let invoked = world.service.invoke(now, request)?;
            let ended = match &invoked.invoked {
                InvokedAs::Execution(started) if waits => {
                    Some(world.watch(&started.arn, tail.clone()))
                }
                _ => None,
            };
            Ok::<_, Refusal>((invoked, ended))
        });
        let (invoked, ended) = invoked.await??;
        let mut response = match invoked.invoked {
            InvokedAs::DryRun => answer::raw(StatusCode::NO_CONTENT, Bytes::new()),
            InvokedAs::Execution(started) => {
                let mut response = match ended {
                    None => answer::raw(StatusCode::ACCEPTED, Bytes::new()),
                    Some(ended) => self.end_of(&started.arn, ended).await?,
                };
                let arn = started.arn.as_str();
                insert(&mut response, "x-amz-durable-execution-arn", arn);
                response
            }
            InvokedAs::Plain { input } => {
                let named = self.named(label, call.query.text("Qualifier"))?;
                let mut context = InvocationContext::new(named.arn, invoked.version.as_str());
                context.tenant_id = header("x-amz-tenant-id");
                context.trace_header = header("x-amzn-trace-id");
                context.client_context = client_context(call);
                if waits {
                    let call = PlainCall {
                        event: Bytes::from(input),
                        context,
                        tail: tail.clone(),
                    };
                    let ended = self.engine.invoke_plain(named.function, call, None);
                    plain_end(ended.await.ok().flatten())?
                } else {
                    let accepted = self.engine.accept(named.function, input, context);
                    accepted.await.ok_or_else(stops)??;
                    answer::raw(StatusCode::ACCEPTED, Bytes::new())
                }
            }
        };
        insert(&mut response, "x-amz-executed-version", &invoked.version);
        if let (Some(tail), true) = (tail, waits) {
            insert(&mut response, "x-amz-log-result", &tail.encoded());
        }
        Ok(response)
    }

    /// The response to a synchronous invoke of a durable function (docs/service.md, 5.2). A store that
    /// fails drops all waiters, too.
    async fn end_of(
        &self,
        arn: &ExecutionArn,
        ended: oneshot::Receiver<Ended>,
    ) -> Result<Response, Refusal> {
        let ended = tokio::time::timeout(MAX_WAIT, ended).await.map_err(|_| {
            Refusal::Server(format!(
                "{arn} takes longer than a synchronous invoke may wait"
            ))
        })?;
        let Ok(ended) = ended else {
            self.engine.settled().await?;
            let message = format!("The server stops before {arn} ends");
            return Err(Refusal::Server(message));
        };
        self.engine.read(arn, |_| ()).await?;
        if ended.status == ExecutionStatus::Succeeded {
            let result = ended.result.unwrap_or_default();
            Ok(answer::json_text(Bytes::from(result)))
        } else {
            Ok(failure(&ended.error.unwrap_or_default()))
        }
    }
}

/// The response to a synchronous invoke of a plain function.
fn plain_end(result: PlainResult) -> Result<Response, Refusal> {
    match result {
        Some(Ok(body)) => Ok(answer::json_text(body)),
        Some(Err(error)) => Ok(failure(&error)),
        None => Err(Refusal::Server(
            "The server stops before the function answers".to_owned(),
        )),
    }
}

fn stops() -> Refusal {
    Refusal::Server("The server stops before the call is accepted".to_owned())
}

fn invocation_type(call: &Call) -> Result<InvocationType, Refusal> {
    match call.header("x-amz-invocation-type") {
        None | Some("") => Ok(InvocationType::RequestResponse),
        Some(text) => Ok(read_invocation_type(text)?),
    }
}

/// Refuses a payload that is neither JSON nor empty, as Lambda does.
fn check_json(body: &str) -> Result<(), Refusal> {
    if body.is_empty() {
        return Ok(());
    }
    // Half of a surrogate pair is seen only where the text is read.
    let checked = if body.contains("\\ud") || body.contains("\\uD") {
        serde_json::from_str::<Value>(body).map(drop)
    } else {
        serde_json::from_str::<serde::de::IgnoredAny>(body).map(drop)
    };
    checked.map_err(|error| Refusal::NotJson(error.to_string()))
}

/// The client's context, as JSON text; none if it is not base64, as on Lambda.
fn client_context(call: &Call) -> Option<String> {
    let encoded = call.header("x-amz-client-context")?;
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

fn failure(error: &ErrorObject) -> Response {
    let mut response = answer::json(StatusCode::OK, &function_error(error));
    insert(&mut response, "x-amz-function-error", "Unhandled");
    response
}

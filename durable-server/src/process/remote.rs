//! Functions that run elsewhere: a URL takes the event, as `Invoke` of the Lambda API does, and answers with the
//! response. `cargo lambda watch`, the runtime interface emulator of a container, and other emulators do so.

use std::time::Duration;

use bytes::Bytes;
use durable_service::model::ErrorObject;
use durable_service::wire::api::read_function_error;
use http::header::{CONTENT_TYPE, HOST};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::Value;

use super::{Failure, Work};
use crate::config::Endpoint;
use crate::http::send as send_request;
use crate::runtime::MAX_RESPONSE_BYTES;

/// Limit on the characters of an answer in an error.
const MAX_SHOWN: usize = 1_000;

/// Invokes the function at an endpoint.
pub(super) async fn invoke(
    endpoint: &Endpoint,
    work: &Work,
    timeout: Duration,
) -> Result<Bytes, Failure> {
    match tokio::time::timeout(timeout, send(endpoint, work)).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::TimedOut(timeout)),
    }
}

async fn send(endpoint: &Endpoint, work: &Work) -> Result<Bytes, Failure> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::Unreachable(format!("{endpoint}: {what}: {error}"))
    };
    let mut request = http::Request::post(endpoint.path())
        .header(HOST, endpoint.authority())
        .header(CONTENT_TYPE, "application/json")
        .header("x-amzn-requestid", work.request_id.as_str())
        .header("lambda-runtime-aws-request-id", work.request_id.as_str());
    let context = &work.context;
    for (name, value) in [
        ("x-amzn-trace-id", &context.trace_header),
        ("x-amz-tenant-id", &context.tenant_id),
    ] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    let request = request
        .body(Full::new(work.event.clone()))
        .map_err(|error| failed("the request cannot be made", &error))?;
    let address = (endpoint.host(), endpoint.port());
    let sent = send_request(address, request).await;
    let (response, _connection) =
        sent.map_err(|error| Failure::Unreachable(format!("{endpoint}: {error}")))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_RESPONSE_BYTES)
        .collect()
        .await
        .map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                Failure::TooLarge(MAX_RESPONSE_BYTES + 1)
            } else {
                failed("the connection closed in the middle of the answer", &error)
            }
        })?
        .to_bytes();
    let is_error = head.headers.contains_key("x-amz-function-error");
    if !head.status.is_success() || is_error || is_bare_error(work, &body) {
        return Err(Failure::Reported(error(
            endpoint,
            head.status.as_u16(),
            &body,
        )));
    }
    Ok(body)
}

/// Whether a durable function answered with an error: the runtime interface emulator sends one without saying
/// so, and a response of a durable function has a status.
fn is_bare_error(work: &Work, body: &[u8]) -> bool {
    let has = |value: &Value, member: &str| value.get(member).is_some();
    work.execution.is_some()
        && serde_json::from_slice::<Value>(body).is_ok_and(|value| {
            !has(&value, "Status") && (has(&value, "errorMessage") || has(&value, "errorType"))
        })
}

/// The error in an answer.
fn error(endpoint: &Endpoint, status: u16, body: &[u8]) -> ErrorObject {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let is_error =
        |value: &Value| value.get("errorMessage").is_some() || value.get("errorType").is_some();
    if value.as_ref().is_some_and(is_error) {
        return read_function_error(body);
    }
    let text = durable_view::shortened(&String::from_utf8_lossy(body), MAX_SHOWN);
    ErrorObject::new(
        "Runtime.InvalidResponse",
        format!("{endpoint} answered with status {status}: {text}"),
    )
}

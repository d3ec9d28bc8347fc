//! Responses of the Runtime API.

use bytes::Bytes;
use durable_service::model::ErrorObject;
use durable_service::wire::api::read_function_error;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::{Job, MAX_RESPONSE_BYTES, PREFIX};
use crate::http::{Rejected, Response};

/// The next invocation.
pub(super) fn next(job: Job) -> Response {
    let mut response = Response::new(job.event.into());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let members = [
        ("lambda-runtime-aws-request-id", Some(job.request_id.into())),
        (
            "lambda-runtime-deadline-ms",
            Some(job.deadline_ms.to_string()),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            Some(job.context.function_arn),
        ),
        ("lambda-runtime-trace-id", job.context.trace_header),
        ("lambda-runtime-aws-tenant-id", job.context.tenant_id),
        ("lambda-runtime-client-context", job.context.client_context),
    ];
    for (name, value) in members {
        // A client chose a value that is not valid in a header; the function runs without it.
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// The response to a report: accepted, unless its request id is not that of the invocation.
pub(super) fn reported(accepted: bool) -> Response {
    if accepted {
        response(StatusCode::ACCEPTED, &json!({"status": "OK"}))
    } else {
        refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        )
    }
}

pub(super) fn too_large() -> Response {
    refusal(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        &format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."),
    )
}

pub(super) fn unread() -> Response {
    refusal(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "The request's body did not arrive complete.",
    )
}

pub(super) fn denied(rejected: &Rejected) -> Response {
    let message = format!("Access denied: {rejected}");
    refusal(StatusCode::FORBIDDEN, "AccessDenied", &message)
}

pub(super) fn unknown(method: &Method, path: &str) -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "NotFound",
        &format!(
            "{method} {path} is not a call of the Lambda Runtime API; its calls are GET \
             {PREFIX}invocation/next, POST {PREFIX}invocation/ID/response, POST \
             {PREFIX}invocation/ID/error and POST {PREFIX}init/error"
        ),
    )
}

/// The error that a body reports; a header may name its type instead.
pub(super) fn error(headers: &HeaderMap, body: Option<Bytes>) -> ErrorObject {
    let mut error = read_function_error(&body.unwrap_or_default());
    if error.error_type.is_none() {
        error.error_type = headers
            .get("lambda-runtime-function-error-type")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
    }
    error
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    response(status, &json!({"errorType": kind, "errorMessage": message}))
}

fn response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()).into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

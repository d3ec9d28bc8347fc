//! Responses and refusals of the API (docs/service.md, 1.1 and 1.3).

use std::time::Duration;

use bytes::Bytes;
use durable_service::ServiceError;
use durable_service::wire::rest::error_response;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::http::{BodyError, Rejected, Response};
use crate::store::StoreError;

/// Seconds to wait after too many requests.
const RETRY_AFTER: &str = "1";

/// A refusal.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The service refuses the request.
    Service(ServiceError),
    /// The access policy rejects the request.
    Rejected(Rejected),
    /// The API has no such call.
    UnknownCall { method: Method, path: String },
    /// The body exceeds the limit.
    BodyTooLarge { max_bytes: usize },
    /// The body did not arrive in time.
    BodyTimedOut(Duration),
    /// The connection broke before the body was complete.
    BodyBroken(String),
    /// The payload of an invocation is not JSON.
    NotJson(String),
    /// A payload is not UTF-8.
    NotUtf8,
    /// The marker of a list is unknown.
    InvalidMarker,
    /// The maximal number of callers already wait for synchronous invokes.
    TooManyWaiting { max_callers: usize },
    /// The function has no concurrency.
    SwitchedOff,
    /// The request is signed for another Region.
    OtherRegion { signed: String, own: String },
    /// The server fails, through no fault of the client.
    Server(String),
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Server(error.to_string())
    }
}

impl Refusal {
    /// The refusal of a body that was not read.
    pub(super) fn of_body(error: BodyError, max_bytes: usize) -> Self {
        match error {
            BodyError::TooLarge(_) => Self::BodyTooLarge { max_bytes },
            BodyError::TimedOut(after) => Self::BodyTimedOut(after),
            BodyError::Broken(reason) => Self::BodyBroken(reason),
        }
    }

    /// The refusal as a response, and as text for the log.
    pub(super) fn into_response(self) -> (Response, String) {
        let (status, code, body) = self.parts();
        let message = body.get("message").or_else(|| body.get("Message"));
        let message = message.and_then(Value::as_str).unwrap_or_default();
        let text = format!("{} {code}: {message}", status.as_u16());
        let mut response = json(status, &body);
        insert(&mut response, "x-amzn-errortype", code);
        if status == StatusCode::TOO_MANY_REQUESTS {
            insert(&mut response, "retry-after", RETRY_AFTER);
        }
        (response, text)
    }

    /// The refusal as its status and message.
    pub(super) fn into_message(self) -> (StatusCode, String) {
        let (status, code, body) = self.parts();
        let message = body.get("message").or_else(|| body.get("Message"));
        let message = message.and_then(Value::as_str).unwrap_or(code);
        (status, message.to_owned())
    }

    fn parts(self) -> (StatusCode, &'static str, Value) {
        let (status, code, member, message) = match self {
            Self::Service(error) => {
                let status = StatusCode::from_u16(error.http_status());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return (status, error.code(), error_response(&error));
            }
            Self::Rejected(rejected) => (
                StatusCode::FORBIDDEN,
                "AccessDeniedException",
                "Message",
                format!(
                    "Access denied: {rejected}; durable serve --allow-remote accepts all requests"
                ),
            ),
            Self::UnknownCall { method, path } => (
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                "Message",
                format!(
                    "{method} {path} is not a call of the Lambda API that this server has: durable \
                     executions, their callbacks, Invoke, GetFunction, GetFunctionConfiguration and \
                     ListFunctions"
                ),
            ),
            Self::BodyTooLarge { max_bytes } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                "message",
                format!("Request must be smaller than {max_bytes} bytes"),
            ),
            Self::BodyTimedOut(after) => (
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeoutException",
                "message",
                format!("The body did not arrive within {} s", after.as_secs()),
            ),
            Self::BodyBroken(reason) => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "message",
                format!("The body did not arrive complete: {reason}"),
            ),
            Self::NotJson(reason) => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "message",
                format!("Could not parse request body into json: {reason}"),
            ),
            Self::NotUtf8 => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "message",
                "The request body is not valid UTF-8".to_owned(),
            ),
            Self::InvalidMarker => (
                StatusCode::BAD_REQUEST,
                "InvalidParameterValueException",
                "message",
                "Invalid Marker".to_owned(),
            ),
            Self::SwitchedOff => {
                let code = "TooManyRequestsException";
                let body = json!({
                    "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                    "Type": "User",
                    "message": "Rate Exceeded.",
                });
                return (StatusCode::TOO_MANY_REQUESTS, code, body);
            }
            Self::TooManyWaiting { max_callers } => {
                let code = "TooManyRequestsException";
                let message = format!(
                    "Rate Exceeded: {max_callers} callers already wait for synchronous invokes, which is the \
                     limit of this server; invoke with InvocationType Event, or try again later"
                );
                let body = json!({
                    "Type": "User",
                    "__type": code,
                    "message": message,
                    "Reason": "ConcurrentInvocationLimitExceeded",
                });
                return (StatusCode::TOO_MANY_REQUESTS, code, body);
            }
            Self::OtherRegion { signed, own } => (
                StatusCode::NOT_FOUND,
                "ResourceNotFoundException",
                "Message",
                format!(
                    "Function not found: the request is signed for Region {signed}, and this server is \
                     in {own}; start it with --region {signed}, or sign for {own}"
                ),
            ),
            Self::Server(reason) => {
                let body =
                    json!({"Type": "Service", "__type": "ServiceException", "Message": reason});
                return (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", body);
            }
        };
        let body = json!({"Type": "User", "__type": code, member: message});
        (status, code, body)
    }
}

/// A response with a JSON body.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = json_text(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response
}

/// A response with the JSON that a function returned, byte for byte.
pub(super) fn json_text(body: Bytes) -> Response {
    let mut response = raw(StatusCode::OK, body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// A response with any body.
pub(super) fn raw(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// Adds a header. A value that is not valid in a header is left out.
pub(super) fn insert(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, value);
    }
}

//! Why a call of the API failed, classified by what can be done about it.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ConnectorError, ProvideErrorMetadata, SdkError};

/// Why a call of the API failed.
///
/// `Display` is the service's code and message, or what went wrong before the service could answer.
///
/// [`kind`](Self::kind) says what can be done about it.
///
/// ```
/// use durable_client::{Connection, DurableClient, FailureKind, Payloads};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // Nothing listens on this port.
/// let client = DurableClient::new(Connection::to_endpoint("http://127.0.0.1:1"));
/// let arn = "arn:aws:lambda:us-west-2:123456789012:function:orders:1/durable-execution/order-7/1b2c";
///
/// let failure = client.describe(arn, Payloads::Included).await.expect_err("there is no server");
/// assert_eq!(failure.kind, FailureKind::Unreachable);
/// assert!(failure.may_pass());
/// assert!(failure.root_cause().contains("refused"), "{failure}");
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// The service's name of the error, such as `AccessDeniedException`.
    pub code: Option<String>,
    /// HTTP status of the service's refusal; none if the call failed otherwise.
    pub status: Option<u16>,
    /// The service's message, which may be empty; else the error with its causes.
    pub message: String,
    /// The innermost cause, if the error has causes.
    root_cause: Option<String>,
}

/// What can be done about a failed call.
///
/// [`Failure::kind`] holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// There are no credentials, or the service does not accept them.
    Credentials,
    /// The caller lacks the permission.
    Denied,
    /// The function, execution or callback does not exist.
    NotFound,
    /// The calls exceed the service's rate limit.
    Throttled,
    /// The service failed, perhaps temporarily.
    Server,
    /// The service could not be reached.
    Unreachable,
    /// No complete answer arrived: the connection broke, or the call timed out.
    Interrupted,
    /// The answer is not one of the API.
    Malformed,
    /// The service refused the call, and would refuse it again.
    Refused,
}

impl Failure {
    /// A failure without a refusal of the service.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            status: None,
            message: message.into(),
            root_cause: None,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Throttled
                | FailureKind::Server
                | FailureKind::Unreachable
                | FailureKind::Interrupted
                | FailureKind::Malformed
        )
    }

    /// The innermost cause, such as `Connection refused (os error 111)`; without causes, the message.
    #[must_use]
    pub fn root_cause(&self) -> &str {
        self.root_cause.as_deref().unwrap_or(&self.message)
    }

    fn caused_by(kind: FailureKind, message: String, error: &(dyn Error + 'static)) -> Self {
        Self {
            root_cause: causes(error).last().map(ToString::to_string),
            ..Self::new(kind, message)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        match self.status {
            Some(status) if self.message.is_empty() => write!(f, "HTTP status {status}"),
            _ => f.write_str(self.message.trim_end_matches('.')),
        }
    }
}

impl Error for Failure {}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let kind = match &error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status().as_u16();
                let code = refusal.err().code();
                return Self {
                    kind: kind(status, code),
                    code: code.map(str::to_owned),
                    status: Some(status),
                    message: refusal.err().message().unwrap_or_default().to_owned(),
                    root_cause: None,
                };
            }
            SdkError::ResponseError(broken) => {
                let status = broken.raw().status().as_u16();
                let text = chain(&error);
                let message =
                    format!("the answer, of HTTP status {status}, cannot be read: {text}");
                return Self::caused_by(FailureKind::Server, message, &error);
            }
            _ if causes(&error).any(<dyn Error>::is::<CredentialsError>) => {
                FailureKind::Credentials
            }
            SdkError::DispatchFailure(failure) => failure
                .as_connector_error()
                .map_or(FailureKind::Unreachable, dispatch_kind),
            SdkError::TimeoutError(_) => {
                let message = format!("no answer came in time: {}", chain(&error));
                return Self::new(FailureKind::Interrupted, message);
            }
            _ => FailureKind::Refused,
        };
        Self::caused_by(kind, chain(&error), &error)
    }
}

fn dispatch_kind(error: &ConnectorError) -> FailureKind {
    if error.is_io() {
        FailureKind::Unreachable
    } else {
        FailureKind::Interrupted
    }
}

/// Classifies a refusal by its code, or else by its HTTP status.
fn kind(status: u16, code: Option<&str>) -> FailureKind {
    match (code.unwrap_or_default(), status) {
        (
            "UnrecognizedClientException"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "InvalidClientTokenId"
            | "MissingAuthenticationTokenException"
            | "OptInRequired",
            _,
        )
        | (_, 401) => FailureKind::Credentials,
        ("AccessDeniedException" | "AccessDenied", _) | (_, 403) => FailureKind::Denied,
        (
            "TooManyRequestsException"
            | "ThrottlingException"
            | "Throttling"
            | "RequestLimitExceeded",
            _,
        )
        | (_, 429) => FailureKind::Throttled,
        (_, 404) => FailureKind::NotFound,
        (_, 500..) => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The texts of an error and its causes, without repetitions.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let next = cause.to_string();
        if text.contains(&next) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&next);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: Option<&str>, message: &str) -> Failure {
        Failure {
            code: code.map(str::to_owned),
            status: Some(500),
            ..Failure::new(FailureKind::Server, message)
        }
    }

    #[test]
    fn a_refusal_shows_its_code_and_its_message_or_status() {
        let code = Some("ServiceException");
        assert_eq!(
            refusal(code, "It failed.").to_string(),
            "ServiceException: It failed"
        );
        assert_eq!(
            refusal(code, "").to_string(),
            "ServiceException: HTTP status 500"
        );
        assert_eq!(refusal(None, "").to_string(), "HTTP status 500");
    }

    #[test]
    fn a_refusal_is_classified_by_its_code_before_its_status() {
        assert_eq!(kind(400, Some("ExpiredToken")), FailureKind::Credentials);
        assert_eq!(kind(400, Some("Throttling")), FailureKind::Throttled);
        assert_eq!(kind(403, Some("Other")), FailureKind::Denied);
        assert_eq!(kind(404, None), FailureKind::NotFound);
        assert_eq!(kind(503, None), FailureKind::Server);
        assert_eq!(kind(400, None), FailureKind::Refused);
    }
}

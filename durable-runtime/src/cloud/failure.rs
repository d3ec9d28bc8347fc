//! Why a call of the API failed, told apart by what can be done about it.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

/// Why a call of the API failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// The service's name of the error, such as `AccessDeniedException`.
    pub code: Option<String>,
    /// What went wrong.
    pub message: String,
}

/// What can be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// There are no credentials, or the service does not accept them.
    Credentials,
    /// The caller has not the permission.
    Denied,
    /// There is no such thing.
    NotFound,
    /// The service is called too often.
    Throttled,
    /// The service has a problem, which may pass.
    Server,
    /// The service could not be reached.
    Unreachable,
    /// The service refused the call as it is.
    Refused,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: message.into(),
        }
    }

    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Throttled | FailureKind::Server | FailureKind::Unreachable
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.trim_end_matches('.');
        match &self.code {
            Some(code) if message.is_empty() => f.write_str(code),
            Some(code) => write!(f, "{code}: {message}"),
            None => f.write_str(message),
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status().as_u16();
                let code = refusal.err().code();
                let message = refusal.err().message();
                Self {
                    kind: kind(status, code),
                    code: code.map(str::to_owned),
                    message: message.map_or_else(|| format!("HTTP status {status}"), str::to_owned),
                }
            }
            SdkError::ResponseError(broken) => {
                let status = broken.raw().status().as_u16();
                let text = chain(&error);
                Self::new(
                    FailureKind::Server,
                    format!("the answer, of HTTP status {status}, cannot be read: {text}"),
                )
            }
            _ if has_credentials_error(&error) => {
                Self::new(FailureKind::Credentials, chain(&error))
            }
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
                Self::new(FailureKind::Unreachable, chain(&error))
            }
            _ => Self::new(FailureKind::Refused, chain(&error)),
        }
    }
}

/// What can be done about a refusal, by the service's name for it and else by its HTTP status.
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

fn has_credentials_error(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .any(<dyn Error>::is::<CredentialsError>)
}

/// An error with what caused it, each told once.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for error in std::iter::successors(Some(error), |&error| error.source()) {
        let next = error.to_string();
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

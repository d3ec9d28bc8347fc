//! What the client gets for a call, and when.

use std::fmt;
use std::sync::Arc;

use crate::world::{Hold, Refused};
use durable_service::ServiceError;
use durable_service::wire::rest;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What a caller waits for before its answer arrives. Clones are the same; the first to take it waits.
#[derive(Clone)]
pub(super) struct Wait(Arc<Mutex<Option<Hold>>>);

impl Wait {
    pub(super) fn until(hold: Hold) -> Self {
        Self(Arc::new(Mutex::new(Some(hold))))
    }

    pub(super) async fn over(self) {
        let hold = self.0.lock().take();
        if let Some(hold) = hold {
            hold.await;
        }
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}

/// The answer to a call.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// At once.
    Now(Result<T, Refusal>),
    /// After a wait.
    Late(Wait, Result<T, Refusal>),
    /// The caller is dead.
    Never,
}

impl<T> Reply<T> {
    pub(super) fn and_then<U>(self, then: impl FnOnce(T) -> Result<U, Refusal>) -> Reply<U> {
        match self {
            Self::Now(result) => Reply::Now(result.and_then(then)),
            Self::Late(wait, result) => Reply::Late(wait, result.and_then(then)),
            Self::Never => Reply::Never,
        }
    }
}

impl<T, E: Into<Refusal>> From<Result<T, E>> for Reply<T> {
    fn from(result: Result<T, E>) -> Self {
        Self::Now(result.map_err(Into::into))
    }
}

/// A refused call, as the API answers it.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) http_status: u16,
    pub(super) code: &'static str,
    pub(super) body: Value,
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self {
            http_status: error.http_status(),
            code: error.code(),
            body: rest::error_response(&error),
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Throttled => Self::throttled(),
            Refused::ServerError => Self::server_error(),
            Refused::StaleToken => Self::stale_token(),
        }
    }
}

impl Refusal {
    /// Too many requests.
    fn throttled() -> Self {
        let code = "TooManyRequestsException";
        Self {
            http_status: 429,
            code,
            body: json!({
                "Type": "User",
                "__type": code,
                "message": "Rate exceeded",
                "Reason": "CallerRateLimitExceeded",
            }),
        }
    }

    /// Something went wrong within the service.
    fn server_error() -> Self {
        let code = "ServiceException";
        Self {
            http_status: 500,
            code,
            body: json!({
                "Type": "Service",
                "__type": code,
                "Message": "An error occurred and the request cannot be processed.",
            }),
        }
    }

    /// A token that is not the current one.
    fn stale_token() -> Self {
        ServiceError::InvalidParameterValue("Invalid checkpoint token".to_owned()).into()
    }
}

/// What the in-process path leaves to the connector, which can wait.
#[derive(Debug, Clone)]
pub(super) enum Deferred {
    /// Deliver a refusal.
    Refuse(Refusal),
    /// Wait, and deliver the refusal if there is one; the in-process path has the answer itself.
    Wait(Wait, Option<Refusal>),
}

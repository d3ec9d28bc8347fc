//! What the service answers when it refuses a call.

/// A refusal, as the API reports it: an exception name, an HTTP status and a message.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// A rule of the service is broken.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// A member of the request breaks its constraint.
    #[error("{0}")]
    Validation(String),
    /// The request is not the JSON that it should be.
    #[error("{0}")]
    Serialization(String),
    /// A callback is completed or timed out.
    #[error("{0}")]
    CallbackTimeout(String),
    /// The execution's status does not allow the call.
    #[error("{0}")]
    ResourceConflict(String),
    /// There is no such execution or function.
    #[error("{0}")]
    ResourceNotFound(String),
    /// The name belongs to another execution already.
    #[error("{0}")]
    ExecutionAlreadyStarted(String),
    /// The payload is too large.
    #[error("{0}")]
    RequestTooLarge(String),
}

impl ServiceError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameterValue(message.into())
    }

    /// Name of the exception.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameterValue(_) => "InvalidParameterValueException",
            Self::Validation(_) => "ValidationException",
            Self::Serialization(_) => "SerializationException",
            Self::CallbackTimeout(_) => "CallbackTimeoutException",
            Self::ResourceConflict(_) => "ResourceConflictException",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::ExecutionAlreadyStarted(_) => "DurableExecutionAlreadyStartedException",
            Self::RequestTooLarge(_) => "RequestTooLargeException",
        }
    }

    /// HTTP status of the answer.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::InvalidParameterValue(_)
            | Self::Validation(_)
            | Self::Serialization(_)
            | Self::CallbackTimeout(_) => 400,
            Self::ResourceNotFound(_) => 404,
            Self::ExecutionAlreadyStarted(_) | Self::ResourceConflict(_) => 409,
            Self::RequestTooLarge(_) => 413,
        }
    }

    /// Name of the member that carries the message: the API's model spells it both ways.
    #[must_use]
    pub const fn message_member(&self) -> &'static str {
        match self {
            Self::ResourceNotFound(_)
            | Self::ExecutionAlreadyStarted(_)
            | Self::CallbackTimeout(_) => "Message",
            _ => "message",
        }
    }
}

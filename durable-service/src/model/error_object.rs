//! Errors as operations and executions record them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An error as the service stores it; every field is optional.
///
/// ```
/// use durable_service::model::ErrorObject;
///
/// let error = ErrorObject::new("PaymentError", "the card was refused");
/// assert_eq!(error.error_type(), Some("PaymentError"));
/// assert_eq!(error.to_string(), "PaymentError: the card was refused");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorObject {
    /// Name of the error's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Machine-readable data of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_data: Option<String>,
    /// Stack frames, innermost first.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "null_as_empty"
    )]
    pub stack_trace: Vec<String>,
}

fn null_as_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl ErrorObject {
    /// An error of a type with a message.
    #[must_use]
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: Some(error_type.into()),
            error_message: Some(message.into()),
            ..Self::default()
        }
    }

    /// An error that has a message alone.
    #[must_use]
    pub fn from_message(message: impl Into<String>) -> Self {
        Self {
            error_message: Some(message.into()),
            ..Self::default()
        }
    }

    /// Name of the error's type.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// What went wrong.
    #[must_use]
    pub fn error_message(&self) -> Option<&str> {
        self.error_message.as_deref()
    }

    /// Machine-readable data of the error.
    #[must_use]
    pub fn error_data(&self) -> Option<&str> {
        self.error_data.as_deref()
    }

    /// Stack frames, innermost first.
    #[must_use]
    pub fn stack_trace(&self) -> &[String] {
        &self.stack_trace
    }

    /// Size in bytes of the error as JSON, which the service's limit counts.
    #[must_use]
    pub fn json_size(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |json| json.len())
    }
}

impl fmt::Display for ErrorObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error_type, &self.error_message) {
            // Messages often start with their type already.
            (Some(kind), Some(message)) if !message.starts_with(kind.as_str()) => {
                write!(f, "{kind}: {message}")
            }
            (_, Some(text)) | (Some(text), None) => f.write_str(text),
            (None, None) => f.write_str("an error without type or message"),
        }
    }
}

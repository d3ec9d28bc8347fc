//! The event that the function is invoked with, and what it returns (docs/service.md, 2.1 and 2.2).
//!
//! Times are epoch milliseconds here. The [module above](super#example) has an example.

use serde_json::Value;

use super::{Object, operations_json};
use crate::InvocationInput;
use crate::model::{ErrorObject, OperationId};

/// The event of an invocation.
///
/// The [`wire`](crate::wire#example) module has an example.
#[must_use]
pub fn invocation_event(input: &InvocationInput) -> Value {
    let operations = operations_json(&input.state.operations, |time| time.as_millis().into());
    let updated: Vec<&str> = input
        .updated_operation_ids
        .iter()
        .map(OperationId::as_str)
        .collect();
    let mut state = Object::default();
    state.put("Operations", operations).put(
        "NextMarker",
        input.state.next_marker.as_deref().unwrap_or(""),
    );
    let mut event = Object::default();
    event
        .put("DurableExecutionArn", input.arn.as_str())
        .put("CheckpointToken", input.checkpoint_token.as_str())
        .put("InitialExecutionState", state.take())
        .put("UpdatedOperationIds", updated)
        .take()
}

/// What a function returned, read by the service's rules.
///
/// ```
/// use durable_service::wire::event::FunctionResponse;
/// use serde_json::json;
///
/// assert_eq!(FunctionResponse::parse(&json!({"Status": "PENDING"})), Ok(FunctionResponse::Pending));
/// assert_eq!(
///     FunctionResponse::parse(&json!({"Status": "SUCCEEDED", "Result": "7"})),
///     Ok(FunctionResponse::Succeeded(Some("7".to_owned()))),
/// );
/// assert_eq!(
///     FunctionResponse::parse(&json!({"Status": "DONE"})),
///     Err("Invalid Status in invocation output.".to_owned()),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionResponse {
    /// The execution is done, with this serialized result.
    Succeeded(Option<String>),
    /// The execution failed.
    Failed(Option<ErrorObject>),
    /// The execution waits for something.
    Pending,
}

impl FunctionResponse {
    /// Reads what a function returned.
    ///
    /// # Errors
    ///
    /// The service's message, if it is no valid response.
    pub fn parse(value: &Value) -> Result<Self, String> {
        let invalid = || "Invalid Status in invocation output.".to_owned();
        let member = |name: &str| value.get(name).filter(|member| !member.is_null());
        let status = member("Status").and_then(Value::as_str);
        match status.ok_or_else(invalid)? {
            "SUCCEEDED" if member("Error").is_some() => {
                Err("Cannot provide an Error for SUCCEEDED status.".to_owned())
            }
            "SUCCEEDED" => match member("Result") {
                None => Ok(Self::Succeeded(None)),
                Some(Value::String(result)) => Ok(Self::Succeeded(Some(result.clone()))),
                Some(_) => Err("Invalid Result in invocation output.".to_owned()),
            },
            "FAILED" if member("Result").is_some() => {
                Err("Cannot provide a Result for FAILED status.".to_owned())
            }
            "FAILED" => match member("Error") {
                None => Ok(Self::Failed(None)),
                Some(error) => serde_json::from_value(error.clone())
                    .map(|error| Self::Failed(Some(error)))
                    .map_err(|_| "Invalid Error in invocation output.".to_owned()),
            },
            "PENDING" => Ok(Self::Pending),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn responses_that_contradict_themselves_are_refused() {
        let refused = |value| FunctionResponse::parse(&value).unwrap_err();
        let no_status = "Invalid Status in invocation output.";
        assert_eq!(refused(json!("SUCCEEDED")), no_status);
        assert_eq!(refused(json!({})), no_status);
        assert_eq!(refused(json!({"Status": "succeeded"})), no_status);
        assert_eq!(
            refused(json!({"Status": "SUCCEEDED", "Error": {}})),
            "Cannot provide an Error for SUCCEEDED status."
        );
        assert_eq!(
            refused(json!({"Status": "FAILED", "Result": "1"})),
            "Cannot provide a Result for FAILED status."
        );
    }

    #[test]
    fn a_null_member_counts_as_absent() {
        let value = json!({"Status": "FAILED", "Result": null, "Error": null});
        assert_eq!(
            FunctionResponse::parse(&value).unwrap(),
            FunctionResponse::Failed(None)
        );
    }
}

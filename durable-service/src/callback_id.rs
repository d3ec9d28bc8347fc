//! Callback ids: opaque to callers, they name execution and operation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ServiceError;
use crate::model::{CallbackId, ExecutionArn, OperationId};

/// The id of a callback operation; standard base64, as the API's constraint asks.
pub(crate) fn encode(arn: &ExecutionArn, operation: &OperationId) -> CallbackId {
    STANDARD.encode(format!("{arn}|{operation}")).into()
}

/// Execution and operation of a callback id.
///
/// # Errors
///
/// `Invalid callback id`, if it is out of shape.
pub(crate) fn decode(
    callback_id: &CallbackId,
) -> Result<(ExecutionArn, OperationId), ServiceError> {
    parse(callback_id.as_str()).ok_or_else(|| ServiceError::invalid("Invalid callback id"))
}

fn parse(callback_id: &str) -> Option<(ExecutionArn, OperationId)> {
    let text = String::from_utf8(STANDARD.decode(callback_id).ok()?).ok()?;
    let (arn, operation) = text.rsplit_once('|')?;
    Some((arn.parse().ok()?, operation.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_execution_and_operation() {
        let arn = ExecutionArn::new("arn:aws:lambda:r:123456789012:function:f:1", "n", "i");
        let id = encode(&arn, &"1-2".into());
        assert_eq!(decode(&id).unwrap(), (arn, "1-2".into()));
        for garbage in ["", "?", "AAAA", "fHw="] {
            assert_eq!(
                decode(&garbage.into()).unwrap_err().to_string(),
                "Invalid callback id"
            );
        }
    }
}

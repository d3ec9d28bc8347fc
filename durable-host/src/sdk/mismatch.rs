//! The SDK's own report of an operation that does not fit its record, read back into its parts.

use durable_service::model::{ErrorObject, OperationId, OperationType};

use super::errors::NON_DETERMINISTIC;
use super::sketch::OperationSketch;

/// Whether the SDK found that a replay does not fit.
pub(crate) fn is_mismatch(error: &ErrorObject) -> bool {
    error.error_type.as_deref() == Some(NON_DETERMINISTIC)
}

/// The operation that was made in the place of another: `operation at wire id ID does not match
/// checkpoint: expected TYPE/KIND named "NAME", got TYPE/KIND named "NAME"`.
pub(crate) fn made(error: &ErrorObject) -> Option<OperationSketch> {
    let message = error.error_message.as_deref()?;
    let (_, rest) = message.split_once("operation at wire id ")?;
    let (id, rest) = rest.split_once(" does not match checkpoint: expected ")?;
    // A name may hold anything, so the made one is what follows the last of these words.
    let (_, got) = rest.rsplit_once(", got ")?;
    let (identity, name) = match got.split_once(" named \"") {
        Some((identity, name)) => (identity, Some(name.strip_suffix('"')?)),
        None => (got, None),
    };
    let (operation_type, sub_type) = match identity.split_once('/') {
        Some((operation_type, sub_type)) => (operation_type, Some(sub_type)),
        None => (identity, None),
    };
    Some(OperationSketch {
        id: OperationId::from(id),
        parent_id: None,
        operation_type: match operation_type {
            "Step" => OperationType::Step,
            "Wait" => OperationType::Wait,
            "Context" => OperationType::Context,
            "Callback" => OperationType::Callback,
            "ChainedInvoke" => OperationType::ChainedInvoke,
            _ => return None,
        },
        sub_type: sub_type.map(str::to_owned),
        name: name.filter(|name| !name.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_operation_is_read_from_the_message() {
        let error = ErrorObject::new(
            NON_DETERMINISTIC,
            "non-deterministic execution: operation at wire id ab12 does not match checkpoint: \
             expected Step/Step named \"a\", got Context/Map named \"b, got c\"",
        );
        assert!(is_mismatch(&error));
        // A name with the message's own words cannot be told apart, and is left to the message.
        assert_eq!(made(&error), None);

        let error = ErrorObject::new(
            NON_DETERMINISTIC,
            "operation at wire id ab12 does not match checkpoint: expected STEP/Step named \"a\", \
             got Wait/Wait",
        );
        let made = made(&error).unwrap();
        assert_eq!(made.id.as_str(), "ab12");
        assert_eq!(made.operation_type, OperationType::Wait);
        assert_eq!(made.sub_type.as_deref(), Some("Wait"));
        assert_eq!(made.name, None);
    }
}

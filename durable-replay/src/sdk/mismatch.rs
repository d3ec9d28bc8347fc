//! The SDK's own report of an operation that does not fit its record, read back into its parts.
//!
//! ```
//! use durable_replay::sdk::errors::NON_DETERMINISTIC;
//! use durable_replay::sdk::mismatch::{is_mismatch, made};
//! use durable_service::model::ErrorObject;
//!
//! let error = ErrorObject::new(
//!     NON_DETERMINISTIC,
//!     "operation at wire id ab12 does not match checkpoint: expected STEP/Step named \"a\", got Wait/Wait",
//! );
//! assert!(is_mismatch(&error));
//! let operation = made(&error, |_| None).expect("the message names it");
//! assert_eq!(operation.to_string(), "unnamed wait");
//! ```

use durable_service::model::{ErrorObject, OperationId, OperationType};

use super::errors::NON_DETERMINISTIC;
use super::sketch::OperationSketch;

/// Whether the SDK found that a replay does not fit.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_mismatch(error: &ErrorObject) -> bool {
    error.error_type.as_deref() == Some(NON_DETERMINISTIC)
}

/// Whether an error, such as that of a context, holds the SDK's sentence about an operation that does not fit.
///
/// [`made`] reads the operation out of it; the [module](self) has an example.
#[must_use]
pub fn tells_of_one(error: &ErrorObject) -> bool {
    made(error, |_| None).is_some()
}

/// The operation that was made in the place of another: `operation at wire id ID does not match
/// checkpoint: expected TYPE/KIND named "NAME", got TYPE/KIND named "NAME"`. A name may hold these very words;
/// what the record says of the name tells where the expected one ends.
///
/// The [module](self) has an example.
pub fn made(
    error: &ErrorObject,
    recorded_name: impl FnOnce(&OperationId) -> Option<String>,
) -> Option<OperationSketch> {
    let message = error.error_message.as_deref()?;
    let (_, rest) = message.split_once("operation at wire id ")?;
    let (id, rest) = rest.split_once(" does not match checkpoint: expected ")?;
    let id = OperationId::from(id);
    let expected = recorded_name(&id).filter(|name| !name.is_empty());
    let got = expected
        .and_then(|name| rest.split_once(&format!(" named \"{name}\", got ")))
        .or_else(|| rest.split_once(", got "));
    let (_, got) = got?;
    let (identity, name) = match got.split_once(" named \"") {
        Some((identity, name)) => (identity, Some(name.strip_suffix('"')?)),
        None => (got, None),
    };
    let (operation_type, sub_type) = match identity.split_once('/') {
        Some((operation_type, sub_type)) => (operation_type, Some(sub_type)),
        None => (identity, None),
    };
    Some(OperationSketch {
        id,
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

/// Spells the recorded type in a report as an envelope that holds the state has it. Where the SDK asked for the
/// state instead, its report has its own spelling.
pub(super) fn spell_as_in_envelope(message: &mut String) {
    const BEFORE: &str = " does not match checkpoint: expected ";
    let Some(start) = message.find(BEFORE).map(|index| index + BEFORE.len()) else {
        return;
    };
    let rest = message.get(start..).unwrap_or_default();
    let end = rest.find(['/', ' ', ',']).unwrap_or(rest.len());
    let wire = match rest.get(..end) {
        Some("Step") => OperationType::Step,
        Some("Wait") => OperationType::Wait,
        Some("Context") => OperationType::Context,
        Some("Callback") => OperationType::Callback,
        Some("ChainedInvoke") => OperationType::ChainedInvoke,
        _ => return,
    };
    message.replace_range(start..start + end, wire.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_type_is_spelled_as_in_an_envelope() {
        let spelled = |expected: &str| {
            let mut message =
                format!("operation at wire id ab12 does not match checkpoint: {expected}");
            spell_as_in_envelope(&mut message);
            message
        };
        for (typed, wire) in [
            (
                "expected Step/Step named \"a/b\", got Wait/Wait",
                "expected STEP/Step named \"a/b\", got Wait/Wait",
            ),
            (
                "expected ChainedInvoke, got Wait",
                "expected CHAINED_INVOKE, got Wait",
            ),
            (
                "expected STEP/Step, got Wait",
                "expected STEP/Step, got Wait",
            ),
            ("expected Unknown", "expected Unknown"),
        ] {
            assert_eq!(spelled(typed), spelled(wire));
            assert!(spelled(typed).ends_with(wire));
        }
    }

    #[test]
    fn the_made_operation_is_read_from_the_message() {
        let error = ErrorObject::new(
            NON_DETERMINISTIC,
            "non-deterministic execution: operation at wire id ab12 does not match checkpoint: \
             expected Step/Step named \"a\", got Context/Map named \"b, got c\"",
        );
        assert!(is_mismatch(&error));
        let sketch = made(&error, |_| Some("a".to_owned())).unwrap();
        assert_eq!(sketch.name.as_deref(), Some("b, got c"));

        let error = ErrorObject::new(
            NON_DETERMINISTIC,
            "operation at wire id ab12 does not match checkpoint: expected STEP/Step named \"a\", \
             got Wait/Wait",
        );
        let made = made(&error, |_| None).unwrap();
        assert_eq!(made.id.as_str(), "ab12");
        assert_eq!(made.operation_type, OperationType::Wait);
        assert_eq!(made.sub_type.as_deref(), Some("Wait"));
        assert_eq!(made.name, None);
    }
}

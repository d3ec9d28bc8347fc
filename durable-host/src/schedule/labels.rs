//! What operations are called in choices: by their paths, as [`crate::names`] reads them.

use durable_service::Execution;
use durable_service::model::Operation;

use crate::names::Called;

/// The path of an operation.
pub(crate) fn path(execution: &Execution, operation: &Operation) -> String {
    Called::among(operation, || execution.operations()).path()
}

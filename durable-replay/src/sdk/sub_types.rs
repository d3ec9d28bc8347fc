//! What the SDK calls the kinds of operations.
//!
//! ```
//! use durable_replay::sdk::sub_types::{CHILD, MAP, PARALLEL, STEP, WAIT_FOR_CALLBACK, is_batch, usual};
//! use durable_service::model::OperationType;
//!
//! assert_eq!(usual(OperationType::Step), STEP);
//! assert_eq!(usual(OperationType::Context), CHILD);
//! assert!(is_batch(Some(MAP)) && is_batch(Some(PARALLEL)));
//! assert!(!is_batch(Some(WAIT_FOR_CALLBACK)));
//! ```

use durable_service::model::{Operation, OperationType};

/// A step with a body of the user's.
///
/// The [module](self) has an example.
pub const STEP: &str = "Step";
/// A child context.
///
/// The [module](self) has an example.
pub const CHILD: &str = "RunInChildContext";
/// A map, around its iterations.
///
/// The [module](self) has an example.
pub const MAP: &str = "Map";
/// A parallel, around its branches.
///
/// The [module](self) has an example.
pub const PARALLEL: &str = "Parallel";
/// A wait for a callback, around the callback and its submitter.
///
/// The [module](self) has an example.
pub const WAIT_FOR_CALLBACK: &str = "WaitForCallback";
const MAP_ITERATION: &str = "MapIteration";
const PARALLEL_BRANCH: &str = "ParallelBranch";

/// The kind that goes without saying for a type of operation.
///
/// The [module](self) has an example.
#[must_use]
pub fn usual(operation_type: OperationType) -> &'static str {
    match operation_type {
        OperationType::Execution => "",
        OperationType::Context => CHILD,
        OperationType::Step => STEP,
        OperationType::Wait => "Wait",
        OperationType::Callback => "Callback",
        OperationType::ChainedInvoke => "ChainedInvoke",
    }
}

/// Whether an operation of this kind is a map or a parallel.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_batch(sub_type: Option<&str>) -> bool {
    matches!(sub_type, Some(MAP | PARALLEL))
}

/// Whether a context runs a body of the user's: how a map or parallel ends may depend on which branch
/// was first, and a combinator has nothing inside.
///
/// [`CHILD`] and [`WAIT_FOR_CALLBACK`] are two of these kinds; the [module](self) has an example.
#[must_use]
pub fn has_body(operation: &Operation) -> bool {
    matches!(
        operation.sub_type.as_deref(),
        Some(CHILD | WAIT_FOR_CALLBACK | MAP_ITERATION | PARALLEL_BRANCH)
    )
}

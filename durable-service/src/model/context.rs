//! What an invocation of a function runs with, besides its event.

use super::ExecutionArn;

/// The context of an invocation, as Lambda passes it to the function.
///
/// [`Execution::context`](crate::Execution::context) returns that of an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvocationContext {
    /// ARN of the function, with the qualifier by which it is invoked.
    pub function_arn: String,
    /// The version that runs.
    pub version: String,
    /// The tenant that the function runs for.
    pub tenant_id: Option<String>,
    /// The trace header.
    pub trace_header: Option<String>,
    /// The client's context, as JSON text; an execution has none.
    pub client_context: Option<String>,
}

impl InvocationContext {
    /// The context of a function's version, with none of the optional members.
    pub fn new(function_arn: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            function_arn: function_arn.into(),
            version: version.into(),
            ..Self::default()
        }
    }

    /// The context of the function of an execution, with none of the optional members.
    #[must_use]
    pub fn of(arn: &ExecutionArn) -> Self {
        Self::new(arn.function_arn(), arn.version().unwrap_or_default())
    }
}

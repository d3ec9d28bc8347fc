//! Updates: what a checkpoint asks the service to do to an operation.

use serde::Deserialize;

use super::{ErrorObject, OperationAction, OperationId, OperationType};

/// One update of a checkpoint.
///
/// It is the API's own shape, with its optional members side by side. The service refuses meaningless
/// combinations with its own messages.
///
/// The [module](crate::model#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OperationUpdate {
    /// The operation.
    pub id: OperationId,
    /// What the operation is.
    #[serde(rename = "Type")]
    pub operation_type: OperationType,
    /// What happens to it.
    pub action: OperationAction,
    /// The CONTEXT operation that it belongs to.
    pub parent_id: Option<OperationId>,
    /// Its name.
    pub name: Option<String>,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// Result, state or input, serialized.
    pub payload: Option<String>,
    /// Error.
    pub error: Option<ErrorObject>,
    /// Options of a CONTEXT.
    pub context_options: Option<ContextOptions>,
    /// Options of a STEP.
    pub step_options: Option<StepOptions>,
    /// Options of a WAIT.
    pub wait_options: Option<WaitOptions>,
    /// Options of a CALLBACK.
    pub callback_options: Option<CallbackOptions>,
    /// Options of a `CHAINED_INVOKE`.
    pub chained_invoke_options: Option<ChainedInvokeOptions>,
}

impl OperationUpdate {
    /// An update with none of the optional members.
    #[must_use]
    pub fn new(
        id: impl Into<OperationId>,
        operation_type: OperationType,
        action: OperationAction,
    ) -> Self {
        Self {
            id: id.into(),
            operation_type,
            action,
            parent_id: None,
            name: None,
            sub_type: None,
            payload: None,
            error: None,
            context_options: None,
            step_options: None,
            wait_options: None,
            callback_options: None,
            chained_invoke_options: None,
        }
    }
}

/// Options of a CONTEXT update.
///
/// [`OperationUpdate::context_options`] holds them. The [module](crate::model#example) has an example of an update.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContextOptions {
    /// Whether a replay needs the children of the closed context.
    pub replay_children: Option<bool>,
}

/// Options of a STEP update.
///
/// [`OperationUpdate::step_options`] holds them. The [module](crate::model#example) has an example of an update.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StepOptions {
    /// Delay before the next attempt, in seconds.
    pub next_attempt_delay_seconds: Option<i64>,
}

/// Options of a WAIT update.
///
/// The [module](crate::model#example) has an example.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WaitOptions {
    /// How long to wait, in seconds.
    pub wait_seconds: Option<i64>,
}

/// Options of a CALLBACK update.
///
/// [`OperationUpdate::callback_options`] holds them. The [module](crate::model#example) has an example of an
/// update.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CallbackOptions {
    /// Time to completion, in seconds; 0 stands for none.
    pub timeout_seconds: Option<i64>,
    /// Time between two heartbeats, in seconds; 0 stands for none.
    pub heartbeat_timeout_seconds: Option<i64>,
}

/// Options of a `CHAINED_INVOKE` update.
///
/// [`OperationUpdate::chained_invoke_options`] holds them. The [module](crate::model#example) has an example of an
/// update.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ChainedInvokeOptions {
    /// The function to call.
    pub function_name: Option<String>,
    /// The tenant to call it for.
    pub tenant_id: Option<String>,
    /// The trace header to call it with, instead of the execution's own.
    #[serde(rename = "XAmznTraceId")]
    pub trace_header: Option<String>,
}

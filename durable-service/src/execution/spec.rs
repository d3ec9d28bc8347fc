//! What an execution is from its start to its end.

use serde::{Deserialize, Serialize};

use super::Caller;
use crate::model::{ExecutionArn, InvocationContext, Seconds};

/// The description of an execution, which a store keeps as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExecutionSpec {
    pub(crate) arn: ExecutionArn,
    pub(crate) name: String,
    pub(crate) function: String,
    pub(crate) version: String,
    /// The payload; stored as its first event has it.
    #[serde(skip)]
    pub(crate) input: String,
    /// The timeout; stored as its first event has it.
    #[serde(skip)]
    pub(crate) execution_timeout: Seconds,
    /// Whether a start or the function's configuration set the timeout; otherwise it is the longest one.
    pub(crate) timeout_is_chosen: bool,
    /// Largest result, in bytes; it depends on how the execution was started.
    pub(crate) result_bytes: usize,
    /// Its retention in days, if its function sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retention_days: Option<u32>,
    /// The tenant that the function runs for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_id: Option<String>,
    /// The trace header that it was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace_header: Option<String>,
    /// The operation that called it, if another execution did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<Caller>,
}

impl ExecutionSpec {
    /// What an invocation for the execution runs with.
    pub(crate) fn context(&self) -> InvocationContext {
        InvocationContext {
            tenant_id: self.tenant_id.clone(),
            trace_header: self.trace_header.clone(),
            ..InvocationContext::new(self.arn.function_arn(), &self.version)
        }
    }
}

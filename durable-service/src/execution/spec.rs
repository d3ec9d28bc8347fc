//! What an execution is from its start to its end.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::Caller;
use crate::model::{ExecutionArn, InvocationContext, Seconds};

/// The description of an execution, which a store keeps as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExecutionSpec {
    pub(crate) arn: ExecutionArn,
    pub(crate) name: String,
    pub(crate) function: String,
    #[serde(deserialize_with = "version")]
    pub(crate) version: Cow<'static, str>,
    /// The payload, which the execution moves into its first operation; stored as its first event has it.
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
    /// The operation that called it, if another execution did. Boxed, as few have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<Box<Caller>>,
}

impl ExecutionSpec {
    /// What an invocation for the execution runs with.
    pub(crate) fn context(&self) -> InvocationContext {
        InvocationContext {
            tenant_id: self.tenant_id.clone(),
            trace_header: self.trace_header.clone(),
            ..InvocationContext::new(self.arn.function_arn(), &*self.version)
        }
    }
}

/// The version that almost all executions have.
const LATEST: &str = "$LATEST";

/// A version, without a copy of the usual one.
pub(crate) fn shared_version(version: String) -> Cow<'static, str> {
    if version == LATEST {
        Cow::Borrowed(LATEST)
    } else {
        Cow::Owned(version)
    }
}

fn version<'de, D: Deserializer<'de>>(from: D) -> Result<Cow<'static, str>, D::Error> {
    String::deserialize(from).map(shared_version)
}

//! An invocation as a process runs it: its input, and how it ended.

use bytes::Bytes;
use durable_service::model::{ExecutionArn, InvocationContext, RequestId};

use super::Failure;
use crate::logs::LogTail;

/// An invocation to run in a process.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) request_id: RequestId,
    pub(crate) event: Bytes,
    pub(crate) context: InvocationContext,
    /// The durable execution, if the invocation belongs to one.
    pub(crate) execution: Option<ExecutionArn>,
    /// Collect what the function writes.
    pub(crate) tails: Vec<LogTail>,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The function returned this body.
    Returned(Bytes),
    /// The invocation failed.
    Failed(Failure),
    /// The server stopped before it ended.
    Interrupted,
}

//! An invocation as a process runs it: what it is given, and how it ended.

use bytes::Bytes;
use durable_service::model::{ExecutionArn, InvocationContext, RequestId};

use super::{Failure, LogTail};

/// An invocation, as a function is given it.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) request_id: RequestId,
    pub(crate) event: Bytes,
    pub(crate) context: InvocationContext,
    /// The durable execution, if it is invoked for one.
    pub(crate) execution: Option<ExecutionArn>,
    /// Where what it writes is kept.
    pub(crate) tails: Vec<LogTail>,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With this body.
    Returned(Bytes),
    /// Without one.
    Failed(Failure),
    /// The server stopped before it ended.
    Interrupted,
}

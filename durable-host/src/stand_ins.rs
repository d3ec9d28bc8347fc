//! What takes the place of bodies and of called functions, if a test says so.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use durable_runtime::hook::Callee;
use durable_service::model::{ExecutionArn, OperationId};

use crate::PlainFuture;

/// Decides what takes the place of bodies and functions. The host is not locked while it is asked.
///
/// [`LocalHost::set_stand_ins`](crate::LocalHost::set_stand_ins) takes one.
pub trait StandIns: Send + Sync {
    /// Asked when a body of a step or block is about to run.
    fn body(&self, callee: Callee, run: &Run) -> Option<StandIn>;

    /// Asked when a function is called that this host has as a plain one.
    fn function(&self, name: &str, caller: &ExecutionArn, input: &str) -> Option<FunctionStandIn>;
}

/// One run of a body.
///
/// [`StandIns`] decide what takes its place, which [`LocalHost::set_stand_ins`](crate::LocalHost::set_stand_ins) takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The execution.
    pub execution: ExecutionArn,
    /// The operation; none in a replay of a recording, and if the state has none that it could belong to.
    pub operation: Option<OperationId>,
    /// A step's attempt, from 1; 1 for a block.
    pub attempt: u32,
    /// Whether it is a run of its own: a block also runs again when its handler is replayed.
    pub is_new: bool,
}

/// What takes the place of a body.
///
/// [`StandIns`] return it, which [`LocalHost::set_stand_ins`](crate::LocalHost::set_stand_ins) takes.
pub struct StandIn {
    /// The virtual time that passes before it runs.
    pub takes: Duration,
    /// A [`Substitute`](durable_runtime::hook::Substitute) for it.
    pub substitute: Box<dyn Any + Send>,
}

/// What takes the place of a plain function's call.
///
/// [`StandIns`] return it, which [`LocalHost::set_stand_ins`](crate::LocalHost::set_stand_ins) takes.
pub struct FunctionStandIn {
    /// The virtual time that passes before its answer.
    pub takes: Duration,
    /// Its answer; none if the function itself runs.
    pub answer: Option<PlainFuture>,
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn")
            .field("takes", &self.takes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FunctionStandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionStandIn")
            .field("takes", &self.takes)
            .field("runs_itself", &self.answer.is_none())
            .finish_non_exhaustive()
    }
}

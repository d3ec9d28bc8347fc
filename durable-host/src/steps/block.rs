//! The host's side of child-context blocks.

use std::future::pending;

use durable_runtime::OperationEntry;
use durable_runtime::hook::{Callee, HookFuture, RunningStep, Started, StepSite};
use durable_runtime::sdk::StepSemantics;
use durable_runtime::sdk::builders::JitterStrategy;
use durable_service::model::{ExecutionArn, RequestId};

use super::delay;
use super::unstarted::Unstarted;
use crate::coverage::{self, Seen};
use crate::stand_ins::Run;
use crate::world::{BlockRun, Body, SharedWorld};

/// A call of a block, and the invocation that makes it.
pub(super) struct BlockSite {
    pub(super) world: SharedWorld,
    pub(super) execution: ExecutionArn,
    pub(super) request_id: RequestId,
    pub(super) callee: Callee,
    pub(super) unstarted: Unstarted,
}

impl StepSite for BlockSite {
    fn jitter(&self) -> Option<JitterStrategy> {
        None
    }

    fn start(self: Box<Self>, _: u32) -> HookFuture<Started> {
        Box::pin(self.run())
    }
}

impl BlockSite {
    async fn run(self: Box<Self>) -> Started {
        self.unstarted.starts();
        let entered = self
            .world
            .lock()
            .enter_block(&self.execution, &self.request_id, self.callee);
        let Some((run, number, stand_ins)) = entered else {
            // Its process is dead.
            return pending().await;
        };
        let BlockRun { operation, is_new } = run;
        let is_replay = self.unstarted.is_replay();
        if is_replay && !is_new {
            coverage::saw(self.callee.entry, Seen::Replayed);
        }
        let run = Run {
            execution: self.execution.clone(),
            operation,
            attempt: 1,
            is_new,
        };
        let stand_in = stand_ins.and_then(|stand_ins| stand_ins.body(self.callee, &run));
        let takes = stand_in.as_ref().map(|stand_in| stand_in.takes);
        let busy = stand_in.is_some().then(|| Busy::new(&self.world));
        if let Some(takes) = takes.filter(|takes| is_new && !takes.is_zero()) {
            let body = Body {
                number,
                execution: self.execution.clone(),
                request_id: self.request_id.clone(),
                operation: run.operation.clone(),
                name: self.callee.entry.function.to_owned(),
                path: self.callee.entry.function.to_owned(),
                attempt: 1,
                semantics: StepSemantics::AtLeastOncePerRetry,
            };
            delay::pass(&self.world, &body, takes).await;
        }
        let running = RunningBlock {
            world: self.world.clone(),
            execution: self.execution.clone(),
            request_id: self.request_id.clone(),
            entry: (!self.unstarted.is_pass()).then_some(self.callee.entry),
            _busy: busy,
        };
        Started {
            running: Box::new(running),
            substitute: stand_in.map(|stand_in| stand_in.substitute),
        }
    }
}

/// A block that runs; dropped with it, also when its invocation suspends.
struct RunningBlock {
    world: SharedWorld,
    execution: ExecutionArn,
    request_id: RequestId,
    /// None once it has ended, and in a replay of a recording.
    entry: Option<&'static OperationEntry>,
    _busy: Option<Busy>,
}

/// A stand-in of a block: unlike the block itself it may wait for whatever it likes.
struct Busy(SharedWorld);

impl Busy {
    fn new(world: &SharedWorld) -> Self {
        world.lock().is_busy();
        Self(world.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().is_done();
    }
}

impl RunningStep for RunningBlock {
    fn poll(&self, body: &mut dyn FnMut()) {
        body();
    }

    fn end(mut self: Box<Self>, succeeded: bool) -> HookFuture<()> {
        if let Some(entry) = self.entry.take() {
            let seen = if succeeded {
                Seen::Succeeded
            } else {
                Seen::Failed
            };
            coverage::saw(entry, seen);
        }
        Box::pin(std::future::ready(()))
    }
}

impl Drop for RunningBlock {
    fn drop(&mut self) {
        let Some(entry) = self.entry.filter(|_| coverage::is_enabled()) else {
            return;
        };
        let world = self.world.lock();
        if let Some(seen) = world.end_of_dropped(&self.execution, &self.request_id) {
            coverage::saw(entry, seen);
        }
    }
}

//! The host's side of the step hook: it learns here that a body starts and ends, and can hold it.

mod block;
mod delay;
mod host_id;
mod unstarted;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use durable_runtime::StepSpec;
use durable_runtime::hook::{
    self, Callee, HandlerKey, HookFuture, RunningStep, Started, StepHook, StepSite,
};
use durable_runtime::sdk::DurableContext;
use durable_runtime::sdk::builders::JitterStrategy;
use durable_service::model::{ExecutionArn, RequestId};

use block::BlockSite;
pub(crate) use host_id::HostId;
use unstarted::Unstarted;

use crate::coverage::{self, Seen};
use crate::stand_ins::Run;
use crate::world::{Body, BodyEnd, BodyWatcher, EnteredBody, Life, SharedWorld};

/// Watches the durable steps of all hosts of this process, and leaves those of others alone.
struct Hook;

/// Has the durable steps of this process report to their hosts.
pub(crate) fn install() {
    hook::install(&Hook);
}

impl StepHook for Hook {
    fn enter(
        &self,
        ctx: &DurableContext,
        spec: &StepSpec,
        callee: Callee,
    ) -> Option<Box<dyn StepSite>> {
        let call = Invocation::of(ctx)?;
        Some(Box::new(Site {
            unstarted: call.unstarted(ctx, callee),
            world: call.world,
            execution: call.execution,
            request_id: call.request_id,
            spec: *spec,
            callee,
        }))
    }

    fn enter_block(&self, ctx: &DurableContext, callee: Callee) -> Option<Box<dyn StepSite>> {
        let call = Invocation::of(ctx)?;
        Some(Box::new(BlockSite {
            unstarted: call.unstarted(ctx, callee),
            world: call.world,
            execution: call.execution,
            request_id: call.request_id,
            callee,
        }))
    }

    fn enter_handler(&self, ctx: &DurableContext, handler: HandlerKey) {
        if let Some(call) = Invocation::of(ctx).filter(|_| coverage::is_enabled()) {
            call.world.lock().saw_handler(&call.execution, handler);
        }
    }
}

/// The invocation of one of this process's hosts that a context belongs to.
#[derive(Clone)]
struct Invocation {
    world: SharedWorld,
    execution: ExecutionArn,
    request_id: RequestId,
    /// Whether it is one of a replay of a recording.
    is_pass: bool,
}

impl Invocation {
    fn of(ctx: &DurableContext) -> Option<Self> {
        let context = ctx.lambda_context();
        let world = host_id::world_of(&context.env_config)?;
        let locked = world.lock();
        let execution = locked.arn(ctx.execution_arn()).ok()?;
        let request_id = locked.request_id(&context.request_id);
        let is_pass = locked.is_replaying_a_recording();
        drop(locked);
        Some(Self {
            world,
            execution,
            request_id,
            is_pass,
        })
    }

    fn unstarted(&self, ctx: &DurableContext, callee: Callee) -> Unstarted {
        // Only coverage asks, and the SDK hashes for the answer.
        let is_replaying = coverage::is_enabled() && ctx.is_replaying();
        Unstarted::new(callee.entry, self, is_replaying)
    }

    /// Whether it was killed, or did not end in time.
    fn was_cut_off(&self) -> bool {
        let world = self.world.lock();
        let end = world.end_of_dropped(&self.execution, &self.request_id);
        end.is_some()
    }
}

/// A call of a durable step, and the invocation that makes it.
struct Site {
    world: SharedWorld,
    execution: ExecutionArn,
    request_id: RequestId,
    spec: StepSpec,
    callee: Callee,
    unstarted: Unstarted,
}

impl StepSite for Site {
    /// None, so that runs repeat to the second: a jittered delay takes its upper bound.
    fn jitter(&self) -> Option<JitterStrategy> {
        Some(JitterStrategy::None)
    }

    fn start(self: Box<Self>, attempt: u32) -> HookFuture<Started> {
        Box::pin(self.run(attempt))
    }
}

impl Site {
    async fn run(self: Box<Self>, attempt: u32) -> Started {
        self.unstarted.starts();
        let entered = self.world.lock().enter_body(
            &self.execution,
            &self.request_id,
            (&self.spec, self.callee),
            attempt,
        );
        let Some(entered) = entered else {
            // Its process is dead.
            return pending().await;
        };
        let EnteredBody {
            body,
            life,
            watchers,
            stand_ins,
        } = entered;
        let running = Running {
            world: self.world.clone(),
            life,
            body: Some(body.clone()),
            callee: self.callee,
        };
        if attempt > 1 {
            coverage::saw(self.callee.entry, Seen::Retried);
        }
        for watcher in watchers {
            if let Some(hold) = watcher.starts(&body) {
                hold.await;
            }
        }
        let run = Run {
            execution: body.execution.clone(),
            operation: body.operation.clone(),
            attempt,
            is_new: true,
        };
        let stand_in = stand_ins.and_then(|stand_ins| stand_ins.body(self.callee, &run));
        let takes = stand_in.as_ref().map(|stand_in| stand_in.takes);
        running
            .delay_if_slow(&body, takes.unwrap_or_default())
            .await;
        running.world.lock().start_body(body);
        Started {
            running: Box::new(running),
            substitute: stand_in.map(|stand_in| stand_in.substitute),
        }
    }
}

/// A body that runs; dropped with it.
struct Running {
    world: SharedWorld,
    life: Life,
    /// None once it has ended.
    body: Option<Body>,
    callee: Callee,
}

impl Running {
    /// Lets the time pass that a fault asks for, or the stand-in of the body.
    async fn delay_if_slow(&self, body: &Body, takes: Duration) {
        let slow = self.world.lock().delay_of(body);
        let takes = slow.unwrap_or_default() + takes;
        if !takes.is_zero() {
            delay::pass(&self.world, body, takes).await;
        }
    }

    /// Notes what cut the body off: its process, also by a panic of the body itself.
    fn saw_drop(&self, body: &Body) {
        if !coverage::is_enabled() {
            return;
        }
        let world = self.world.lock();
        let seen = world.end_of_dropped(&body.execution, &body.request_id);
        let panicked = std::thread::panicking().then_some(Seen::CutOff);
        if let Some(seen) = seen.or(panicked) {
            coverage::saw(self.callee.entry, seen);
        }
    }

    fn forget(&self, body: &Body, end: Option<BodyEnd>) -> Vec<Arc<dyn BodyWatcher>> {
        self.world.lock().leave_body(body, end)
    }
}

impl RunningStep for Running {
    fn poll(&self, body: &mut dyn FnMut()) {
        self.life.run(body);
    }

    fn end(mut self: Box<Self>, succeeded: bool) -> HookFuture<()> {
        Box::pin(async move {
            let Some(body) = self.body.take() else {
                return;
            };
            let (end, seen) = if succeeded {
                (BodyEnd::Succeeded, Seen::Succeeded)
            } else {
                (BodyEnd::Failed, Seen::Failed)
            };
            coverage::saw(self.callee.entry, seen);
            for watcher in self.forget(&body, Some(end)) {
                if let Some(hold) = watcher.ends(&body, end) {
                    hold.await;
                }
            }
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.saw_drop(&body);
            for watcher in self.forget(&body, None) {
                watcher.is_dropped(&body);
            }
        }
    }
}

//! The host's side of the step hook: it learns here that a body starts and ends, and can hold it.

mod host_id;

use std::future::pending;
use std::sync::Arc;

use durable_runtime::StepSpec;
use durable_runtime::hook::{self, HookFuture, RunningStep, StepHook, StepSite};
use durable_runtime::sdk::DurableContext;
use durable_runtime::sdk::builders::JitterStrategy;
use durable_service::model::{ExecutionArn, RequestId};

pub(crate) use host_id::HostId;

use crate::waiting;
use crate::world::{Body, BodyEnd, BodyWatcher, EnteredBody, Life, SharedWorld, Waiter, WaiterId};

/// Watches the durable steps of all hosts of this process, and leaves those of others alone.
struct Hook;

/// Has the durable steps of this process report to their hosts.
pub(crate) fn install() {
    hook::install(&Hook);
}

impl StepHook for Hook {
    fn enter(&self, ctx: &DurableContext, spec: &StepSpec) -> Option<Box<dyn StepSite>> {
        let context = ctx.lambda_context();
        Some(Box::new(Site {
            world: host_id::world_of(&context.env_config)?,
            execution: ctx.execution_arn().parse().ok()?,
            request_id: context.request_id.as_str().into(),
            spec: *spec,
        }))
    }
}

/// A call of a durable step, and the invocation that makes it.
struct Site {
    world: SharedWorld,
    execution: ExecutionArn,
    request_id: RequestId,
    spec: StepSpec,
}

impl StepSite for Site {
    /// None, so that runs repeat to the second: a jittered delay takes its upper bound.
    fn jitter(&self) -> Option<JitterStrategy> {
        Some(JitterStrategy::None)
    }

    fn start(self: Box<Self>, attempt: u32) -> HookFuture<Box<dyn RunningStep>> {
        Box::pin(async move {
            let running: Box<dyn RunningStep> = Box::new(self.run(attempt).await);
            running
        })
    }
}

impl Site {
    async fn run(self, attempt: u32) -> Running {
        let entered =
            self.world
                .lock()
                .enter_body(&self.execution, &self.request_id, &self.spec, attempt);
        let Some(entered) = entered else {
            // Its process is dead.
            return pending().await;
        };
        let EnteredBody {
            body,
            life,
            watchers,
        } = entered;
        let running = Running {
            world: self.world,
            life,
            body: Some(body.clone()),
        };
        for watcher in watchers {
            if let Some(hold) = watcher.starts(&body) {
                hold.await;
            }
        }
        running.delay_if_slow(&body).await;
        running.world.lock().start_body(body);
        running
    }
}

/// A body that runs; dropped with it.
struct Running {
    world: SharedWorld,
    life: Life,
    /// None once it has ended.
    body: Option<Body>,
}

impl Running {
    /// Lets the time pass that a fault asks for.
    async fn delay_if_slow(&self, body: &Body) {
        let (takes, follows_tokio) = {
            let mut world = self.world.lock();
            (world.delay_of(body), world.follows_tokio())
        };
        match takes {
            None => {}
            Some(takes) if follows_tokio => tokio::time::sleep(takes).await,
            Some(takes) => {
                let waiter = Waiter {
                    id: WaiterId::Body(body.number),
                    execution: body.execution.clone(),
                    request_id: body.request_id.clone(),
                };
                waiting::take(&self.world, &waiter, takes).await;
            }
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
            let end = if succeeded {
                BodyEnd::Succeeded
            } else {
                BodyEnd::Failed
            };
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
            for watcher in self.forget(&body, None) {
                watcher.is_dropped(&body);
            }
        }
    }
}

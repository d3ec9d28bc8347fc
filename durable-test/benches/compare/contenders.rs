//! What runs a workflow: the SDK's runner, and ours with its settings.

use std::future::IntoFuture as _;

use durable_runtime::IntoService;
use durable_runtime::prelude::*;
use durable_runtime::sdk::test_util::LocalRunner;
use durable_test::DurableRunner;
use durable_test::prelude::{CallbackReply, ExecutionStatus};
use tokio::runtime::{Builder, Runtime};

/// Limit of invocations, out of the way.
const MAX_INVOCATIONS: usize = 100_000;

/// Something to measure: one call is one round.
pub(crate) type Round = Box<dyn FnMut()>;

/// A runtime like that of a test.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A workflow, and how often it runs in a round.
#[derive(Clone, Copy)]
pub(crate) struct Task<H> {
    pub(crate) handler: H,
    /// The input: number of its operations.
    pub(crate) size: u64,
    /// Executions of a round.
    pub(crate) executions: u64,
    /// Whether each of them has a runner of its own.
    pub(crate) has_own_runners: bool,
    /// Whether its operations are callbacks, which need a reply.
    pub(crate) is_replied_to: bool,
}

impl<H> Task<H> {
    /// One execution, with a runner of its own.
    pub(crate) fn one(handler: H, size: u64) -> Self {
        Self {
            handler,
            size,
            executions: 1,
            has_own_runners: true,
            is_replied_to: false,
        }
    }

    /// One execution of callbacks, with a reply to each.
    pub(crate) fn replied_to(handler: H, size: u64) -> Self {
        Self {
            is_replied_to: true,
            ..Self::one(handler, size)
        }
    }

    /// Many executions, with one runner.
    pub(crate) fn many(handler: H, size: u64, executions: u64) -> Self {
        Self {
            executions,
            has_own_runners: false,
            ..Self::one(handler, size)
        }
    }

    /// Many executions, with a runner each, as the cases of a property have.
    pub(crate) fn cases(handler: H, size: u64, executions: u64) -> Self {
        Self {
            executions,
            ..Self::one(handler, size)
        }
    }
}

/// A workflow of these benchmarks.
pub(crate) trait Workflow<Fut>:
    Fn(u64, DurableContext) -> Fut + Copy + Send + Sync + 'static
{
}

impl<Fut, H: Fn(u64, DurableContext) -> Fut + Copy + Send + Sync + 'static> Workflow<Fut> for H {}

/// The SDK's runner.
pub(crate) fn sdk<Fut>(task: Task<impl Workflow<Fut>>, is_single_page: bool) -> Round
where
    Fut: Future<Output = Result<u64, BoxError>> + Send + 'static,
{
    let runtime = runtime();
    let new = move || {
        let runner = LocalRunner::new().max_invocations(MAX_INVOCATIONS);
        let runner = if is_single_page {
            runner.single_page()
        } else {
            runner
        };
        let replies = if task.is_replied_to { task.size } else { 0 };
        (0..replies).fold(runner, |runner, _| runner.callback_success(&1_u64))
    };
    let shared = new();
    Box::new(move || {
        for _ in 0..task.executions {
            let own = task.has_own_runners.then(new);
            let runner = own.as_ref().unwrap_or(&shared);
            let result = runtime.block_on(runner.run(task.handler, task.size));
            assert!(result.is_success());
        }
    })
}

/// Our runner, with the check of determinism or without.
pub(crate) fn ours<Fut, K>(
    task: Task<impl Workflow<Fut> + IntoService<K>>,
    is_checked: bool,
) -> Round
where
    Fut: Future<Output = Result<u64, BoxError>> + Send + 'static,
{
    let runtime = runtime();
    let new = move || {
        let builder = DurableRunner::builder(task.handler).check_determinism(is_checked);
        builder.build().unwrap()
    };
    let shared = (!task.has_own_runners).then(new);
    Box::new(move || {
        // A runner keeps its executions, so one that is shared has a round's worth of them.
        let forked = shared
            .as_ref()
            .map(|shared| shared.reconfigured(|same| same).unwrap());
        for _ in 0..task.executions {
            let own = task.has_own_runners.then(new);
            let runner = own.as_ref().or(forked.as_ref()).unwrap();
            let mut run = runner.run(task.size).max_invocations(MAX_INVOCATIONS);
            if task.is_replied_to {
                run = run.on_callback("approval", CallbackReply::success(1_u64));
            }
            let result = runtime.block_on(run.into_future()).unwrap();
            assert_eq!(result.status(), ExecutionStatus::Succeeded);
        }
    })
}

/// Our exploration of every crash of a workflow.
pub(crate) fn crashes<Fut, K>(task: Task<impl Workflow<Fut> + IntoService<K>>) -> Round
where
    Fut: Future<Output = Result<u64, BoxError>> + Send + 'static,
{
    let runtime = runtime();
    let runner = DurableRunner::local(task.handler).unwrap();
    Box::new(move || {
        let report = runtime
            .block_on(async { runner.explore_crashes(task.size).await })
            .unwrap();
        assert!(report.points() > 0);
    })
}

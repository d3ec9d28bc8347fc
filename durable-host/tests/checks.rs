//! How often the check of determinism invokes a handler: no more than it has to, to know what the handler makes.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its execution is to panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use durable_host::{Divergence, DriveLimits, HostSettings, LocalHost, Until};
use durable_runtime::IntoService as _;
use durable_runtime::prelude::*;
use durable_service::StartRequest;
use tokio::sync::Mutex;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(1),
    max_invocations: 100,
};

#[durable_step]
async fn one() -> u64 {
    1
}

/// What the check of an execution did.
struct Check {
    /// Invocations of the handler.
    invocations: usize,
    divergence: Option<Divergence>,
}

/// Runs a handler that is given the number of its invocation, from 0, and checks the execution.
async fn check<Fut>(
    handler: impl Fn(DurableContext, usize) -> Fut + Copy + Send + Sync + 'static,
) -> Check
where
    Fut: Future<Output = Result<u64, BoxError>> + Send + 'static,
{
    // What events matter is process-wide: one check at a time tells what it hears.
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let host = LocalHost::new(HostSettings::default());
    let register = host.register("counted", move |options| {
        let count = Arc::clone(&counted);
        let invoke = move |(): (), ctx: DurableContext| {
            let number = count.fetch_add(1, Ordering::Relaxed);
            handler(ctx, number)
        };
        invoke.into_service(options)
    });
    register.unwrap();
    let arn = host.start(StartRequest::new("counted", "null")).unwrap();
    host.drive(&arn, LIMITS, Until::Closed).await.unwrap();
    let before = count.load(Ordering::Relaxed);
    let checked = host.check_determinism(&arn, LIMITS.timeout).await.unwrap();
    Check {
        invocations: count.load(Ordering::Relaxed) - before,
        divergence: checked.nondeterminism.map(|found| found.divergence),
    }
}

#[tokio::test]
async fn a_step_that_is_replayed_is_not_looked_for_again() {
    let check = check(|ctx, _| async move { Ok(one(&ctx).await?) }).await;
    assert_eq!((check.invocations, check.divergence), (1, None));
}

#[tokio::test]
async fn a_map_that_is_replayed_is_not_looked_for_again() {
    let check = check(|ctx, _| async move {
        let ones = ctx.map(
            vec![1, 2, 3],
            |ctx, _, _| async move { Ok(one(&ctx).await?) },
        );
        Ok(ones.await?.iter().sum())
    });
    let check = check.await;
    assert_eq!((check.invocations, check.divergence), (1, None));
}

#[tokio::test]
async fn a_context_that_ends_again_is_not_looked_for_again() {
    let check = check(|ctx, _| async move {
        let block = ctx.run_in_child_context(|ctx| async move { Ok(one(&ctx).await?) });
        Ok(block.name("block").await?)
    });
    let check = check.await;
    assert_eq!((check.invocations, check.divergence), (1, None));
}

#[tokio::test]
async fn each_invocation_of_an_execution_is_replayed_once() {
    let check = check(|ctx, _| async move {
        let first = one(&ctx).await?;
        ctx.wait(Duration::from_hours(1)).await?;
        Ok(first + one(&ctx).await?)
    });
    let check = check.await;
    assert_eq!((check.invocations, check.divergence), (2, None));
}

#[tokio::test]
async fn a_last_operation_that_is_gone_is_found() {
    let check =
        check(|ctx, number| async move { Ok(if number == 0 { one(&ctx).await? } else { 1 }) });
    let divergence = check.await.divergence;
    assert!(
        matches!(&divergence, Some(Divergence::Removed { recorded }) if recorded.name.as_deref() == Some("one")),
        "{divergence:?}"
    );
}

/// Runs an execution with the same name and function on a host of its own; its first operation is replayed.
async fn other_execution() {
    async fn handler((): (), ctx: DurableContext) -> Result<u64, BoxError> {
        let first = one(&ctx).await?;
        ctx.wait(Duration::from_hours(1)).await?;
        Ok(first)
    }
    let host = LocalHost::new(HostSettings::default());
    let register = host.register("counted", |options| handler.into_service(options));
    register.unwrap();
    let arn = host.start(StartRequest::new("counted", "null")).unwrap();
    host.drive(&arn, LIMITS, Until::Closed).await.unwrap();
}

#[tokio::test]
async fn the_operation_of_another_execution_is_not_taken_for_one_that_is_gone() {
    let check = check(|ctx, number| async move {
        other_execution().await;
        Ok(if number == 0 { one(&ctx).await? } else { 1 })
    });
    let divergence = check.await.divergence;
    assert!(
        matches!(divergence, Some(Divergence::Removed { .. })),
        "{divergence:?}"
    );
}

#[tokio::test]
async fn a_step_after_another_execution_is_heard_of() {
    let check = check(|ctx, _| async move {
        other_execution().await;
        Ok(one(&ctx).await?)
    });
    let check = check.await;
    assert_eq!((check.invocations, check.divergence), (1, None));
}

/// Counts the test's own events.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == module_path!() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_subscriber_of_the_test_keeps_its_events() {
    let counting = Counting::default();
    let subscriber = Registry::default().with(counting.clone());
    let check = tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(check(|ctx, _| async move {
            tracing::info!("invoked");
            Ok(one(&ctx).await?)
        }))
    });
    // The subscriber does not say what is replayed, so that the step is looked for once more.
    assert_eq!((check.invocations, check.divergence), (2, None));
    assert_eq!(counting.0.load(Ordering::Relaxed), 1 + check.invocations);
}

#[tokio::test]
async fn a_step_of_a_task_is_looked_for() {
    let check = check(|ctx, _| async move {
        let task = ctx.step(|_| async { Ok(1) }).name("apart").spawn();
        Ok(task.await?)
    });
    let check = check.await;
    // Once more to see that it is not heard of by chance.
    assert_eq!((check.invocations, check.divergence), (3, None));
}

#[tokio::test]
async fn a_step_that_one_invocation_leaves_out_is_found() {
    let check =
        check(|ctx, number| async move { Ok(if number == 1 { 1 } else { one(&ctx).await? }) });
    let divergence = check.await.divergence;
    assert!(
        matches!(divergence, Some(Divergence::Removed { .. })),
        "{divergence:?}"
    );
}

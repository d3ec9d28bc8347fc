//! What differs between two undisturbed runs is no crash's and no order's doing.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::Allow;
use durable_test::prelude::*;
use parking_lot::Mutex;

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Another value in each run, as a clock or a UUID.
#[durable_step]
async fn serial() -> u64 {
    SERIAL.fetch_add(1, Ordering::Relaxed)
}

async fn stamped((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let serial = serial(&ctx).name("stamp").await?;
    let two = ctx.step(|_| async { Ok(2_u64) }).name("two").spawn();
    ctx.step(|_| async { Ok(()) }).name("file").await?;
    Ok(serial + two.await?)
}

#[durable_test(handler = stamped, local_only)]
async fn a_step_that_reads_the_clock_survives_crashes(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(()).await?;
    let unstable: Vec<&str> = report
        .unstable()
        .iter()
        .map(|unstable| unstable.what.as_str())
        .collect();
    assert_eq!(unstable, ["result", "result of \"stamp\""]);
    let shown = report.to_string();
    assert!(
        shown.contains("`.allow(Allow::operation(\"stamp\"))`"),
        "{shown}"
    );

    let report = runner
        .explore_crashes(())
        .allow(Allow::operation("stamp"))
        .allow(Allow::result())
        .await?;
    assert!(report.unstable().is_empty(), "{report}");
    Ok(())
}

#[durable_test(handler = stamped, local_only)]
async fn its_orders_agree(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(()).await?;
    assert!(report.orders() > 1, "{report}");
    assert_eq!(report.unstable().len(), 2, "{report}");
    Ok(())
}

/// What follows depends on a stored value, so the same id is a different operation in each run.
async fn routed((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let serial = serial(&ctx).await?;
    ctx.step(|_| async { Ok(()) })
        .name(format!("route-{serial}"))
        .await?;
    Ok(0)
}

#[durable_test(handler = routed, local_only)]
async fn what_follows_from_a_stored_value_may_differ(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(()).repeat(3).await?;
    let [route, stored] = report.unstable() else {
        panic!("{report}");
    };
    assert!(route.what.starts_with("\"route-"), "{report}");
    assert_eq!(stored.what, "result of \"serial\"");
    Ok(())
}

/// Reads a serial number, and adds what an interrupted step leaves in memory.
async fn forgetful((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    ctx.step(move |_| async move {
        counted.store(7, Ordering::Relaxed);
        Ok(())
    })
    .name("look")
    .await?;
    serial(&ctx).name("stamp").await?;
    let seen = seen.load(Ordering::Relaxed);
    Ok(ctx
        .step(move |_| async move { Ok(seen) })
        .name("file")
        .await?)
}

#[durable_test(handler = forgetful, local_only)]
async fn what_undisturbed_runs_share_is_still_compared(runner: DurableRunner) {
    let error = runner.explore_crashes(()).await.unwrap_err().to_string();
    assert!(error.contains("result of \"file\" differs"), "{error}");
    assert!(!error.contains("result of \"stamp\" differs"), "{error}");
}

#[durable_step]
async fn tags(number: u32) -> HashSet<u32> {
    (0..number).collect()
}

/// The elements of the set are in another order in each run, whatever happens in it.
async fn tagged(number: u32, ctx: DurableContext) -> Result<HashSet<u32>, BoxError> {
    let filed = ctx.step(|_| async { Ok(()) }).name("file").spawn();
    let tags = tags(&ctx, number).await?;
    filed.await?;
    Ok(tags)
}

#[durable_test(handler = tagged, local_only)]
async fn the_order_of_a_hash_set_is_not_compared(runner: DurableRunner) -> TestOutcome {
    // Of a set of two, every other run has the order of the first one.
    for number in [2, 30] {
        let crashes = runner.explore_crashes(number).await?;
        let orders = runner.explore_orders(number).await?;
        let all = runner.run(number).explore().await?;
        if number == 30 {
            let unstable = [crashes.unstable(), orders.unstable(), all.unstable()];
            for unstable in unstable {
                let what = unstable.iter().map(|one| one.what.as_str());
                assert!(what.clone().count() == 2, "{unstable:?}");
                assert!(
                    what.clone().all(|what| what.contains("HashSet")),
                    "{unstable:?}"
                );
            }
        }
    }
    Ok(())
}

/// The elements are in the order in which the steps end.
async fn in_order_of_ends((): (), ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let ended: Arc<Mutex<Vec<u32>>> = Arc::default();
    let steps = [1, 2].map(|number| {
        let ended = Arc::clone(&ended);
        let ctx = ctx.clone();
        async move {
            serial(&ctx).name(format!("step-{number}")).await?;
            ended.lock().push(number);
            Ok::<_, BoxError>(())
        }
    });
    let [one, two] = steps;
    tokio::try_join!(one, two)?;
    let ended = ended.lock().clone();
    Ok(ended)
}

#[durable_test(handler = in_order_of_ends, local_only)]
async fn an_order_that_depends_on_the_order_of_steps_is_found(runner: DurableRunner) {
    let error = runner.explore_orders(()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::OrdersDisagree(_)),
        "{error}"
    );
}

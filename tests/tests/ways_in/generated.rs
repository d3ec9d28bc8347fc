//! Generated inputs and faults, with `proptest`.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::faults::Faults;
use durable_test::prelude::*;
use durable_test::proptest::{Config, check, check_with, crashes, faults};
use proptest::prelude::{any, proptest};

use super::{double, doubles};

/// Twenty steps, three of them with a wait behind them.
#[durable_execution]
async fn twenty_steps(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut sum = 0;
    for step in 0..20 {
        sum += double(&ctx, n + step).await?;
        if step % 7 == 0 {
            ctx.wait(Duration::from_mins(1)).await?;
        }
    }
    Ok(sum)
}

#[durable_test(handler = twenty_steps, local_only)]
async fn twenty_steps_survive_what_may_go_wrong(runner: DurableRunner) -> TestOutcome {
    let config = Config {
        cases: 64,
        ..Config::default()
    };
    check_with(
        config,
        (0..1_000_u64, faults(40, 4)),
        async |(n, faults)| {
            let result = runner.run(n).faults(faults).await?;
            assert_eq!(result.result::<u64>()?, 40 * n + 380);
            Ok(())
        },
    )
    .await
}

#[durable_test(handler = twenty_steps, local_only)]
async fn twenty_steps_survive_crashes(runner: DurableRunner) -> TestOutcome {
    let config = Config {
        cases: 32,
        ..Config::default()
    };
    check_with(config, crashes(40, 3), async |crashes| {
        let result = runner.run(1).faults(crashes).await?;
        assert_eq!(result.result::<u64>()?, 420);
        Ok(())
    })
    .await
}

static SENT: AtomicU64 = AtomicU64::new(0);

#[durable_step]
async fn send() -> u64 {
    SENT.fetch_add(1, Ordering::Relaxed)
}

#[durable_execution]
async fn sends_twice((): (), ctx: DurableContext) -> Result<(), BoxError> {
    double(&ctx, 1).await?;
    send(&ctx).await?;
    double(&ctx, 2).await?;
    Ok(())
}

#[durable_test(handler = sends_twice, local_only)]
async fn a_failing_plan_shrinks_to_the_fault_that_matters(runner: DurableRunner) {
    let failed = check(any::<Faults>(), async |faults| {
        SENT.store(0, Ordering::Relaxed);
        runner.run(()).faults(faults).await?;
        assert_eq!(SENT.load(Ordering::Relaxed), 1, "sent again");
        Ok(())
    });
    let error = failed.await.unwrap_err();
    let ErrorKind::Property { value, message, .. } = error.kind() else {
        panic!("{error}");
    };
    // One fault is left of the plan, and it is shown as the code that repeats it.
    assert!(
        value.starts_with("Faults::new().") && value.ends_with(".optional()"),
        "{value}"
    );
    assert_eq!(value.matches(").").count(), 2, "{value}");
    assert!(message.contains("sent again"), "{message}");
}

proptest! {
    #[test]
    fn a_property_of_proptest_makes_its_own_runner(n in 0..1_000_u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(async {
            let runner = DurableRunner::local(doubles)?;
            runner.run(n).await
        });
        assert_eq!(result.unwrap().result::<u64>().unwrap(), 2 * n);
    }
}

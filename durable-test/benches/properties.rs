//! A property of a workflow of twenty steps, 256 cases of it: with random faults, and without any.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails is to panic, and criterion's macros make undocumented items"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use durable_runtime::prelude::*;
use durable_test::faults::Faults;
use durable_test::proptest::{Config, check_with, faults};
use durable_test::{DurableRunner, TestOutcome};
use tokio::runtime::Builder;

const CASES: u32 = 256;

#[durable_step]
async fn double(n: u64) -> u64 {
    2 * n
}

/// Three of the steps have a wait behind them.
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

/// All cases of the property; without faults the same inputs are drawn.
async fn cases(is_faulty: bool) -> TestOutcome {
    let runner = DurableRunner::local(twenty_steps)?;
    let config = Config {
        cases: CASES,
        ..Config::default()
    };
    check_with(
        config,
        (0..1_000_u64, faults(40, 4)),
        async |(n, faults)| {
            let faults = if is_faulty { faults } else { Faults::new() };
            let result = runner.run(n).faults(faults).await?;
            assert_eq!(result.result::<u64>()?, 40 * n + 380);
            Ok(())
        },
    )
    .await
}

fn properties(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("properties");
    group.sample_size(10);
    group.throughput(Throughput::Elements(CASES.into()));
    for (name, is_faulty) in [("plain", false), ("faults", true)] {
        group.bench_function(name, |bencher| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            bencher.iter(|| runtime.block_on(cases(is_faulty)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, properties);
criterion_main!(benches);

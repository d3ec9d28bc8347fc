//! Exploring every crash of a chain of steps: points times length, so four times the work for twice the
//! steps.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails is to panic, and criterion's macros make undocumented items"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use durable_runtime::prelude::*;
use durable_test::DurableRunner;
use tokio::runtime::Builder;

#[durable_step]
async fn add_one(n: u64) -> u64 {
    n + 1
}

async fn steps(count: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut n = 0;
    for _ in 0..count {
        n = add_one(&ctx, n).await?;
    }
    Ok(n)
}

fn every_crash(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crashes");
    group.sample_size(10);
    for count in [12, 25, 50] {
        // Two checkpoint calls for each step, each lost in four ways, and a response.
        let points = count * 2 * 4 + 1;
        group.throughput(Throughput::Elements(points * count));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let runner = DurableRunner::local(steps).unwrap();
            bencher.iter(|| {
                let report = runtime.block_on(async { runner.explore_crashes(count).await });
                assert_eq!(report.unwrap().points() as u64, points);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, every_crash);
criterion_main!(benches);

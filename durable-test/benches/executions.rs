//! Whole executions: many steps, over both client paths and without the check at the end, and many waits.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails is to panic, and criterion's macros make undocumented items"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use durable_runtime::prelude::*;
use durable_test::DurableRunner;
use durable_test::results::ExecutionStatus;
use durable_test::settings::Transport;
use tokio::runtime::{Builder, Runtime};

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

async fn waits(count: u64, ctx: DurableContext) -> Result<(), BoxError> {
    for _ in 0..count {
        ctx.wait(Duration::from_hours(1)).await?;
    }
    Ok(())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn run(runner: DurableRunner, count: u64) {
    let result = runner.run(count).max_invocations(100_000).await.unwrap();
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
}

fn many_steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("steps");
    group.sample_size(10);
    // Without the check of determinism an execution is not replayed at its end.
    for (path, transport, is_checked) in [
        ("short", Transport::InProcess, true),
        ("wire", Transport::Http, true),
        ("unchecked", Transport::InProcess, false),
    ] {
        for count in [1, 100, 1_000] {
            group.throughput(Throughput::Elements(count));
            group.bench_function(BenchmarkId::new(path, count), |bencher| {
                let runtime = runtime();
                bencher.iter(|| {
                    let runner = DurableRunner::builder(steps)
                        .transport(transport)
                        .check_determinism(is_checked);
                    runtime.block_on(run(runner.build().unwrap(), count));
                });
            });
        }
    }
    group.finish();
}

fn many_waits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("waits");
    group.sample_size(10);
    for count in [10, 100] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            let runtime = runtime();
            bencher.iter(|| {
                runtime.block_on(run(DurableRunner::local(waits).unwrap(), count));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, many_steps, many_waits);
criterion_main!(benches);

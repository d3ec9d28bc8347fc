//! A checkpoint, a start with a name, and the first page of a list beside many open executions, and the choice of
//! the next invocation beside many that are due: each costs the same however many there are. So does a part of a
//! burst of timers.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails is to panic, and criterion's macros make undocumented items"
)]

use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use durable_service::model::{
    CheckpointToken, ExecutionArn, OperationAction, OperationType, OperationUpdate, RequestId,
    Timestamp, WaitOptions,
};
use durable_service::{
    CheckpointRequest, DueOrder, FunctionSettings, Idle, InlineTimers, InvocationOutcome,
    ListRequest, Service, ServiceSettings, StartRequest,
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_millis(0);

/// So many checkpoints an execution takes, before the next one is measured.
const CHECKPOINTS: u64 = 1_000;

/// A service with open executions that wait for an hour or more, each for another time.
fn service(open: u32) -> Service {
    let mut service = Service::new(ServiceSettings::default());
    for number in 0..open {
        let mut function = Function::started(&mut service);
        function.wait(&mut service, 3_600 + i64::from(number));
        let pending = InvocationOutcome::Returned(json!({"Status": "PENDING"}));
        let Function {
            arn, request_id, ..
        } = function;
        service
            .complete_invocation(NOW, &arn, &request_id, pending, InlineTimers::Fire)
            .unwrap();
    }
    service
}

/// A function that runs for an execution.
struct Function {
    arn: ExecutionArn,
    request_id: RequestId,
    token: CheckpointToken,
    waits: u64,
}

impl Function {
    fn started(service: &mut Service) -> Self {
        let request = StartRequest::new("f", "{}");
        let arn = service.start(NOW, request).unwrap().arn;
        let input = service.start_invocation(NOW, &arn).unwrap();
        Self {
            arn,
            request_id: input.request_id,
            token: input.checkpoint_token,
            waits: 0,
        }
    }

    /// Starts a wait.
    fn wait(&mut self, service: &mut Service, seconds: i64) {
        self.waits += 1;
        let id = self.waits.to_string();
        let wait = OperationUpdate {
            wait_options: Some(WaitOptions {
                wait_seconds: Some(seconds),
            }),
            ..OperationUpdate::new(id, OperationType::Wait, OperationAction::Start)
        };
        let request = CheckpointRequest {
            checkpoint_token: std::mem::take(&mut self.token),
            client_token: None,
            updates: vec![wait],
        };
        let response = service
            .checkpoint(NOW, &self.arn, request, InlineTimers::Fire)
            .unwrap();
        self.token = response.checkpoint_token.unwrap();
    }
}

/// How long checkpoints take, with what a host asks around each.
fn checkpoints(service: &mut Service, mut count: u64) -> Duration {
    let mut time = Duration::ZERO;
    while count > 0 {
        let checkpoints = count.min(CHECKPOINTS);
        count -= checkpoints;
        let mut function = Function::started(service);
        let start = Instant::now();
        for _ in 0..checkpoints {
            service.handle_timeout(NOW, &mut DueOrder);
            function.wait(service, 60);
            assert_eq!(service.poll(NOW), None);
            let due = service.poll_timeout(Idle::Skip { planned: None });
            assert_eq!(due, Some(NOW.after_seconds(60)));
        }
        time += start.elapsed();
        service.stop(NOW, &function.arn, None).unwrap();
        service.delete(NOW, &function.arn).unwrap();
    }
    time
}

fn one_checkpoint(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one checkpoint");
    for open in [10, 1_000, 10_000] {
        let mut service = service(open);
        group.bench_function(BenchmarkId::from_parameter(open), |bencher| {
            bencher.iter_custom(|count| checkpoints(&mut service, count));
        });
    }
    group.finish();
}

/// How long starts with names take, each new.
fn named_starts(service: &mut Service, count: u64) -> Duration {
    let mut time = Duration::ZERO;
    for number in 0..count {
        let request = StartRequest {
            name: Some(format!("named-{number}")),
            ..StartRequest::new("f", "{}")
        };
        let start = Instant::now();
        let started = service.start(NOW, request).unwrap();
        time += start.elapsed();
        assert!(!started.existing);
        service.stop(NOW, &started.arn, None).unwrap();
        service.delete(NOW, &started.arn).unwrap();
    }
    time
}

fn one_named_start(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one start with a name");
    for open in [10, 1_000, 10_000] {
        let mut service = service(open);
        group.bench_function(BenchmarkId::from_parameter(open), |bencher| {
            bencher.iter_custom(|count| named_starts(&mut service, count));
        });
    }
    group.finish();
}

fn one_page(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("the ten newest");
    let request = ListRequest {
        function: "f".to_owned(),
        max_items: 10,
        ..ListRequest::default()
    };
    for open in [10, 1_000, 10_000] {
        let mut service = service(open);
        service.register_function("f", FunctionSettings::default());
        group.bench_function(BenchmarkId::from_parameter(open), |bencher| {
            bencher.iter(|| assert_eq!(service.list(&request).unwrap().executions.len(), 10));
        });
    }
    group.finish();
}

/// How long it takes to learn that a busy function's due invocations must wait.
fn one_busy_function(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a busy function");
    for due in [10, 1_000, 10_000] {
        let mut service = Service::new(ServiceSettings::default());
        for _ in 0..due {
            service.start(NOW, StartRequest::new("f", "{}")).unwrap();
        }
        group.bench_function(BenchmarkId::from_parameter(due), |bencher| {
            bencher.iter(|| assert_eq!(service.poll_where(NOW, |_| false), None));
        });
    }
    group.finish();
}

/// How long 64 timers of so many that are due at once take.
fn part_of_a_burst(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("64 timers of a burst");
    for due in [100, 1_000, 10_000] {
        group.bench_function(BenchmarkId::from_parameter(due), |bencher| {
            bencher.iter_batched_ref(
                || service(due),
                |service| service.handle_some_timeouts(NOW.after_seconds(100_000), 64),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    one_checkpoint,
    one_named_start,
    one_page,
    one_busy_function,
    part_of_a_burst
);
criterion_main!(benches);

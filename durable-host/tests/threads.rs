//! Checkpoint calls of several threads: each is numbered, judged and stored as one.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its execution is to panic"
)]

use std::time::Duration;

use durable_host::{DriveLimits, HostSettings, LocalHost, Trace};
use durable_runtime::IntoService as _;
use durable_runtime::prelude::*;
use durable_service::StartRequest;
use durable_service::model::{EventDetails, OperationAction};

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(1),
    max_invocations: 100,
};

#[durable_step]
async fn count(n: u32) -> u32 {
    tokio::task::yield_now().await;
    n
}

/// Twelve child contexts of three steps each, on tasks of their own.
async fn counts(_event: (), ctx: DurableContext) -> Result<u32, BoxError> {
    let tasks: Vec<_> = (0..12)
        .map(|task| {
            ctx.run_in_child_context(move |child: DurableContext| async move {
                let mut sum = 0;
                for n in 0..3 {
                    sum += count(&child, n).name(format!("count-{task}-{n}")).await?;
                }
                Ok(sum)
            })
            .name(format!("task-{task}"))
            .spawn()
        })
        .collect();
    Ok(ctx.try_join_all(tasks).await?.into_iter().sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_stored_in_the_order_of_their_numbers() {
    let host = LocalHost::new(HostSettings {
        trace: true,
        ..HostSettings::default()
    });
    host.register("counts", |options| counts.into_service(options))
        .unwrap();
    for _ in 0..20 {
        let seen = host.trace().len();
        let arn = host.start(StartRequest::new("counts", "null")).unwrap();
        host.run_until_closed(&arn, LIMITS).await.unwrap();

        let mut numbers = Vec::new();
        let mut called = Vec::new();
        for entry in host.trace().into_iter().skip(seen) {
            if let Trace::Call(call) = entry {
                numbers.extend(call.number);
                let started = call.updates.into_iter();
                let started = started.filter(|update| update.action == OperationAction::Start);
                called.extend(started.filter_map(|update| update.name));
            }
        }
        assert!(
            numbers.is_sorted_by(|one, next| one + 1 == *next),
            "{numbers:?}"
        );
        let stored: Vec<String> = host
            .with_execution(&arn, |execution| {
                let events = execution.history().iter();
                let started = events.filter(|event| {
                    matches!(
                        event.details,
                        EventDetails::StepStarted | EventDetails::ContextStarted
                    )
                });
                started
                    .filter_map(|event| event.subject.as_ref()?.name.clone())
                    .collect()
            })
            .unwrap();
        assert_eq!(called, stored);
    }
}

//! The in-process host by itself: several functions, several executions, both client paths.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its execution is to panic"
)]

use std::future::Future;
use std::time::Duration;

use durable_host::{DriveLimits, HostSettings, LocalError, LocalHost, Transport, plain_function};
use durable_runtime::prelude::*;
use durable_runtime::{IntoService as _, find_handler, handlers};
use durable_service::model::{ExecutionArn, ExecutionStatus, Seconds};
use durable_service::{Policy, ServiceSettings, StartRequest};

#[durable_step]
async fn double(n: u64) -> u64 {
    2 * n
}

#[durable_execution]
async fn eager(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(double(&ctx, n).await?)
}

#[durable_execution(name = "patient-function")]
async fn patient(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    let mut n = double(&ctx, n).await?;
    for _ in 0..3 {
        ctx.wait(Duration::from_hours(24)).await?;
        n = double(&ctx, n).await?;
    }
    Ok(n)
}

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(1),
    max_invocations: 100,
};

fn host(settings: HostSettings) -> LocalHost {
    let host = LocalHost::new(settings);
    for entry in handlers() {
        host.register(entry.name(), |options| entry.service(options))
            .unwrap();
    }
    host
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

fn outcome(host: &LocalHost, arn: &ExecutionArn) -> (ExecutionStatus, Option<String>) {
    host.with_execution(arn, |execution| {
        (execution.status(), execution.result().map(str::to_owned))
    })
    .unwrap()
}

#[test]
fn handlers_are_registered_under_their_names() {
    let names: Vec<_> = handlers().iter().map(|entry| entry.name()).collect();
    assert_eq!(names, ["eager", "patient-function"]);
    let entry = find_handler("patient-function").unwrap();
    assert_eq!(entry.module(), "host");
    assert!(entry.location().0.ends_with("host.rs"));
    assert!(find_handler("patient").is_none());
}

#[test]
fn several_executions_share_a_host_and_its_clock() {
    let host = host(HostSettings::default());
    let start = host.now();
    let patient = host
        .start(StartRequest::new("patient-function", "1"))
        .unwrap();
    let eager = host.start(StartRequest::new("eager", "21")).unwrap();

    block_on(host.run_until_closed(&eager, LIMITS)).unwrap();
    assert_eq!(
        outcome(&host, &eager),
        (ExecutionStatus::Succeeded, Some("42".to_owned()))
    );
    assert_eq!(outcome(&host, &patient).0, ExecutionStatus::Running);
    assert_eq!(host.now(), start, "no execution waited for the other one");

    block_on(host.run_until_closed(&patient, LIMITS)).unwrap();
    assert_eq!(
        outcome(&host, &patient),
        (ExecutionStatus::Succeeded, Some("16".to_owned()))
    );
    assert_eq!(host.now().since(start), Duration::from_hours(72));
}

#[test]
fn drives_of_one_host_take_turns() {
    let host = host(HostSettings::default());
    let first = host
        .start(StartRequest::new("patient-function", "1"))
        .unwrap();
    let second = host
        .start(StartRequest::new("patient-function", "2"))
        .unwrap();
    block_on(async {
        let (one, two) = tokio::join!(
            host.run_until_closed(&first, LIMITS),
            host.run_until_closed(&second, LIMITS)
        );
        one.unwrap();
        two.unwrap();
    });
    assert_eq!(outcome(&host, &first).1.unwrap(), "16");
    assert_eq!(outcome(&host, &second).1.unwrap(), "32");
}

/// With pages of one byte the function must fetch its state in separate calls.
#[test]
fn a_state_in_pages_is_read_over_both_client_paths() {
    for transport in [Transport::InProcess, Transport::Http] {
        let host = host(HostSettings {
            transport,
            service: ServiceSettings {
                policy: Policy {
                    event_page_bytes: 1,
                    ..Policy::default()
                },
                ..ServiceSettings::default()
            },
            ..HostSettings::default()
        });
        let arn = host
            .start(StartRequest::new("patient-function", "1"))
            .unwrap();
        block_on(host.run_until_closed(&arn, LIMITS)).unwrap();
        assert_eq!(
            outcome(&host, &arn),
            (ExecutionStatus::Succeeded, Some("16".to_owned())),
            "{transport:?}"
        );
    }
}

#[test]
fn a_function_that_is_not_registered_is_named() {
    let host = host(HostSettings::default());
    let arn = host.start(StartRequest::new("stranger", "1")).unwrap();
    let error = block_on(host.run_until_closed(&arn, LIMITS)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no handler is registered for function \"stranger\" on this host"
    );
}

/// Runs ten steps and a wait, after which the steps have other names.
async fn renaming((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let name = if ctx.is_replaying() { "late" } else { "early" };
    for n in 0..10 {
        double(&ctx, n).name(name).await?;
    }
    Ok(ctx.wait(Duration::from_hours(1)).await?)
}

#[test]
fn an_operation_that_does_not_fit_its_record_is_reported_alike_over_both_client_paths() {
    let messages = [Transport::InProcess, Transport::Http].map(|transport| {
        let host = LocalHost::new(HostSettings {
            transport,
            ..HostSettings::default()
        });
        host.register("renaming", |options| renaming.into_service(options))
            .unwrap();
        let arn = host.start(StartRequest::new("renaming", "null")).unwrap();
        block_on(host.run_until_closed(&arn, LIMITS)).unwrap();
        let error = host.with_execution(&arn, |execution| execution.error().cloned());
        error.unwrap().unwrap().error_message.unwrap()
    });
    assert!(
        messages[0].contains("expected STEP/Step"),
        "{}",
        messages[0]
    );
    assert_eq!(messages[0], messages[1]);
}

#[test]
fn a_later_handler_replaces_an_earlier_one() {
    let host = host(HostSettings::default());
    let triple = |n: u64, _ctx: DurableContext| async move { Ok::<_, BoxError>(3 * n) };
    host.register("eager", move |options| triple.into_service(options))
        .unwrap();
    let arn = host.start(StartRequest::new("eager", "2")).unwrap();
    block_on(host.run_until_closed(&arn, LIMITS)).unwrap();
    assert_eq!(outcome(&host, &arn).1.unwrap(), "6");
}

#[test]
fn a_fork_runs_what_was_registered_last_under_a_name() {
    let host = host(HostSettings::default());
    let triple = |n: u64, _ctx: DurableContext| async move { Ok::<_, BoxError>(3 * n) };
    let same = plain_function(|n: u64| async move { Ok::<_, BoxError>(n) });
    host.register_plain("eager", same);
    host.register("eager", move |options| triple.into_service(options))
        .unwrap();
    let fork = host.fork(HostSettings::default());
    let arn = fork.start(StartRequest::new("eager", "2")).unwrap();
    block_on(fork.run_until_closed(&arn, LIMITS)).unwrap();
    assert_eq!(outcome(&fork, &arn).1.unwrap(), "6");
}

#[test]
fn only_a_durable_function_has_an_execution_timeout() {
    let host = host(HostSettings::default());
    host.set_execution_timeout("eager", Seconds(60)).unwrap();
    let same = plain_function(|n: u64| async move { Ok::<_, BoxError>(n) });
    host.register_plain("eager", same);
    let error = host
        .set_execution_timeout("eager", Seconds(60))
        .unwrap_err();
    assert!(matches!(error, LocalError::UnknownFunction { .. }));
}

#[test]
fn invocations_are_limited() {
    let host = host(HostSettings::default());
    let arn = host
        .start(StartRequest::new("patient-function", "1"))
        .unwrap();
    let limits = DriveLimits {
        max_invocations: 2,
        ..LIMITS
    };
    let error = block_on(host.run_until_closed(&arn, limits)).unwrap_err();
    assert!(matches!(error, LocalError::TooManyInvocations { limit: 2 }));
    assert_eq!(outcome(&host, &arn).0, ExecutionStatus::Running);

    block_on(host.run_until_closed(&arn, LIMITS)).unwrap();
    assert_eq!(outcome(&host, &arn).0, ExecutionStatus::Succeeded);
}

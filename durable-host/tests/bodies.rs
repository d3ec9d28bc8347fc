//! How a host observes and holds the bodies of durable steps.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot run its execution is to panic, and a body panics on purpose"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_host::{
    Body, BodyEnd, BodyWatcher, DriveLimits, Hold, HostSettings, LocalHost, Transport,
};
use durable_runtime::prelude::*;
use durable_service::StartRequest;

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(1),
    max_invocations: 100,
};

#[durable_step(retry(max_attempts = 3, initial_delay = "1s"))]
async fn fetch(step: StepContext, shop: String) -> Result<String, BoxError> {
    if step.attempt() == 1 && shop == "slow" {
        return Err("busy".into());
    }
    tokio::task::yield_now().await;
    Ok(shop)
}

async fn fetches(shops: Vec<String>, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let calls: Vec<_> = shops
        .into_iter()
        .map(|shop| {
            fetch(&ctx, shop.clone())
                .name(format!("fetch-{shop}"))
                .future()
        })
        .collect();
    Ok(ctx.try_join_all(calls).await?)
}

/// Records what it observes.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, what: &str, body: &Body) {
        let Body { name, attempt, .. } = body;
        self.0
            .lock()
            .unwrap()
            .push(format!("{name} {what} (attempt {attempt})"));
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl BodyWatcher for Log {
    fn starts(&self, body: &Body) -> Option<Hold> {
        self.add("starts", body);
        None
    }

    fn ends(&self, body: &Body, end: BodyEnd) -> Option<Hold> {
        self.add(
            match end {
                BodyEnd::Succeeded => "succeeds",
                BodyEnd::Failed => "fails",
            },
            body,
        );
        None
    }

    fn is_dropped(&self, body: &Body) {
        self.add("is dropped", body);
    }
}

/// A host for `handler`, and its log.
fn observed<K, H>(handler: H, settings: HostSettings) -> (LocalHost, Arc<Log>)
where
    H: durable_runtime::IntoService<K> + Clone,
{
    let host = LocalHost::new(settings);
    host.register("function", move |options| {
        handler.clone().into_service(options)
    })
    .unwrap();
    let log = Arc::new(Log::default());
    host.watch_bodies(log.clone());
    (host, log)
}

async fn run(host: &LocalHost, input: &str) {
    let arn = host.start(StartRequest::new("function", input)).unwrap();
    host.run_until_closed(&arn, LIMITS).await.unwrap();
}

#[tokio::test]
async fn bodies_are_named_after_their_operations_over_both_client_paths() {
    for transport in [Transport::InProcess, Transport::Http] {
        let (host, log) = observed(
            fetches,
            HostSettings {
                transport,
                ..HostSettings::default()
            },
        );
        run(&host, r#"["quick", "slow"]"#).await;
        assert_eq!(
            log.lines(),
            [
                "fetch-quick starts (attempt 1)",
                "fetch-slow starts (attempt 1)",
                "fetch-slow fails (attempt 1)",
                "fetch-quick succeeds (attempt 1)",
                "fetch-slow starts (attempt 2)",
                "fetch-slow succeeds (attempt 2)",
            ],
            "{transport:?}"
        );
    }
}

#[tokio::test]
async fn hosts_of_one_process_observe_only_their_own_bodies() {
    let (first, first_log) = observed(fetches, HostSettings::default());
    let (second, second_log) = observed(fetches, HostSettings::default());
    tokio::join!(run(&first, r#"["a"]"#), run(&second, r#"["b"]"#));
    assert_eq!(
        first_log.lines(),
        ["fetch-a starts (attempt 1)", "fetch-a succeeds (attempt 1)"]
    );
    assert_eq!(
        second_log.lines(),
        ["fetch-b starts (attempt 1)", "fetch-b succeeds (attempt 1)"]
    );
}

/// Holds the first of two bodies until the second has ended.
struct LastFirst(tokio::sync::watch::Sender<bool>);

impl BodyWatcher for LastFirst {
    fn starts(&self, body: &Body) -> Option<Hold> {
        let mut over = self.0.subscribe();
        (body.name == "fetch-a").then(|| -> Hold {
            Box::pin(async move {
                over.wait_for(|over| *over).await.unwrap();
            })
        })
    }

    fn ends(&self, body: &Body, _: BodyEnd) -> Option<Hold> {
        if body.name == "fetch-b" {
            self.0.send_replace(true);
        }
        None
    }
}

#[tokio::test]
async fn a_body_can_be_held() {
    let (host, _) = observed(fetches, HostSettings::default());
    host.watch_bodies(Arc::new(LastFirst(tokio::sync::watch::Sender::new(false))));
    let log = Arc::new(Log::default());
    host.watch_bodies(log.clone());
    run(&host, r#"["a", "b"]"#).await;
    assert_eq!(
        log.lines(),
        [
            "fetch-b starts (attempt 1)",
            "fetch-b succeeds (attempt 1)",
            "fetch-a starts (attempt 1)",
            "fetch-a succeeds (attempt 1)",
        ]
    );
}

#[durable_step]
async fn explode() -> u32 {
    panic!("boom")
}

async fn explodes((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(explode(&ctx).name("fuse").await?)
}

#[tokio::test]
async fn a_body_that_runs_again_after_a_crash_belongs_to_the_same_operation() {
    let (host, log) = observed(explodes, HostSettings::default());
    run(&host, "null").await;
    let once = ["fuse starts (attempt 1)", "fuse is dropped (attempt 1)"];
    assert_eq!(log.lines(), once.repeat(5));
}

//! What the lints let pass: what is recorded, what only carries a name, and what is allowed.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use durable_runtime::prelude::*;

/// A module with the names of others.
mod time {
    use std::time::Duration;

    pub(super) fn now() -> u64 {
        0
    }

    pub(super) struct Instant;

    impl Instant {
        pub(super) fn now() -> u64 {
            0
        }
    }

    pub(super) async fn sleep(_: Duration) {}
}

struct Utc;

impl Utc {
    fn now() -> u64 {
        0
    }
}

struct StepClock;

impl StepClock {
    fn now(&self) -> u64 {
        0
    }

    fn step(&self, work: impl FnOnce(u32) -> u32) -> u32 {
        work(1)
    }
}

#[durable_step]
async fn charge(cents: u32) -> u32 {
    cents
}

#[durable_execution]
async fn own_names((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let random = || 4_u64;
    let sleep = |_: Duration| std::future::ready(());
    sleep(Duration::ZERO).await;
    time::sleep(Duration::ZERO).await;
    charge(&ctx, 1).await?;
    Ok(time::now() + time::Instant::now() + Utc::now() + StepClock.now() + random())
}

#[durable_execution]
async fn recorded(cents: Vec<u32>, ctx: DurableContext) -> Result<u64, BoxError> {
    let now = ctx
        .step(|_| async { Ok(SystemTime::now()) })
        .name("now")
        .await?;
    let body = move |_| async move {
        let age = SystemTime::now().duration_since(now)?;
        Ok(age.as_secs())
    };
    let age = ctx.step(body).name("age").await?;
    let _ = StepClock.step(|add| add + u32::from(SystemTime::now() < SystemTime::UNIX_EPOCH));
    ctx.wait_for_condition(
        |_, seen: u32| async move {
            let _ = SystemTime::now();
            Ok(seen + 1)
        },
        0,
    )
    .await?;
    ctx.map(cents, |ctx, cents, _| async move {
        Ok(ctx
            .step(move |_| async move {
                let _ = SystemTime::now();
                Ok(cents)
            })
            .await?)
    })
    .await?;
    Ok(age)
}

#[durable_execution]
async fn own_contexts(cents: Vec<u32>, ctx: DurableContext) -> Result<u32, BoxError> {
    let outer = ctx.clone();
    let branches: Vec<Branch<u32>> = cents
        .iter()
        .map(|cents| {
            let cents = *cents;
            Branch::new(format!("{cents}"), move |ctx: DurableContext| async move {
                Ok(charge(&ctx, cents).await?)
            })
        })
        .collect();
    ctx.parallel(branches).await?;
    let calls: Vec<_> = cents
        .iter()
        .map(|one| charge(&ctx, *one).future())
        .collect();
    ctx.try_join_all(calls).await?;
    let arn = ctx
        .run_in_child_context(move |ctx| async move {
            charge(&ctx, 1).await?;
            Ok(outer.execution_arn().len())
        })
        .await?;
    Ok(u32::try_from(arn)?)
}

#[durable_execution]
async fn orders(cents: HashMap<String, u32>, ctx: DurableContext) -> Result<u32, BoxError> {
    let mut sum = 0;
    for one in cents.values() {
        sum += one;
    }
    let mut names: Vec<_> = cents.keys().cloned().collect();
    names.sort();
    for name in names {
        charge(&ctx, sum).name(name).await?;
    }
    let sorted: BTreeMap<_, _> = cents.into_iter().collect();
    for (name, one) in sorted {
        charge(&ctx, one).name(format!("charge-{name}")).await?;
    }
    Ok(sum)
}

#[durable_execution]
async fn logs((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    if !ctx.is_replaying() {
        println!("started at {:?}", SystemTime::now());
    }
    Ok(charge(&ctx, 1).await?)
}

#[durable_execution(allow(clock, reason = "shows the way out"))]
async fn allowed_in_all((): (), _ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(SystemTime::now().elapsed()?.as_secs())
}

#[durable_execution]
#[durable(allow(clock))]
async fn allowed_beside((): (), _ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(SystemTime::now().elapsed()?.as_secs())
}

#[durable_with_child_context]
async fn allowed_on_statements(ctx: DurableContext) -> Result<u32, BoxError> {
    #[durable(allow(clock, reason = "only logged"))]
    let started = SystemTime::now();
    #[durable(allow(env))]
    if std::env::var("SLOW").is_ok() {
        charge(&ctx, 1).await?;
    }
    let mut name = String::new();
    #[durable(allow(clock))]
    name.push_str(&format!("{:?}", SystemTime::now()));
    let copy = ctx.clone();
    ctx.run_in_child_context(move |_inner| async move {
        #[durable(allow(outer_context, reason = "shows the way out"))]
        charge(&copy, 1).await?;
        Ok(())
    })
    .await?;
    let age = match name.len() {
        #[durable(allow(clock))]
        0 => SystemTime::now().duration_since(started)?,
        _ => Duration::ZERO,
    };
    #[durable(allow(clock))]
    {
        let _ = SystemTime::now();
    }
    #[durable(allow(clock))]
    Ok(u32::from(SystemTime::now() > started + age))
}

#[test]
fn what_is_allowed_is_registered() {
    let names: Vec<_> = durable_runtime::handlers()
        .iter()
        .filter(|entry| entry.module().ends_with("lints"))
        .map(|entry| entry.name())
        .collect();
    let expected = [
        "allowed_beside",
        "allowed_in_all",
        "logs",
        "orders",
        "own_contexts",
        "own_names",
        "recorded",
    ];
    assert_eq!(names, expected);
    let ctx = DurableContext::__test_context();
    drop(allowed_on_statements(&ctx));
}

//! One handler for all small workflows: it does what its input describes.

use std::pin::Pin;

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::wait_for_condition::WaitStrategy;
use serde_json::{Value, json};

use super::program::Op;

/// What a body returns: the result of each operation.
type Body = Pin<Box<dyn Future<Output = Result<Value, BoxError>> + Send>>;

const SECOND: Duration = Duration::from_secs(1);

#[durable_step]
fn step() -> String {
    "done".to_owned()
}

#[durable_step(retry(max_attempts = 1))]
fn failing() -> Result<String, BoxError> {
    Err("no stock".into())
}

#[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
fn retried(step: StepContext) -> Result<String, BoxError> {
    if step.attempt() == 1 {
        return Err("busy".into());
    }
    Ok("done at last".to_owned())
}

/// Does the operations of a program one after the other.
pub(crate) async fn interpret(program: Vec<Op>, ctx: DurableContext) -> Result<Value, BoxError> {
    body(ctx, program, String::new()).await
}

/// Operations are named for their position, such as `step-1.0`.
fn body(ctx: DurableContext, program: Vec<Op>, path: String) -> Body {
    Box::pin(async move {
        let mut results = Vec::new();
        for (position, op) in program.into_iter().enumerate() {
            results.push(one(&ctx, op, format!("{path}{position}")).await?);
        }
        Ok(Value::Array(results))
    })
}

async fn one(ctx: &DurableContext, op: Op, at: String) -> Result<Value, BoxError> {
    Ok(match op {
        Op::Step => json!(step(ctx).name(format!("step-{at}")).await?),
        Op::Retried => json!(retried(ctx).name(format!("retried-{at}")).await?),
        Op::Failing => match failing(ctx).name(format!("failing-{at}")).await {
            Ok(result) => json!(result),
            Err(_) => json!("failed"),
        },
        Op::Wait => {
            ctx.wait(SECOND).name(format!("wait-{at}")).await?;
            json!("waited")
        }
        Op::Callback => {
            ctx.wait_for_callback::<Value, _, _>(|_, _| async { Ok(()) })
                .name(format!("callback-{at}"))
                .await?
        }
        Op::Poll => poll(ctx, &at).await?,
        Op::Child(inner) => {
            let name = format!("child-{at}");
            let child = ctx.run_in_child_context(move |ctx| body(ctx, inner, format!("{at}.")));
            child.name(name).await?
        }
        Op::Map(inner) => {
            let name = format!("map-{at}");
            let each = move |ctx, item: usize, _| body(ctx, inner.clone(), format!("{at}.{item}."));
            json!(ctx.map([0, 1], each).name(name).await?)
        }
        Op::Retry(inner) => retry(ctx, inner, at).await,
        Op::Parallel(all) => {
            let branches = all.into_iter().enumerate().map(|(position, inner)| {
                let path = format!("{at}.{position}.");
                Branch::new(format!("branch-{at}.{position}"), move |ctx| {
                    body(ctx, inner, path)
                })
            });
            let all = ctx.parallel(branches.collect::<Vec<_>>());
            json!(all.name(format!("parallel-{at}")).await?)
        }
        Op::Join(all) => {
            let joined = ctx.try_join_all(contexts(ctx, all, &at));
            json!(joined.name(format!("join-{at}")).await?)
        }
        Op::Race(all) => {
            let race = ctx.race(contexts(ctx, all, &at));
            race.name(format!("race-{at}")).await?
        }
    })
}

fn contexts(ctx: &DurableContext, all: Vec<Vec<Op>>, at: &str) -> Vec<DurableFuture<Value>> {
    let contexts = all.into_iter().enumerate().map(|(position, inner)| {
        let path = format!("{at}.{position}.");
        ctx.run_in_child_context(move |ctx| body(ctx, inner, path))
            .name(format!("child-{at}.{position}"))
            .future()
    });
    contexts.collect()
}

async fn poll(ctx: &DurableContext, at: &str) -> Result<Value, BoxError> {
    let strategy = WaitStrategy::builder(|checks: &u32| *checks == 2)
        .initial_delay(SECOND)
        .jitter(JitterStrategy::None)
        .build();
    let checks = ctx.wait_for_condition(|_, checks: u32| async move { Ok(checks + 1) }, 0);
    let checks = checks.name(format!("poll-{at}")).wait_strategy(strategy);
    Ok(json!(checks.await?))
}

/// A block that fails at its end, twice: what a block returns cannot depend on its attempt, for a later invocation does
/// not run the attempts that ended before.
async fn retry(ctx: &DurableContext, inner: Vec<Op>, at: String) -> Value {
    let strategy = RetryStrategyConfig::builder()
        .max_attempts(2)
        .initial_delay(SECOND)
        .jitter(JitterStrategy::None)
        .build();
    let name = format!("retry-{at}");
    let block = move |ctx: DurableContext| {
        let (inner, path) = (inner.clone(), format!("{at}."));
        async move {
            body(ctx.clone(), inner, path.clone()).await?;
            Ok(failing(&ctx).name(format!("last-{path}")).await?)
        }
    };
    let block = ctx.with_retry(block).name(name);
    match block.retry_strategy_config(strategy).await {
        Ok(result) => json!(result),
        Err(_) => json!("given up"),
    }
}

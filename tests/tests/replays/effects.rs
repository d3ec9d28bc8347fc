//! What a difference does to executions under way: what the replay of a recording says of it, held against
//! executions that start on one version of a handler and resume on another.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::replay::Effect;
use durable_test::{Error, ErrorKind};
use durable_workflow_tests::long_wait::long_wait;
use serde_json::Value;

/// How often the first version suspends.
const SUSPENSIONS: usize = 3;

/// The first version of a workflow, with one part that another version may do otherwise.
#[derive(Clone, Copy)]
struct Parts {
    early: &'static str,
    pay: &'static str,
    pause: u64,
    inner: &'static str,
    inner_result: u64,
    deadline: u64,
    target: &'static str,
    payload: u64,
    notify: Option<&'static str>,
    audits: bool,
    result: u64,
}

const FIRST: Parts = Parts {
    early: "early",
    pay: "pay",
    pause: 60,
    inner: "inner",
    inner_result: 1,
    deadline: 24,
    target: "bank:$LATEST",
    payload: 1,
    notify: Some("notify"),
    audits: false,
    result: 0,
};

async fn workflow(parts: Parts, ctx: DurableContext) -> Result<u64, BoxError> {
    let early = parts.early;
    let opened = ctx.run_in_child_context(move |ctx| async move {
        Ok(ctx.step(|_| async { Ok(1) }).name(early).await?)
    });
    opened.name("opened").await?;
    let paid = ctx.step(|_| async { Ok(5_u64) }).name(parts.pay).await?;
    ctx.wait(Duration::from_secs(parts.pause))
        .name("pause")
        .await?;
    let boxed = ctx.run_in_child_context(move |ctx| async move {
        let inner = ctx.step(|_| async { Ok(1) }).name(parts.inner);
        let inner: u64 = inner.await?;
        Ok(inner + parts.inner_result)
    });
    let boxed = boxed.name("box").await?;
    let approval = ctx.create_callback::<u64>().name("approval");
    let approval = approval
        .timeout(Duration::from_hours(parts.deadline))
        .await?;
    let approved = approval.result().await?;
    let booked = ctx
        .invoke::<u64, u64>(parts.target, parts.payload)
        .name("book");
    let booked = booked.await?;
    if let Some(name) = parts.notify {
        ctx.step(|_| async { Ok(()) }).name(name).await?;
    }
    if parts.audits {
        ctx.step(|_| async { Ok(()) }).name("audit").await?;
    }
    Ok(paid + boxed + approved + booked + parts.result)
}

/// A version of the workflow.
type Version = Arc<dyn Fn(DurableContext) -> Run + Send + Sync>;
type Run = Pin<Box<dyn Future<Output = Result<u64, BoxError>> + Send>>;

fn with(change: impl FnOnce(&mut Parts)) -> Version {
    let mut parts = FIRST;
    change(&mut parts);
    Arc::new(move |ctx| Box::pin(workflow(parts, ctx)))
}

fn other<F>(run: impl Fn(DurableContext) -> F + Send + Sync + 'static) -> Version
where
    F: Future<Output = Result<u64, BoxError>> + Send + 'static,
{
    Arc::new(move |ctx| Box::pin(run(ctx)))
}

fn handler(version: Version) -> impl Fn((), DurableContext) -> Run + Clone + Send + Sync + 'static {
    move |(), ctx| version(ctx)
}

fn runner(version: Version) -> Result<DurableRunner, Error> {
    let runner = DurableRunner::builder(handler(version))
        .function_name("order")
        .check_determinism(false)
        .build()?;
    for bank in ["bank", "other-bank"] {
        runner.register_durable_function(bank, |cents: u64, ctx: DurableContext| async move {
            ctx.wait(Duration::from_hours(1)).await?;
            Ok::<_, BoxError>(cents)
        });
    }
    Ok(runner)
}

fn granted() -> CallbackReply {
    CallbackReply::success(1).after(Duration::from_hours(1))
}

/// What an execution did, without its times.
type Deeds = (ExecutionStatus, Option<u64>, Vec<String>);

fn deeds(result: &ExecutionResult, file: &PathBuf) -> Result<Deeds, Error> {
    result.save(file)?;
    let history: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let event = |event: &Value| {
        let parts = [
            "Name",
            "WaitStartedDetails",
            "CallbackStartedDetails",
            "ChainedInvokeStartedDetails",
        ];
        let mut parts = parts.map(|part| event[part].clone());
        for part in &mut parts {
            if let Value::Object(details) = part {
                for varies in ["ScheduledEndTimestamp", "CallbackId", "DurableExecutionArn"] {
                    details.remove(varies);
                }
            }
        }
        format!(
            "{} {parts:?}",
            event.get("EventType").unwrap_or(&Value::Null)
        )
    };
    let events = history
        .pointer("/Events")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Ok((
        result.status(),
        result.result().ok(),
        events.map(event).collect(),
    ))
}

/// What an execution does that starts on the first version and resumes on another after so many suspensions.
async fn swapped(second: Version, suspensions: usize) -> Result<ExecutionResult, Error> {
    let runner = runner(with(|_| {}))?;
    let running = runner
        .start(())
        .on_callback("approval", granted().optional())
        .await?;
    running.run_until_suspended().await?;
    for _ in 1..suspensions {
        running.advance(Duration::from_hours(1)).await?;
    }
    let snapshot = running.snapshot()?;
    assert_eq!(snapshot.invocations().len(), suspensions);
    runner.register_durable_function("order", handler(second));
    running.result().await
}

fn recording(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("effects/{name}.json"))
}

/// A recording of the first version, and the execution that it is of.
async fn saved(name: &str) -> Result<(PathBuf, ExecutionResult), Error> {
    let file = recording(name);
    let first = runner(with(|_| {}))?;
    let recorded = first.run(()).on_callback("approval", granted()).await?;
    recorded.save(&file)?;
    Ok((file, recorded))
}

/// Replays the first version on another, and holds what it says against executions that are swapped in each of
/// their suspensions.
async fn assert_effect(name: &str, second: Version, expected: Effect) -> TestOutcome {
    let (file, recorded) = saved(name).await?;
    let undisturbed = deeds(&recorded, &file)?;
    assert_eq!(undisturbed.0, ExecutionStatus::Succeeded);

    let error = runner(second.clone())?.replay(&file).await.unwrap_err();
    let ErrorKind::Diverged { effect, .. } = error.kind() else {
        return Err(error);
    };
    assert_eq!(*effect, expected, "{name}: {error}");
    assert!(!error.to_string().contains("would fail"), "{error}");
    let allowed = runner(second.clone())?
        .replay(&file)
        .allow(expected)
        .await?;
    assert!(!allowed.accepted().is_empty(), "{allowed}");

    let file = file.with_extension("swapped.json");
    let mut swaps = Vec::new();
    for suspensions in 1..=SUSPENSIONS {
        swaps.push(deeds(&swapped(second.clone(), suspensions).await?, &file)?);
    }
    let succeed = swaps
        .iter()
        .all(|(status, ..)| *status == ExecutionStatus::Succeeded);
    let same = swaps.iter().all(|swap| *swap == undisturbed);
    match expected {
        Effect::Breaks => assert!(!succeed, "{name}: {swaps:#?}"),
        Effect::Changes => assert!(succeed && !same, "{name}: {swaps:#?}"),
        Effect::Harmless => assert!(same, "{name}: {swaps:#?} and {undisturbed:#?}"),
    }
    Ok(())
}

#[durable_test(handler = long_wait, local_only)]
async fn what_the_sdk_does_not_compare_is_harmless_where_it_is_over(
    _: DurableRunner,
) -> TestOutcome {
    let harmless = Effect::Harmless;
    assert_effect("longer-pause", with(|parts| parts.pause = 61), harmless).await?;
    let renamed = with(|parts| parts.early = "renamed");
    assert_effect("inside-closed", renamed, harmless).await
}

#[durable_test(handler = long_wait, local_only)]
async fn what_is_still_to_come_changes(_: DurableRunner) -> TestOutcome {
    let changes = Effect::Changes;
    assert_effect("deadline", with(|parts| parts.deadline = 48), changes).await?;
    assert_effect(
        "target",
        with(|parts| parts.target = "other-bank:$LATEST"),
        changes,
    )
    .await?;
    assert_effect("payload", with(|parts| parts.payload = 2), changes).await?;
    assert_effect("added", with(|parts| parts.audits = true), changes).await?;
    assert_effect("result", with(|parts| parts.result = 1), changes).await?;
    assert_effect("removed", with(|parts| parts.notify = None), changes).await?;
    assert_effect("last", with(|parts| parts.notify = Some("tell")), changes).await?;
    assert_effect("inner", with(|parts| parts.inner = "renamed"), changes).await?;
    assert_effect("context", with(|parts| parts.inner_result = 2), changes).await?;
    let short = other(|ctx| async move {
        let opened = ctx.run_in_child_context(|ctx| async move {
            Ok(ctx.step(|_| async { Ok(1) }).name("early").await?)
        });
        opened.name("opened").await?;
        Ok(ctx.step(|_| async { Ok(5_u64) }).name("pay").await?)
    });
    assert_effect("short", short, changes).await
}

#[durable_test(handler = long_wait, local_only)]
async fn what_the_sdk_refuses_breaks(_: DurableRunner) -> TestOutcome {
    let breaks = Effect::Breaks;
    assert_effect("renamed", with(|parts| parts.pay = "charge"), breaks).await?;
    let without = other(|ctx| async move {
        let opened = ctx.run_in_child_context(|ctx| async move {
            Ok(ctx.step(|_| async { Ok(1) }).name("early").await?)
        });
        opened.name("opened").await?;
        ctx.wait(Duration::from_mins(1)).name("pause").await?;
        Ok(5)
    });
    assert_effect("removed-before", without, breaks).await?;
    let panics = other(|ctx| async move {
        workflow(FIRST, ctx).await?;
        panic!("no luck")
    });
    assert_effect("panics", panics, breaks).await
}

async fn pays_in_text((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let opened = ctx.run_in_child_context(|ctx| async move {
        Ok(ctx.step(|_| async { Ok(1) }).name("early").await?)
    });
    opened.name("opened").await?;
    let paid = ctx
        .step(|_| async { Ok("5".to_owned()) })
        .name("pay")
        .await?;
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(paid.len() as u64)
}

#[durable_test(handler = pays_in_text, local_only)]
async fn a_result_of_another_type_breaks_and_is_named(runner: DurableRunner) -> TestOutcome {
    let text = other(|ctx| pays_in_text((), ctx));
    assert_effect("text", text, Effect::Breaks).await?;

    let error = runner
        .replay(recording("text"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("replayed: step \"pay\", whose result is read as another type"),
        "{error}"
    );
    assert!(error.contains("integer `5`, expected a string"), "{error}");
    Ok(())
}

#[durable_test(handler = long_wait, local_only)]
async fn a_panic_in_a_replay_is_told_with_its_place(_: DurableRunner) -> TestOutcome {
    let (file, _) = saved("place").await?;

    let panics = other(|_| async { panic!("no luck") });
    let error = runner(panics)?.replay(&file).await.unwrap_err().to_string();
    assert!(
        error.contains("the function panicked: no luck (at "),
        "{error}"
    );
    assert!(error.contains("replays/effects.rs:"), "{error}");
    Ok(())
}

#[durable_test(handler = long_wait, local_only)]
async fn one_operation_can_be_allowed(_: DurableRunner) -> TestOutcome {
    let (file, _) = saved("one").await?;

    let second = runner(with(|parts| {
        parts.pause = 90;
        parts.deadline = 48;
        parts.payload = 2;
    }))?;
    let report = second
        .replay(&file)
        .allow("pause")
        .allow("approval")
        .allow("book")
        .await?;
    let accepted: Vec<usize> = report.accepted().iter().map(|one| one.invocation).collect();
    assert_eq!(accepted, [1, 2, 3]);
    assert!(report.is_to_the_end());

    let refused = second
        .replay(&file)
        .allow("pause")
        .allow("book")
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("callback \"approval\" with timeout"),
        "{refused}"
    );
    let inside = runner(with(|parts| parts.inner = "renamed"))?;
    inside.replay(&file).allow("box/inner").await?;
    Ok(())
}

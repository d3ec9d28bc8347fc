//! Handlers that diverge when they are replayed. Each passes until it is replayed, and the check at the end
//! of a run finds it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::wait_for_condition::WaitDecision;
use durable_runtime::sdk::{OperationErrorKind, Settled, TypedError};
use durable_test::ErrorKind;
use durable_test::prelude::*;
use durable_test::replay::Divergence;

use crate::assert_message;

#[durable_step]
async fn ship(speed: &'static str) -> String {
    format!("shipped {speed}")
}

/// A clock that advances by an hour with every read, so that the message is always the same.
fn hour_of(clock: &AtomicU64) -> u64 {
    clock.fetch_add(1, Ordering::Relaxed) % 24
}

async fn clock_in_control_flow((): (), ctx: DurableContext) -> Result<String, BoxError> {
    static CLOCK: AtomicU64 = AtomicU64::new(12);
    if hour_of(&CLOCK) < 13 {
        Ok(ship(&ctx, "overnight").name("ship-today").await?)
    } else {
        Ok(ship(&ctx, "normally").name("ship-tomorrow").await?)
    }
}

#[durable_step]
async fn read_clock() -> u64 {
    static CLOCK: AtomicU64 = AtomicU64::new(12);
    hour_of(&CLOCK)
}

async fn clock_in_a_step((): (), ctx: DurableContext) -> Result<String, BoxError> {
    if read_clock(&ctx).await? < 13 {
        Ok(ship(&ctx, "overnight").name("ship-today").await?)
    } else {
        Ok(ship(&ctx, "normally").name("ship-tomorrow").await?)
    }
}

#[durable_test(handler = clock_in_control_flow, local_only)]
async fn a_clock_in_control_flow_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            divergence: Divergence::Operation { .. },
            ..
        }
    ));
    assert_message!("clock", error);
}

#[durable_test(handler = clock_in_a_step, local_only)]
async fn a_clock_in_a_step_is_recorded(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    assert_eq!(result.step_names(), ["read_clock", "ship-today"]);
    Ok(())
}

/// An unpredictable number.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

async fn random_name((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let id = random() | 1 << 63;
    Ok(ship(&ctx, "normally").name(format!("ship-{id}")).await?)
}

async fn random_number_in_a_step((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.step(|_| async { Ok(random()) }).name("draw").await?)
}

#[durable_test(handler = random_name, local_only)]
async fn a_random_name_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_message!("random-name", error);
}

#[durable_test(handler = random_number_in_a_step, local_only)]
async fn a_random_number_in_a_step_is_recorded(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

async fn random_result((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    ship(&ctx, "normally").await?;
    Ok(random() | 1 << 63)
}

#[durable_test(handler = random_result, local_only)]
async fn a_random_result_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_message!("random-result", error);
}

#[durable_test(handler = random_result, check_determinism = false, local_only)]
async fn a_test_can_turn_the_check_off(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = random_result, local_only)]
async fn a_run_can_turn_the_check_off(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).check_determinism(false).await?;

    result.ensure_succeeded()?;
    Ok(())
}

/// Enough entries that two maps are never in the same order.
fn prices() -> impl Iterator<Item = (String, u64)> {
    (0..40).map(|number| (format!("article-{}", 100_000 + number), number))
}

async fn order_of_a_hash_map((): (), ctx: DurableContext) -> Result<(), BoxError> {
    for (article, _) in prices().collect::<HashMap<_, _>>() {
        ship(&ctx, "normally").name(article).await?;
    }
    Ok(())
}

async fn order_of_a_tree_map((): (), ctx: DurableContext) -> Result<(), BoxError> {
    for (article, _) in prices().collect::<BTreeMap<_, _>>() {
        ship(&ctx, "normally").name(article).await?;
    }
    Ok(())
}

#[durable_test(handler = order_of_a_hash_map, local_only)]
async fn the_order_of_a_hash_map_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_message!("hash-map", error);
}

#[durable_test(handler = order_of_a_tree_map, local_only)]
async fn the_order_of_a_tree_map_holds(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(()).await?.steps().count(), 40);
    Ok(())
}

async fn greets_once_per_process((): (), ctx: DurableContext) -> Result<(), BoxError> {
    static GREETED: AtomicU64 = AtomicU64::new(0);
    ship(&ctx, "normally").await?;
    if GREETED.fetch_add(1, Ordering::Relaxed) == 0 {
        ship(&ctx, "with a card").name("welcome").await?;
    }
    Ok(())
}

#[durable_test(handler = greets_once_per_process, local_only)]
async fn an_operation_that_depends_on_global_state_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            divergence: Divergence::Removed { .. },
            ..
        }
    ));
    assert_message!("global-state", error);
}

async fn greets_from_the_second_time_on((): (), ctx: DurableContext) -> Result<(), BoxError> {
    static VISITS: AtomicU64 = AtomicU64::new(0);
    ship(&ctx, "normally").await?;
    if VISITS.fetch_add(1, Ordering::Relaxed) > 0 {
        ctx.wait(Duration::from_mins(1)).name("pause").await?;
    }
    Ok(())
}

#[durable_test(handler = greets_from_the_second_time_on, local_only)]
async fn an_operation_that_only_the_replay_starts_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            divergence: Divergence::Added { .. },
            ..
        }
    ));
    assert_message!("added", error);
}

async fn waits_for_a_body((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    ctx.step(move |_| async move {
        let _ = sender.send(());
        Ok(())
    })
    .name("signal")
    .await?;
    Ok(receiver.await?)
}

#[durable_test(handler = waits_for_a_body, local_only)]
async fn waiting_for_an_effect_of_a_body_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_message!("body", error);
}

#[durable_execution]
async fn random_called((): (), _ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(random() | 1 << 63)
}

async fn caller((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.invoke::<u64, ()>("random_called:$LATEST", ()).await?)
}

#[durable_test(handler = caller, local_only)]
async fn functions_that_are_called_are_checked_too(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic { function, .. } if function == "random_called"
    ));
}

/// Ships at another speed each time that it is invoked.
async fn another_step_each_time((): (), ctx: DurableContext) -> Result<String, BoxError> {
    static INVOCATIONS: AtomicU64 = AtomicU64::new(0);
    let number = INVOCATIONS.fetch_add(1, Ordering::Relaxed) % 2 + 1;
    let shipped = ship(&ctx, "normally")
        .name(format!("ship-{number}"))
        .await?;
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(shipped)
}

#[durable_test(handler = another_step_each_time, local_only)]
async fn nondeterminism_that_the_sdk_finds_fails_the_test(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            during: Some(2),
            divergence: Divergence::Operation { .. },
            ..
        }
    ));
    assert_message!("during", error);
}

#[durable_test(handler = another_step_each_time, check_determinism = false, local_only)]
async fn a_test_can_look_at_the_execution_that_the_sdk_ended(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error_type = result.error().and_then(|error| error.error_type());
    assert_eq!(error_type, Some("NonDeterministicExecutionError"));
    Ok(())
}

/// Takes whichever of two operations `select!` polls first.
async fn selects((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let one = ctx
        .step(|_| async { Ok("one".to_owned()) })
        .name("one")
        .future();
    let other = ctx
        .step(|_| async { Ok("other".to_owned()) })
        .name("other")
        .future();
    let first = tokio::select! {
        first = one => first?,
        first = other => first?,
    };
    ctx.wait(Duration::from_mins(1))
        .name(first.as_str())
        .await?;
    Ok(first)
}

#[durable_test(handler = selects, local_only)]
async fn the_choice_of_select_is_found(runner: DurableRunner) {
    // It chooses at random, so one run may be lucky.
    let mut errors = Vec::new();
    for _ in 0..64 {
        errors.extend(runner.run(()).await.err());
    }

    assert!(!errors.is_empty());
    for error in errors {
        let is_found = matches!(error.kind(), ErrorKind::Nondeterministic { .. });
        assert!(
            is_found && error.to_string().contains("`select!`"),
            "{error}"
        );
    }
}

/// Waits longer each time that it is invoked.
async fn another_duration_each_time((): (), ctx: DurableContext) -> Result<(), BoxError> {
    static INVOCATIONS: AtomicU64 = AtomicU64::new(1);
    let number = INVOCATIONS.fetch_add(1, Ordering::Relaxed);
    ctx.wait(Duration::from_mins(number)).name("pause").await?;
    Ok(())
}

#[durable_test(handler = another_duration_each_time, local_only)]
async fn another_duration_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            during: None,
            divergence: Divergence::Input { .. },
            ..
        }
    ));
    assert_message!("duration", error);
}

/// Gives another amount each time that it is invoked.
async fn another_payload_each_time((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    static INVOCATIONS: AtomicU64 = AtomicU64::new(1);
    ctx.wait(Duration::from_mins(1)).await?;
    let amount = INVOCATIONS.fetch_add(1, Ordering::Relaxed);
    Ok(ctx.invoke::<u64, u64>("bank", amount).name("pay").await?)
}

#[durable_test(handler = another_payload_each_time, local_only)]
async fn another_payload_is_found(runner: DurableRunner) {
    runner.register_function("bank", |_: u64| async move { Ok::<_, BoxError>(7) });
    let error = runner.run(()).await.unwrap_err();

    assert!(
        error.to_string().contains("invoke \"pay\" with payload"),
        "{error}"
    );
}

/// Makes an operation in a task of its own, and returns what came of it.
async fn spawns_by_itself((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let task = tokio::spawn(async move { ctx.step(|_| async { Ok(1) }).name("lost").await });
    let said = task
        .await?
        .map_or_else(|error| error.to_string(), |one| one.to_string());
    Ok(said)
}

async fn fails_in_a_task_of_its_own((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let task = tokio::spawn(async move { ctx.step(|_| async { Ok(1) }).name("lost").await });
    Ok(task.await??)
}

#[durable_test(handler = spawns_by_itself, local_only)]
async fn numbers_of_tasks_are_no_difference(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = fails_in_a_task_of_its_own, local_only)]
async fn the_way_out_of_a_task_leads_the_message(runner: DurableRunner) -> TestOutcome {
    let error = runner
        .run(())
        .await?
        .ensure_succeeded()
        .unwrap_err()
        .to_string();

    assert!(
        error.contains(": Use .spawn() instead of tokio::spawn for durable fan-out: "),
        "{error}"
    );
    assert!(!error.contains("Id("), "{error}");
    Ok(())
}

/// The day by tokio's clock, since the first read.
fn day() -> u64 {
    static FIRST: OnceLock<tokio::time::Instant> = OnceLock::new();
    let first = FIRST.get_or_init(tokio::time::Instant::now);
    first.elapsed().as_secs() / (24 * 60 * 60)
}

async fn day_in_control_flow((): (), ctx: DurableContext) -> Result<String, BoxError> {
    if day() == 0 {
        Ok(ship(&ctx, "overnight").name("ship-today").await?)
    } else {
        Ok(ship(&ctx, "normally").name("ship-tomorrow").await?)
    }
}

async fn deadline_in_control_flow((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let hour = Duration::from_hours(1).as_millis();
    let hours = u128::from(ctx.lambda_context().deadline) / hour;
    let name = format!("ship-{}", hours % 24);
    Ok(ship(&ctx, "normally").name(name).await?)
}

/// The message of a handler that differs on a later day.
fn on_a_later_day(error: &durable_test::Error) -> String {
    match error.kind() {
        ErrorKind::Nondeterministic { on_a_later_day, .. } => assert!(on_a_later_day, "{error}"),
        other => panic!("{other}"),
    }
    error.to_string()
}

#[durable_test(handler = day_in_control_flow, start_paused, local_only)]
async fn a_clock_that_is_read_by_the_day_is_found(runner: DurableRunner) {
    let before = tokio::time::Instant::now();

    let error = runner.run(()).await.unwrap_err();

    assert_message!("day", on_a_later_day(&error));
    // The clock of the test is where it was.
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[durable_test(handler = deadline_in_control_flow, start_paused, local_only)]
async fn a_deadline_that_is_read_as_a_clock_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    let message = on_a_later_day(&error);
    assert!(message.contains("replayed a day later"), "{message}");
}

/// Ships once in each thread. The replay on a later day has a thread of its own.
async fn remembers_in_its_thread((): (), ctx: DurableContext) -> Result<String, BoxError> {
    thread_local! {
        static SHIPPED: RefCell<Option<String>> = const { RefCell::new(None) };
    }
    if let Some(shipped) = SHIPPED.with_borrow(Option::clone) {
        return Ok(shipped);
    }
    let shipped = ship(&ctx, "normally").name("ship-once").await?;
    SHIPPED.set(Some(shipped.clone()));
    Ok(shipped)
}

#[durable_test(handler = remembers_in_its_thread, start_paused, local_only)]
async fn a_step_that_only_the_replay_on_a_later_day_makes_again_is_gone(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    let message = error.to_string();
    assert!(message.contains("\"ship-once\""), "{message}");
    assert!(matches!(
        error.kind(),
        ErrorKind::Nondeterministic {
            on_a_later_day: false,
            ..
        }
    ));
}

#[durable_step(retry(max_attempts = 1))]
async fn refuse() -> Result<u64, TypedError> {
    Err(TypedError::new(std::io::Error::other("no cover")))
}

/// The messages of an error and its causes.
fn chain(error: &dyn std::error::Error) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect()
}

/// Returns what the SDK renders otherwise in a replay.
async fn renders((): (), ctx: DurableContext) -> Result<Vec<serde_json::Value>, BoxError> {
    let Err(error) = refuse(&ctx).await else {
        return Err("it is refused".into());
    };
    let frames = error.wire().map(|wire| wire.stack_trace().to_vec());
    let frames = frames.unwrap_or_default();
    let of_a_step = [
        json!(chain(&error)),
        json!(chain(&error).join("\n  because of ")),
        json!(frames),
        json!(frames.join("\n")),
        json!(format!("{frames:?}")),
    ];
    // A check that gives up has no record before it is replayed as the input of a join.
    let check = ctx
        .wait_for_condition(|_, state: u32| async move { Ok(state) }, 1)
        .wait_strategy_fn(|_, _| WaitDecision::exhausted("not ready"));
    let settled = ctx.join_all([check.future()]).await?;
    let of_a_join = settled.iter().map(|settled| match settled {
        Settled::Rejected(error) => json!(format!("{:?}", error.wire())),
        _ => json!(null),
    });
    Ok(of_a_step.into_iter().chain(of_a_join).collect())
}

#[durable_test(handler = renders, local_only)]
async fn what_the_sdk_renders_otherwise_is_no_difference(runner: DurableRunner) -> TestOutcome {
    runner.run(()).await?.ensure_succeeded()?;
    let report = runner.explore_crashes(()).await?;
    assert!(report.calls() > 0);
    Ok(())
}

/// Goes on by the kind of a failed approval.
async fn asks_the_kind((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let approval = ctx.wait_for_callback::<u64, _, _>(|_, _| async { Ok(()) });
    let Err(error) = approval.name("approval").await else {
        return Ok(());
    };
    let pause = match error.kind() {
        OperationErrorKind::Callback(_) => "after a refusal",
        _ => "after a failure",
    };
    Ok(ctx.wait(Duration::from_mins(1)).name(pause).await?)
}

#[durable_test(handler = asks_the_kind, local_only)]
async fn another_kind_of_a_failed_callback_is_told(runner: DurableRunner) {
    let refused = CallbackReply::failure("Refused", "too expensive");
    let error = runner
        .run(())
        .on_callback("approval", refused)
        .await
        .unwrap_err();

    let error = error.to_string();
    let told = "The SDK calls the error of a failed `wait_for_callback` (here \"approval\") `Callback` when it meets \
                it, and `ChildContext` in a replay";
    assert!(error.contains(told), "{error}");
}

/// Makes an operation on the outer context, in the body of a step.
async fn operates_in_a_step((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let outer = ctx.clone();
    let charged = ctx.step(move |_| async move {
        outer.create_callback::<u64>().name("receipt").await?;
        Ok(7)
    });
    let charged = charged.name("charge").await?;
    ship(&ctx, "normally").await?;
    Ok(charged)
}

#[durable_test(handler = operates_in_a_step, local_only)]
async fn an_operation_in_the_body_of_a_step_is_told(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err().to_string();

    let told = "The callback \"receipt\" started while step \"charge\" ran. If the body of that step makes it, on the \
                outer context: no body of a completed step runs in a replay. Put both into \
                `ctx.run_in_child_context(|ctx| ..)`";
    assert!(error.contains(told), "{error}");
}

//! What counts as the same outcome of a run.

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::Allow;
use durable_test::prelude::*;
use serde_json::Value;

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn charge() -> Result<u64, BoxError> {
    Err("declined".into())
}

/// Treats every error as a refusal, even that of an interrupted charge.
#[durable_execution]
async fn pay_if_possible(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    match charge(&ctx).await {
        Ok(cents) => Ok(format!("charged {cents}")),
        Err(_) => Ok("not charged".to_owned()),
    }
}

#[durable_test(handler = pay_if_possible, lambda_function_name = "local-only")]
async fn a_step_that_fails_with_another_error_is_found(runner: DurableRunner) -> TestOutcome {
    let error = runner.explore_crashes(()).await.unwrap_err();
    let ErrorKind::Crash(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.points(), [CrashPoint::before_stored(2)]);
    assert!(
        error.to_string().contains(
            "error of \"charge\" differs\n    without the crash: Error: declined\n    \
             with it:           Error: step interrupted (AtMostOncePerRetry)"
        ),
        "{error}"
    );

    let allowed = Allow::interruption_of("charge");
    runner.explore_crashes(()).allow(allowed).await?;
    Ok(())
}

static INVOCATIONS: AtomicU32 = AtomicU32::new(0);

#[durable_step]
async fn look_up() {}

/// Fails with another type of error, in the same words, once a crash has made it run again.
#[durable_execution]
async fn fails_otherwise(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    look_up(&ctx).await?;
    let is_first = INVOCATIONS.fetch_add(1, Ordering::Relaxed) == 0;
    let kind = if is_first { "NoStock" } else { "NoMoney" };
    Err(TypedError::with_type(kind, "it is not possible").into())
}

#[durable_test(handler = fails_otherwise, lambda_function_name = "local-only")]
async fn an_execution_that_fails_with_another_type_of_error_is_found(runner: DurableRunner) {
    let exploration = runner
        .explore_crashes(())
        .setup(|| INVOCATIONS.store(0, Ordering::Relaxed));
    let error = exploration.await.unwrap_err();
    let ErrorKind::Crash(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.points(), [CrashPoint::response_lost(1)]);
    assert!(
        error.to_string().contains(
            "error differs\n    without the crash: NoStock: it is not possible\n    \
             with it:           NoMoney: it is not possible"
        ),
        "{error}"
    );
}

/// Asks two at once, and goes on with the first answer.
#[durable_execution]
async fn hurries(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let quick = ctx.wait(Duration::from_secs(1)).name("quick").future();
    let slow = ctx.wait(Duration::from_secs(2)).name("slow").future();
    ctx.race(vec![quick, slow]).name("first").await?;
    Ok(look_up(&ctx).await?)
}

#[durable_test(handler = hurries, lambda_function_name = "local-only")]
async fn a_timer_that_is_not_awaited_may_fire_or_not(runner: DurableRunner) -> TestOutcome {
    let undisturbed = runner.run(()).await?;
    assert!(!undisturbed.get_wait("slow")?.status().is_terminal());
    let later = runner
        .run(())
        .crash(CrashPoint::given_up("look_up"))
        .await?;
    assert!(later.get_wait("slow")?.status().is_terminal());

    runner.explore_crashes(()).await?;
    Ok(())
}

#[durable_execution]
async fn looks_up(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    look_up(&ctx).await?;
    ctx.wait(Duration::from_secs(2))
        .name("let it settle")
        .await?;
    Ok(look_up(&ctx).name("again").await?)
}

/// Goes on without an answer that takes longer than a second.
#[durable_execution]
async fn does_not_insist(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let answer = ctx.invoke::<(), Value>("looks_up:$LATEST", Value::Null);
    let answer = answer.name("answer").future();
    let patience = ctx.wait(Duration::from_secs(1)).name("patience").future();
    ctx.race(vec![answer, patience]).name("first").await?;
    Ok(look_up(&ctx).await?)
}

#[durable_test(handler = does_not_insist, lambda_function_name = "local-only")]
async fn an_execution_whose_answer_is_not_awaited_may_be_further(
    runner: DurableRunner,
) -> TestOutcome {
    let undisturbed = runner.run(()).await?;
    assert!(!undisturbed.child("answer")?.status().is_terminal());

    runner.explore_crashes(()).await?;
    Ok(())
}

#[durable_execution]
async fn ships_once_approved(_: Value, ctx: DurableContext) -> Result<u32, BoxError> {
    let approval = ctx.create_callback::<String>().name("approval").await?;
    approval.result().await?;
    Ok(INVOICES.fetch_add(1, Ordering::Relaxed))
}

static INVOICES: AtomicU32 = AtomicU32::new(0);

#[durable_test(handler = ships_once_approved, lambda_function_name = "local-only")]
async fn a_failure_shows_the_options_of_the_run_that_repeats_it(runner: DurableRunner) {
    let exploration = runner
        .explore_crashes(())
        .setup(|| INVOICES.store(0, Ordering::Relaxed))
        .on_callback("approval", CallbackReply::success("granted"))
        .execution_timeout(Duration::from_hours(1))
        .max_invocations(20);
    let error = exploration.await.unwrap_err().to_string();
    assert!(
        error.contains(
            "runner.run(input).crash(CrashPoint::response_lost(2)).on_callback(\"approval\", ..)\
             .execution_timeout(Duration::from_secs(3600)).max_invocations(20)\
             .check_determinism(false).await"
        ),
        "{error}"
    );

    // The shown code repeats the run, once the answer is filled in.
    INVOICES.store(0, Ordering::Relaxed);
    let again = runner
        .run(())
        .crash(CrashPoint::response_lost(2))
        .on_callback("approval", CallbackReply::success("granted"))
        .execution_timeout(Duration::from_hours(1))
        .max_invocations(20)
        .check_determinism(false);
    assert_eq!(again.await.unwrap().result::<u32>().unwrap(), 1);
}

//! How the exploration of crashes works.

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, Finding, Loss};
use durable_test::prelude::*;
use durable_test::settings::Transport;
use serde_json::Value;

#[durable_step]
async fn reserve(item: String) -> String {
    format!("{item} is reserved")
}

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

/// Four checkpoint calls of steps, one of a wait, two invocations.
#[durable_execution]
async fn buy(item: String, ctx: DurableContext) -> Result<(String, u64), BoxError> {
    let reserved = reserve(&ctx, item).await?;
    ctx.wait(Duration::from_mins(5)).name("think").await?;
    Ok((reserved, charge(&ctx, 42).await?))
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn there_is_a_run_for_each_call_and_loss_and_each_invocation(
    runner: DurableRunner,
) -> TestOutcome {
    let report = runner.explore_crashes("a lamp").await?;

    assert_eq!((report.calls(), report.invocations()), (5, 2));
    assert_eq!(report.points(), 5 * 4 + 2);
    assert_eq!(report.runs(), 1 + 22);
    assert_eq!(
        report.to_string(),
        "local-only: survived 22 crash points, 0 pairs (5 checkpoint calls, 2 invocations)\n\
         steps that ran again, and must be idempotent:\n  \
         charge   up to 2 times, in 2 of 23 runs; first with CrashPoint::before_stored(5)\n  \
         reserve  up to 2 times, in 2 of 23 runs; first with CrashPoint::before_stored(2)"
    );
    Ok(())
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn every_loss_shows_where_it_strikes(runner: DurableRunner) -> TestOutcome {
    let undisturbed = runner.run("a lamp").await?;
    let failures = |result: &ExecutionResult| -> Vec<Option<String>> {
        let errors = result.invocations().iter().map(|call| call.error.clone());
        errors.flatten().map(|error| error.error_type).collect()
    };
    for call in 1..=5 {
        let crashes = [
            (CrashPoint::before_stored(call), vec!["Runtime.ExitError"]),
            (CrashPoint::after_stored(call), vec!["Runtime.ExitError"]),
            (CrashPoint::answer_lost(call), vec![]),
            (CrashPoint::given_up(call), vec!["Sandbox.Timedout"]),
        ];
        for (point, expected) in crashes {
            let result = runner.run("a lamp").crash(point.clone()).await?;
            assert_eq!(result.result_json(), undisturbed.result_json(), "{point}");
            let expected: Vec<_> = expected
                .iter()
                .map(|kind| Some((*kind).to_owned()))
                .collect();
            assert_eq!(failures(&result), expected, "{point}");
        }
    }
    for invocation in 1..=2 {
        let point = CrashPoint::response_lost(invocation);
        let result = runner.run("a lamp").crash(point).await?;
        assert_eq!(result.result_json(), undisturbed.result_json());
        assert_eq!(failures(&result), [Some("Runtime.ExitError".to_owned())]);
    }
    Ok(())
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn a_point_that_the_run_does_not_reach_is_an_error(runner: DurableRunner) {
    let error = runner.run("a lamp").crash(CrashPoint::before_stored(6));
    let error = error.crash(CrashPoint::after_stored("chrage")).await;
    let error = error.unwrap_err();

    assert!(matches!(error.kind(), ErrorKind::FaultMissed { .. }));
    assert_eq!(
        error.to_string(),
        "CrashPoint::before_stored(6), CrashPoint::after_stored(\"chrage\") never struck: the run made \
         5 checkpoint calls in 2 invocations. Look for a misspelt name or a number past the last one"
    );
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn pairs_of_crashes_are_tried_all_or_as_the_seed_chooses(
    runner: DurableRunner,
) -> TestOutcome {
    let kills = [Loss::BeforeStored, Loss::AfterStored];
    let all = runner.explore_crashes("a lamp").losses(kills).pairs(10_000);
    let all = all.await?;
    assert_eq!(all.points(), 10);
    // A call that is lost is made again, so after the first crash at call k there are 6 - k more, or 5 - k
    // if it had been stored; each can be lost in two ways.
    assert_eq!(all.pairs(), 2 * (15 + 10));

    let some = |seed| {
        runner
            .explore_crashes("a lamp")
            .losses(kills)
            .pairs(7)
            .seed(seed)
    };
    let (one, again) = (some(1).await?, some(1).await?);
    assert_eq!(one.pairs(), 7);
    assert_eq!(one.to_string(), again.to_string());
    assert_ne!(one.to_string(), some(2).await?.to_string());
    Ok(())
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn both_paths_to_the_service_are_explored_alike(runner: DurableRunner) -> TestOutcome {
    let short = runner.explore_crashes("a lamp").await?;
    let wire = runner.reconfigured(|settings| settings.transport(Transport::Http))?;
    let wire = wire.explore_crashes("a lamp").await?;
    assert_eq!(short.to_string(), wire.to_string());
    Ok(())
}

#[durable_test(handler = buy, lambda_function_name = "local-only", start_paused)]
async fn crashes_are_explored_under_a_paused_clock(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.explore_crashes("a lamp").await?.points(), 22);
    Ok(())
}

#[durable_execution]
async fn buy_two(_: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let one = reserve(&ctx, "a lamp".to_owned()).spawn();
    let other = reserve(&ctx, "a chair".to_owned()).spawn();
    Ok(vec![one.await?, other.await?])
}

#[durable_test(
    handler = buy_two,
    lambda_function_name = "local-only",
    flavor = "multi_thread",
    worker_threads = 2
)]
async fn crashes_are_explored_on_several_threads(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(()).await?;
    // Beside each call the other task is alive, so its answer may be late as well.
    assert_eq!(report.points(), 4 * 5 + 1);
    Ok(())
}

#[durable_execution]
async fn buy_elsewhere(item: String, ctx: DurableContext) -> Result<(String, u64), BoxError> {
    let bought = ctx
        .invoke::<(String, u64), String>("buy:$LATEST", item)
        .name("shop");
    Ok(bought.await?)
}

#[durable_test(handler = buy_elsewhere, lambda_function_name = "local-only")]
async fn calls_of_chained_executions_are_explored_too(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes("a lamp").await?;
    assert_eq!((report.calls(), report.invocations()), (6, 4));
    let repeated: Vec<&str> = report
        .repeated_steps()
        .iter()
        .map(|step| step.path.as_str())
        .collect();
    assert_eq!(repeated, ["shop/charge", "shop/reserve"]);
    Ok(())
}

#[durable_execution]
async fn ask(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let fee = ctx.invoke::<u64, u64>("fee", 100).name("fee").await?;
    let answer = ctx.create_callback::<String>().name("answer").await?;
    Ok(format!("{} for {fee}", answer.result().await?))
}

#[durable_test(handler = ask, lambda_function_name = "local-only")]
async fn every_run_has_the_same_functions_and_answers(runner: DurableRunner) -> TestOutcome {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    runner.register_function("fee", |cents: u64| async move {
        CALLS.fetch_add(1, Ordering::Relaxed);
        Ok::<_, BoxError>(cents / 10)
    });
    let answer = CallbackReply::success("yes").after(Duration::from_hours(2));
    let report = runner
        .explore_crashes(())
        .on_callback("answer", answer)
        .await?;
    assert_eq!(report.points(), 2 * 4 + 3);
    assert_eq!(CALLS.load(Ordering::Relaxed), 12);
    Ok(())
}

/// Charges with a step of the plain SDK.
#[durable_execution]
async fn plain_charge(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.step(|_| async { Ok(42) }).name("charge").await?)
}

#[durable_test(handler = plain_charge, lambda_function_name = "local-only")]
async fn runs_of_plain_steps_are_counted_by_their_updates(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(()).await?;
    let [charge] = report.repeated_steps() else {
        panic!("one step is repeated: {report}");
    };
    assert_eq!((charge.path.as_str(), charge.max_executions), ("charge", 2));
    Ok(())
}

#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
async fn charge_once(cents: u64) -> u64 {
    cents
}

#[durable_execution]
async fn careful(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    match charge_once(&ctx, 42).name("charge").await {
        Ok(cents) => Ok(format!("charged {cents}")),
        Err(_) => Ok("ask the bank".to_owned()),
    }
}

#[durable_test(handler = careful, lambda_function_name = "local-only")]
async fn an_interruption_may_change_the_end_if_the_test_allows_it(
    runner: DurableRunner,
) -> TestOutcome {
    let error = runner.explore_crashes(()).await.unwrap_err();
    let ErrorKind::Crash(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.points(), [CrashPoint::before_stored(2)]);
    assert!(matches!(failure.findings(), [Finding::Differs(_), ..]));
    assert!(
        error
            .to_string()
            .contains(".allow(Allow::interruption_of(\"charge\"))"),
        "{error}"
    );

    let report = runner
        .explore_crashes(())
        .allow(Allow::interruption_of("charge"))
        .never_repeats(["charge"])
        .await?;
    assert!(report.repeated_steps().is_empty());
    Ok(())
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn a_check_that_fails_without_a_crash_is_reported_as_such(runner: DurableRunner) {
    let exploration = runner.explore_crashes("a lamp").check(|result| {
        assert_eq!(result.step_names(), ["reserve"]);
        Ok(())
    });
    let error = exploration.await.unwrap_err().to_string();
    assert!(
        error.starts_with("\"local-only\" fails the check without any crash"),
        "{error}"
    );
}

#[durable_test(handler = buy, lambda_function_name = "local-only")]
async fn a_step_that_never_ran_cannot_be_one_that_never_repeats(runner: DurableRunner) {
    let exploration = runner.explore_crashes("a lamp").never_repeats(["chrage"]);
    assert_eq!(
        exploration.await.unwrap_err().to_string(),
        "no step named \"chrage\" in this execution; steps that ran: \"charge\", \"reserve\""
    );
}

//! Faults on demand, and how the SDK and the service handle them.

use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::faults::{Calls, OperationAction};
use durable_test::prelude::*;
use durable_test::results::{ErrorObject, Event, Operation};
use durable_test::settings::Transport;
use serde_json::Value;

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

#[durable_execution]
async fn pay(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let charged = charge(&ctx, 40).await?;
    ctx.wait(Duration::from_mins(1)).name("settle").await?;
    Ok(charged + charge(&ctx, 2).name("fee").await?)
}

/// How the invocations ended, with the seconds at which they started: `ok`, `given up` by the SDK, or the
/// error type of the service.
fn invocations(result: &ExecutionResult) -> Vec<(u64, String)> {
    let end = |error: Option<&ErrorObject>| match error {
        None => "ok".to_owned(),
        Some(error) => error
            .error_type
            .clone()
            .filter(|kind| !kind.contains("dyn"))
            .unwrap_or_else(|| "given up".to_owned()),
    };
    result
        .invocations()
        .iter()
        .map(|call| {
            let started = call.started_at.since(result.started_at()).as_secs();
            (started, end(call.error.as_ref()))
        })
        .collect()
}

fn event_types(result: &ExecutionResult) -> Vec<&str> {
    result.history().iter().map(Event::event_type).collect()
}

fn ended(ends: &[(u64, &str)]) -> Vec<(u64, String)> {
    ends.iter()
        .map(|(at, end)| (*at, (*end).to_owned()))
        .collect()
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_throttled_call_costs_an_invocation_and_its_back_off(
    runner: DurableRunner,
) -> TestOutcome {
    for faults in [
        Faults::new().throttle(2),
        Faults::new().server_error(2),
        Faults::new().throttle(Calls::of("charge").action(OperationAction::Succeed).nth(1)),
    ] {
        let result = runner.run(()).faults(faults).await?;
        assert_eq!(result.result::<u64>()?, 42);
        assert_eq!(
            invocations(&result),
            ended(&[(0, "given up"), (1, "ok"), (61, "ok")])
        );
    }
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_service_that_stays_throttled_ends_the_execution(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new().throttle(Calls::of("fee"));
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let started: Vec<u64> = invocations(&result).iter().map(|(at, _)| *at).collect();
    assert_eq!(started, [0, 60, 61, 63, 67, 75]);
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn faults_can_strike_every_so_many_calls(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new().server_error(Calls::all().every(3));
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.result::<u64>()?, 42);
    // Calls 3 and 6 of 7 fail.
    let failed = invocations(&result);
    assert_eq!(failed.iter().filter(|(_, end)| end != "ok").count(), 2);
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_stale_token_fails_the_execution(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).faults(Faults::new().stale_token(2)).await?;

    // A new invocation would have a fresh token, but the SDK compares the message in another case.
    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().unwrap();
    assert_eq!(error.error_type.as_deref(), Some("CheckpointFailedError"));
    assert!(
        error.to_string().contains("Invalid checkpoint token"),
        "{error}"
    );
    assert_eq!(result.get_step("charge")?.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_lost_answer_leaves_no_trace(runner: DurableRunner) -> TestOutcome {
    let undisturbed = runner.run(()).await?;
    for transport in [Transport::InProcess, Transport::Http] {
        let runner = runner.reconfigured(|settings| settings.transport(transport))?;
        let faults = Faults::new().lose_answer(Calls::all());
        let result = runner.run(()).faults(faults).await?;
        assert_eq!(event_types(&result), event_types(&undisturbed));
        assert_eq!(result.result::<u64>()?, 42);
    }
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_late_answer_takes_virtual_time(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new().delay_answer(1, Duration::from_secs(20));
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.result::<u64>()?, 42);
    assert_eq!(result.duration(), Duration::from_secs(80));
    assert_eq!(invocations(&result), ended(&[(0, "ok"), (80, "ok")]));
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only", start_paused)]
async fn a_late_answer_takes_tokios_time_under_a_paused_clock(
    runner: DurableRunner,
) -> TestOutcome {
    for transport in [Transport::InProcess, Transport::Http] {
        let runner = runner.reconfigured(|settings| settings.transport(transport))?;
        let faults = Faults::new().delay_answer(1, Duration::from_secs(20));
        let result = runner.run(()).faults(faults).await?;

        assert_eq!(result.result::<u64>()?, 42);
        assert_eq!(result.duration(), Duration::from_secs(80));
    }
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn an_answer_past_the_functions_timeout_ends_the_invocation(
    runner: DurableRunner,
) -> TestOutcome {
    let runner =
        runner.reconfigured(|settings| settings.function_timeout(Duration::from_secs(30)))?;
    let faults = Faults::new().delay_answer("charge", Duration::from_secs(40));
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.result::<u64>()?, 42);
    assert_eq!(
        invocations(&result),
        ended(&[(0, "Sandbox.Timedout"), (31, "ok"), (91, "ok")])
    );
    Ok(())
}

static UNDURABLE: AtomicU32 = AtomicU32::new(0);

#[durable_execution]
async fn counts_invocations(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    UNDURABLE.fetch_add(1, Ordering::Relaxed);
    Ok(charge(&ctx, 42).await?)
}

#[durable_test(handler = counts_invocations, lambda_function_name = "local-only")]
async fn an_event_that_is_delivered_twice_runs_the_handler_twice_and_counts_once(
    runner: DurableRunner,
) -> TestOutcome {
    // The check replays the handler, which would count too.
    let run = runner.run(()).check_determinism(false);
    let result = run.faults(Faults::new().deliver_twice(1)).await?;

    assert_eq!(result.result::<u64>()?, 42);
    assert_eq!(result.invocations().len(), 1);
    assert_eq!(UNDURABLE.load(Ordering::Relaxed), 2);
    let started = result.history().iter();
    let started = started.filter(|event| event.event_type() == "StepStarted");
    assert_eq!(started.count(), 1);
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_function_reads_its_state_in_small_pages(runner: DurableRunner) -> TestOutcome {
    for transport in [Transport::InProcess, Transport::Http] {
        let runner = runner.reconfigured(|settings| settings.transport(transport))?;
        let result = runner.run(()).faults(Faults::new().state_pages(1)).await?;
        assert_eq!(result.result::<u64>()?, 42);
    }
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn the_response_of_an_invocation_that_overruns_is_dropped(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(()).faults(Faults::new().overrun(2)).await?;

    assert_eq!(result.result::<u64>()?, 42);
    let fifteen_minutes = 15 * 60;
    assert_eq!(
        invocations(&result),
        ended(&[
            (0, "ok"),
            (60, "Sandbox.Timedout"),
            (60 + fifteen_minutes + 1, "ok")
        ])
    );
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_slow_step_takes_virtual_time(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new()
        .slow_step("charge", Duration::from_secs(90), 1)
        .slow_step("fee", Duration::from_hours(1), 1);
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.result::<u64>()?, 42);
    // The second outlives the function's timeout once.
    assert_eq!(
        invocations(&result),
        ended(&[(0, "ok"), (150, "Sandbox.Timedout"), (150 + 900 + 1, "ok")])
    );
    assert_eq!(
        result.get_step("charge")?.duration(),
        Duration::from_secs(90)
    );
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only", start_paused)]
async fn a_slow_step_takes_tokios_time_under_a_paused_clock(runner: DurableRunner) -> TestOutcome {
    let faults = Faults::new().slow_step("fee", Duration::from_hours(1), 1);
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(
        invocations(&result),
        ended(&[(0, "ok"), (60, "Sandbox.Timedout"), (60 + 900 + 1, "ok")])
    );
    Ok(())
}

#[durable_step]
async fn price(item: u64) -> u64 {
    item
}

/// Asks for three prices at once, `price-1` to `price-3`, each after a look at the catalogue.
#[durable_execution]
async fn compare(_: Value, ctx: DurableContext) -> Result<Vec<u64>, BoxError> {
    let prices = (1..=3).map(|item| {
        let shop = ctx.run_in_child_context(move |ctx| async move {
            let item = price(&ctx, item).name("look up").await?;
            Ok(price(&ctx, item).name(format!("price-{item}")).await?)
        });
        shop.future()
    });
    Ok(ctx.try_join_all(prices.collect::<Vec<_>>()).await?)
}

async fn slow_prices_take_their_time_side_by_side(runner: DurableRunner) -> TestOutcome {
    let minutes = Duration::from_mins;
    let faults = Faults::new()
        .slow_step("look up", minutes(6), 3)
        .slow_step("price-1", minutes(3), 1)
        .slow_step("price-2", minutes(1), 1);
    for transport in [Transport::InProcess, Transport::Http] {
        let runner = runner.reconfigured(|settings| settings.transport(transport))?;
        let result = runner.run(()).faults(faults.clone()).await?;

        assert_eq!(result.result::<Vec<u64>>()?, [1, 2, 3]);
        assert_eq!(invocations(&result), ended(&[(0, "ok")]));
        let took = |name| result.get_step(name).map(Operation::duration);
        assert_eq!(took("price-1")?, minutes(3));
        assert_eq!(took("price-2")?, minutes(1));
        assert_eq!(took("price-3")?, Duration::ZERO);
        assert_eq!(result.duration(), minutes(9));
    }
    Ok(())
}

#[durable_test(handler = compare, lambda_function_name = "local-only")]
async fn slow_steps_take_their_time_side_by_side(runner: DurableRunner) -> TestOutcome {
    slow_prices_take_their_time_side_by_side(runner).await
}

#[durable_test(handler = compare, lambda_function_name = "local-only", start_paused)]
async fn slow_steps_take_tokios_time_side_by_side(runner: DurableRunner) -> TestOutcome {
    slow_prices_take_their_time_side_by_side(runner).await
}

#[durable_test(
    handler = compare,
    lambda_function_name = "local-only",
    flavor = "multi_thread",
    worker_threads = 2
)]
async fn slow_steps_take_their_time_side_by_side_on_several_threads(
    runner: DurableRunner,
) -> TestOutcome {
    slow_prices_take_their_time_side_by_side(runner).await
}

#[durable_test(handler = compare, lambda_function_name = "local-only")]
async fn each_of_several_concurrent_slow_steps_has_the_functions_timeout(
    runner: DurableRunner,
) -> TestOutcome {
    let faults = Faults::new()
        .slow_step("price-1", Duration::from_mins(10), 1)
        .slow_step("price-2", Duration::from_mins(20), 1);
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(
        invocations(&result),
        ended(&[(0, "Sandbox.Timedout"), (15 * 60 + 1, "ok")])
    );
    let first = result.get_step("price-1")?.duration();
    assert_eq!(first, Duration::from_mins(10));
    Ok(())
}

static VISITS: AtomicU32 = AtomicU32::new(0);

#[durable_step]
async fn visit() {
    VISITS.fetch_add(1, Ordering::Relaxed);
}

#[durable_execution]
async fn visits_three(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let visits = ["a", "b", "c"].map(|shop| visit(&ctx).name(shop).future());
    ctx.try_join_all(Vec::from(visits)).await?;
    Ok(())
}

#[durable_test(handler = visits_three, lambda_function_name = "local-only")]
async fn no_slow_body_runs_once_its_invocation_is_out_of_time(
    runner: DurableRunner,
) -> TestOutcome {
    VISITS.store(0, Ordering::Relaxed);
    let long = Duration::from_mins(20);
    let faults = ["a", "b", "c"].map(|shop| Faults::new().slow_step(shop, long, 1));
    let [one, two, three] = faults;
    let run = runner.run(()).faults(one).faults(two).faults(three);
    let result = run.await?;

    assert_eq!(
        invocations(&result),
        ended(&[(0, "Sandbox.Timedout"), (15 * 60 + 1, "ok")])
    );
    assert_eq!(VISITS.load(Ordering::Relaxed), 3);
    Ok(())
}

#[durable_execution]
async fn calls_a_durable_function(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let paid = ctx.invoke::<u64, Value>("pay:$LATEST", Value::Null);
    Ok(paid.name("pay").await?)
}

#[durable_test(handler = calls_a_durable_function, lambda_function_name = "local-only")]
async fn a_durable_target_is_tried_again(runner: DurableRunner) -> TestOutcome {
    for faults in [
        Faults::new().unavailable("pay", 2),
        Faults::new().throttle_function("pay", 2),
    ] {
        let result = runner.run(()).faults(faults).await?;
        assert_eq!(result.result::<u64>()?, 42);
        let child = result.child("pay")?;
        assert_eq!(child.invocations().len(), 4);
        assert_eq!(child.duration(), Duration::from_secs(1 + 2 + 60));
    }
    Ok(())
}

#[durable_execution]
async fn calls_a_plain_function(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    match ctx.invoke::<u64, u64>("fee", 100).name("fee").await {
        Ok(fee) => Ok(format!("the fee is {fee}")),
        Err(error) => Ok(error
            .wire()
            .and_then(|wire| wire.error_type())
            .unwrap_or("?")
            .to_owned()),
    }
}

#[durable_test(handler = calls_a_plain_function, lambda_function_name = "local-only")]
async fn a_plain_target_is_tried_once(runner: DurableRunner) -> TestOutcome {
    runner.register_function(
        "fee",
        |cents: u64| async move { Ok::<_, BoxError>(cents / 10) },
    );
    let faults = Faults::new().throttle_function("fee", 1);
    let result = runner.run(()).faults(faults).await?;

    assert_eq!(result.result::<String>()?, "TooManyRequestsException");
    assert_eq!(result.get_invoke("fee")?.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_started_execution_has_faults_too(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(()).faults(Faults::new().throttle(1)).await?;
    running.run_until_suspended().await?;
    assert_eq!(running.snapshot()?.invocations().len(), 1);
    assert_eq!(running.result().await?.result::<u64>()?, 42);
    Ok(())
}

#[durable_execution]
async fn pays_and_thanks(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let paid = ctx.invoke::<u64, Value>("pay:$LATEST", Value::Null);
    let paid = paid.name("pay").await?;
    Ok(charge(&ctx, paid).name("thank").await?)
}

#[durable_test(handler = pays_and_thanks, lambda_function_name = "local-only")]
async fn a_called_execution_may_end_before_a_fault_of_its_caller_strikes(
    runner: DurableRunner,
) -> TestOutcome {
    let faults = Faults::new().slow_step("thank", Duration::from_secs(5), 1);
    let running = runner.start(()).faults(faults).await?;
    running.run_until_suspended().await?;
    let paid = running.child("pay")?.result().await?;
    assert_eq!(paid.result::<u64>()?, 42);
    let thanked = running.result().await?;
    assert_eq!(thanked.duration(), Duration::from_secs(65));

    let never = Faults::new().slow_step("thnak", Duration::from_secs(5), 1);
    let running = runner.start(()).faults(never).await?;
    running.run_until_suspended().await?;
    running.child("pay")?.result().await?;
    let error = running.result().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FaultMissed { .. }));
    Ok(())
}

#[durable_test(handler = pay, lambda_function_name = "local-only")]
async fn a_fault_that_never_strikes_is_an_error(runner: DurableRunner) {
    let faults = Faults::new()
        .slow_step("chrage", Duration::from_secs(1), 1)
        .throttle(1);
    let error = runner.run(()).faults(faults).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FaultMissed { .. }));
    assert!(
        error
            .to_string()
            .starts_with("slow_step(\"chrage\", Duration::from_secs(1), 1) never struck"),
        "{error}"
    );
}

//! One of several operations of a name: in look-ups, faults, answers and explorations.

use durable_runtime::prelude::*;
use durable_test::explore;
use durable_test::faults::{Calls, OperationAction};
use durable_test::prelude::*;
use durable_test::replay::Effect;
use durable_test::results::Operation;
use serde_json::Value;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

#[durable_with_child_context]
async fn order(ctx: DurableContext, cents: u64) -> Result<u64, BoxError> {
    let charged = charge(&ctx, cents).await?;
    let tip = charge(&ctx, 1).await?;
    Ok(charged + tip)
}

#[durable_execution]
async fn orders(_: Value, ctx: DurableContext) -> Result<u64, BoxError> {
    let first = order(&ctx, 100).await?;
    let second = order(&ctx, 200).await?;
    let fee = charge(&ctx, 10).await?;
    Ok(first + second + fee)
}

#[durable_test(handler = orders, lambda_function_name = "orders")]
async fn an_operation_is_found_by_its_number(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let charged = |wanted: &str| result.get_step(wanted)?.result::<u64>();
    assert_eq!(charged("charge")?, 100);
    assert_eq!(charged("charge#2")?, 1);
    assert_eq!(charged("order#2/charge")?, 200);
    assert_eq!(charged("order#2/charge#2")?, 1);
    assert_eq!(result.get_context("order#2")?.result::<u64>()?, 201);
    let tips = result.steps_named("charge#2").map(Operation::parent);
    assert_eq!(tips.flatten().count(), 2);
    assert_eq!(result.steps_named("order/charge").count(), 4);

    let error = result.get_step("charge#3").unwrap_err().to_string();
    assert!(
        error.contains("\"order/charge\", \"order/charge#2\", \"order#2/charge\", \"order#2/charge#2\", \"charge\""),
        "{error}"
    );
    let error = result.get_wait("order#2").unwrap_err().to_string();
    assert!(error.contains("`get_context(\"order#2\")`"), "{error}");
    Ok(())
}

#[durable_test(handler = orders, local_only)]
async fn a_fault_strikes_one_of_several(runner: DurableRunner) -> TestOutcome {
    let charges = runner.mock(charge);
    charges.real();
    let succeed = |wanted: &str| Calls::of(wanted).action(OperationAction::Succeed);
    for (wanted, charged_again) in [("charge", 100), ("order#2/charge", 200), ("charge#2", 1)] {
        let before = charges.count();
        let crash = CrashPoint::before_stored(succeed(wanted).nth(1));
        runner.run(json!(null)).crash(crash).await?;

        let mut calls = charges.calls().split_off(before);
        for once in [100, 1, 200, 1, 10] {
            let position = calls.iter().position(|cents| *cents == once);
            assert!(position.is_some(), "{wanted}: {once} in {calls:?}");
            calls.remove(position.unwrap_or_default());
        }
        assert_eq!(calls, [charged_again], "{wanted}");
    }
    let slow = Faults::new().slow_step("order#2/charge#2", MINUTE, 1);
    let result = runner.run(json!(null)).faults(slow).await?;
    let slow: Vec<bool> = result
        .steps()
        .map(|step| step.duration() == MINUTE)
        .collect();
    assert_eq!(slow, [false, false, false, true, false]);

    let crash = CrashPoint::after_stored("charge#3");
    let error = runner.run(json!(null)).crash(crash).await.unwrap_err();
    assert!(error.to_string().contains("charge#3"), "{error}");
    Ok(())
}

#[durable_test(handler = orders, local_only)]
async fn an_exploration_takes_numbers(runner: DurableRunner) -> TestOutcome {
    let error = runner
        .explore_crashes(json!(null))
        .never_repeats(["order#2/charge#2"])
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("\"order#2/charge#2\""), "{error}");
    assert!(!error.contains("\"order#2/charge\""), "{error}");
    Ok(())
}

async fn signed(ctx: DurableContext) -> Result<String, BoxError> {
    let signature = ctx.wait_for_callback::<String, _, _>(|_, _| async { Ok(()) });
    Ok(signature.name("signature").await?)
}

#[durable_execution]
async fn signatures(_: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let mut all = Vec::new();
    for place in ["buyer", "seller"] {
        all.push(ctx.run_in_child_context(signed).name(place).await?);
    }
    all.push(signed(ctx.clone()).await?);
    all.push(signed(ctx).await?);
    Ok(all)
}

#[durable_execution]
async fn notary(_: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    Ok(ctx
        .invoke("signatures:$LATEST", json!(null))
        .name("deed")
        .await?)
}

#[durable_test(handler = signatures)]
async fn an_answer_is_given_by_path_and_number(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("signature", CallbackReply::success("by name"))
        .on_callback("seller/signature", CallbackReply::success("the seller"))
        .on_callback("signature#2", CallbackReply::success("the second"))
        .await?;

    let signed: Vec<String> = result.result()?;
    assert_eq!(signed, ["by name", "the seller", "by name", "the second"]);
    Ok(())
}

#[durable_test(handler = notary)]
async fn paths_are_found_in_executions_that_are_called(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("*", CallbackReply::success("any"))
        .on_callback("buyer/signature", |request: CallbackRequest| {
            CallbackReply::success(request.path())
        })
        .await?;
    let signed: Vec<String> = result.result()?;
    assert_eq!(signed, ["buyer/signature", "any", "any", "any"]);
    Ok(())
}

#[durable_test(handler = notary, local_only)]
async fn a_wait_finds_the_path_of_an_execution_that_is_called(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    for path in [
        "buyer/signature",
        "seller/signature",
        "signature#1",
        "signature#2",
    ] {
        running.wait_for_callback(path).await?.succeed(path).await?;
    }
    let signed: Vec<String> = running.result().await?.result()?;
    assert_eq!(
        signed,
        [
            "buyer/signature",
            "seller/signature",
            "signature#1",
            "signature#2"
        ]
    );
    Ok(())
}

#[durable_test(handler = signatures, local_only)]
async fn an_answer_to_a_path_that_is_none_is_an_error(runner: DurableRunner) {
    let error = runner
        .run(json!(null))
        .on_callback("signature", CallbackReply::success("by name"))
        .on_callback("witness/signature", CallbackReply::success("the witness"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("\"witness/signature\""),
        "{error}"
    );
}

async fn pauses(minutes: [u64; 2], ctx: DurableContext) -> Result<(), BoxError> {
    for minutes in minutes {
        ctx.wait(Duration::from_mins(minutes)).name("pause").await?;
    }
    Ok(())
}

async fn first_version(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    pauses([1, 1], ctx).await
}

async fn second_version(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    pauses([1, 2], ctx).await
}

#[durable_test(handler = second_version, local_only)]
async fn a_replay_accepts_one_of_several(runner: DurableRunner) -> TestOutcome {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("selectors/pauses.json");
    DurableRunner::local(first_version)?
        .run(json!(null))
        .await?
        .save(&file)?;

    let report = runner.replay(&file).allow("pause#2").await?;
    assert_eq!(report.accepted().len(), 1);
    assert!(runner.replay(&file).allow("pause#1").await.is_err());
    runner.replay(&file).allow(Effect::Changes).await?;
    Ok(())
}

#[durable_test(handler = flips, local_only)]
async fn an_exploration_allows_one_of_several(runner: DurableRunner) -> TestOutcome {
    let explored = |allowed| {
        let race = ["first", "left", "right"].map(explore::Allow::operation);
        let race = race.into_iter().chain([explore::Allow::lost_token()]);
        let exploration = runner.explore_orders(json!(null));
        let exploration = race.fold(exploration, explore::ExploreOrders::allow);
        exploration.allow(explore::Allow::operation(allowed))
    };
    explored("note#2").await?;
    let error = explored("note#1").await.unwrap_err().to_string();
    assert!(error.contains("\"note#2\""), "{error}");
    Ok(())
}

/// Its second note depends on which of two waits is first.
async fn flips(_: Value, ctx: DurableContext) -> Result<(), BoxError> {
    let note = |text: String| ctx.step(move |_| async move { Ok(text) }).name("note");
    note("start".to_owned()).await?;
    let wait = |name: &'static str| {
        let wait = move |ctx: DurableContext| async move {
            ctx.wait(HOUR).await?;
            Ok(name.to_owned())
        };
        ctx.run_in_child_context(wait).name(name).future()
    };
    let first = ctx
        .race([wait("left"), wait("right")])
        .name("first")
        .await?;
    note(first).await?;
    Ok(())
}

//! Misused calls: the next fallible call names the fact, the call and its line.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Loss, Order};
use durable_test::prelude::*;
use durable_test::{Error, ErrorKind};

#[durable_step]
async fn price(shop: String) -> usize {
    shop.len()
}

async fn cheapest((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let shops = ["Alma", "Bo"].map(|shop| price(&ctx, shop.to_owned()).future());
    let prices = ctx.try_join_all(shops).await?;
    Ok(prices.into_iter().min().unwrap_or(0))
}

fn runner() -> DurableRunner {
    DurableRunner::local(cheapest).unwrap()
}

/// Asserts that an error names a call of this file, and the reason.
fn refuses(error: &Error, call: &str, reason: &str) {
    assert!(
        matches!(error.kind(), ErrorKind::Argument { .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("`{call}` is refused: ")),
        "{message}"
    );
    assert!(message.contains(reason), "{message}");
    assert!(
        message.contains("\n  called at durable-test/tests/misuse.rs:"),
        "{message}"
    );
}

#[test]
fn a_functions_name_is_one_that_arns_can_have() {
    let long = "a".repeat(65);
    for name in ["hello world", "", &long] {
        let builder = DurableRunner::builder(cheapest).function_name(name);
        let error = builder.build().unwrap_err();
        let call = format!("function_name({name:?})");
        refuses(&error, &call, "1 to 64 letters, digits, `-` and `_`");
    }
}

#[test]
fn a_location_is_a_region_and_twelve_digits() {
    let located = |region: &str, account: &str| {
        let builder = DurableRunner::builder(cheapest).location(region, account);
        builder.build().unwrap_err()
    };
    refuses(
        &located("Frankfurt", "123456789012"),
        "location(\"Frankfurt\", \"123456789012\")",
        "\"eu-central-1\"",
    );
    refuses(
        &located("eu-central-1", "1234"),
        "location(\"eu-central-1\", \"1234\")",
        "an account has twelve digits",
    );
}

#[test]
fn the_first_mistake_of_a_chain_is_reported() {
    let error = runner()
        .reconfigured(|settings| settings.location("", "").function_name(""))
        .unwrap_err();
    refuses(&error, "location(\"\", \"\")", "a Region has");
}

#[tokio::test]
async fn an_exploration_of_nothing_is_refused() {
    let error = runner().explore_orders(()).budget(0).await.unwrap_err();
    refuses(&error, "budget(0)", "1 at least");
    let error = runner().explore_orders(()).repeat(0).await.unwrap_err();
    refuses(&error, "repeat(0)", "1 at least");
    let none: [Loss; 0] = [];
    let error = runner().explore_crashes(()).losses(none).await.unwrap_err();
    refuses(&error, "losses([])", "one kind of loss at least");
}

#[tokio::test]
async fn an_exploration_of_orders_has_no_order_of_its_own() {
    let ordered = runner().run(()).order(Order::seed(7));
    let error = ordered.explore_orders().await.unwrap_err();
    refuses(
        &error,
        "explore_orders()",
        "leave `.order(Order::seed(7))` out",
    );
}

#[tokio::test]
async fn an_order_that_the_run_does_not_offer_is_refused() {
    let runner = runner();
    assert_eq!(
        runner
            .run(())
            .order(Order::choices([1]))
            .await
            .unwrap()
            .result::<usize>()
            .unwrap(),
        2
    );
    let error = runner.run(()).order(Order::choices([9])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoSuchChoice { .. }));
    let message = error.to_string();
    assert!(
        message.starts_with(
            "`.order(Order::choices([9]))` chooses option 9 at index 0, where the run offers 2 (\"price\", \"price#2\")"
        ),
        "{message}"
    );
    let order = Order::choices([0, 1]);
    let message = runner.run(()).order(order).await.unwrap_err().to_string();
    assert!(
        message.contains("chooses option 1 at index 1, where the run has no choice; options"),
        "{message}"
    );
}

async fn asks((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let approval = ctx
        .create_callback::<String>()
        .name("approval")
        .timeout(Duration::from_hours(1));
    Ok(approval.await?.result().await?)
}

#[tokio::test]
async fn an_answer_for_which_no_callback_asks_is_refused() {
    let runner = DurableRunner::local(asks).unwrap();
    let granted = || CallbackReply::success("granted");
    let answered = || runner.run(()).on_callback("approval", granted());
    let error = answered().on_callback("aproval", granted()).await;
    let message = error.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "no callback asked for the answer to \"aproval\": the execution is SUCCEEDED and had these callbacks: \
             \"approval\""
        ),
        "{message}"
    );
    // The second of a sequence.
    let error = answered()
        .on_callback("approval", granted())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ReplyUnused { .. }),
        "{error}"
    );
    // The callback that should have been answered timed out.
    let error = runner
        .run(())
        .on_callback("aproval", granted())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the execution is FAILED"),
        "{error}"
    );

    for fine in [
        answered().on_callback("other", granted().optional()),
        answered().on_callback("*", granted()),
        answered().on_callback("other", |_: CallbackRequest| CallbackReply::never()),
    ] {
        assert_eq!(fine.await.unwrap().result::<String>().unwrap(), "granted");
    }
}

#[tokio::test]
async fn an_answer_for_which_no_run_of_an_exploration_asks_is_refused() {
    let runner = DurableRunner::local(asks).unwrap();
    let granted = || CallbackReply::success("granted");
    let answered = || runner.run(()).on_callback("approval", granted());
    answered().explore_crashes().await.unwrap();
    answered().explore_orders().await.unwrap();
    let error = answered()
        .on_callback("nope", granted())
        .explore_crashes()
        .await;
    assert!(matches!(
        error.unwrap_err().kind(),
        ErrorKind::ReplyUnused { .. }
    ));
    let error = answered()
        .on_callback("nope", granted())
        .explore_orders()
        .await;
    assert!(matches!(
        error.unwrap_err().kind(),
        ErrorKind::ReplyUnused { .. }
    ));
}

async fn fails_before_it_asks((): (), _ctx: DurableContext) -> Result<String, BoxError> {
    Err("no".into())
}

#[tokio::test]
async fn a_run_that_failed_before_any_callback_says_nothing_about_answers() {
    let runner = DurableRunner::local(fails_before_it_asks).unwrap();
    let run = runner
        .run(())
        .on_callback("approval", CallbackReply::success("granted"));
    assert_eq!(run.await.unwrap().status(), ExecutionStatus::Failed);
}

#[tokio::test]
async fn the_interruption_of_an_unknown_step_is_refused() {
    let explored = |step: &str| {
        runner()
            .explore_crashes(())
            .allow(Allow::interruption_of(step))
    };
    let error = explored("nope").await.unwrap_err();
    assert!(
        error.to_string().starts_with("no step named \"nope\""),
        "{error}"
    );
    explored("price").await.unwrap();
}

#[tokio::test]
async fn an_input_that_does_not_fit_the_event_is_refused_at_once() {
    let error = runner().run(json!({"shops": 2})).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message
            .starts_with("the input of the run does not fit the event of the handler of function"),
        "{message}"
    );
    assert!(
        message.ends_with("; the input is: {\"shops\":2}"),
        "{message}"
    );
}

#[tokio::test]
async fn an_execution_is_not_driven_by_its_own_step() {
    static RUNNING: std::sync::OnceLock<RunningExecution> = std::sync::OnceLock::new();
    async fn advances((): (), ctx: DurableContext) -> Result<String, BoxError> {
        let advance = ctx.step(|_| async {
            let running = RUNNING.get().ok_or("not started")?;
            let refused = running.advance(Duration::from_mins(1)).await;
            Ok(refused
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default())
        });
        Ok(advance.await?)
    }
    let runner = DurableRunner::local(advances).unwrap();
    let running = runner.start(()).check_determinism(false).await.unwrap();
    let running = RUNNING.get_or_init(|| running);
    let refused = running.result().await.unwrap().result::<String>().unwrap();
    assert!(refused.starts_with("this call drives the execution, and comes from its own handler"));
}

#[tokio::test]
async fn a_delay_in_real_time_names_what_takes_virtual_time() {
    async fn sleeps((): (), _ctx: DurableContext) -> Result<(), BoxError> {
        tokio::time::sleep(Duration::from_hours(1)).await;
        Ok(())
    }
    let runner = DurableRunner::local(sleeps).unwrap();
    let error = runner
        .run(())
        .timeout(Duration::from_millis(20))
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("`ctx.wait(..)`") && message.contains("start_paused"),
        "{message}"
    );
}

#[tokio::test]
async fn runners_of_different_tests_have_different_arns_that_repeat() {
    async fn arn(runner: DurableRunner) -> String {
        runner.run(()).await.unwrap().arn().to_owned()
    }
    let make = || DurableRunner::local(fails_before_it_asks).unwrap();
    let other = DurableRunner::local(fails_before_it_asks).unwrap();
    let (one, again) = (arn(make()).await, arn(make()).await);
    assert_eq!(one, again);
    assert_ne!(one, arn(other).await);
}

//! Misused calls: the next fallible call names the fact, the call and its line.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

use durable_runtime::prelude::*;
use durable_test::explore::{Loss, Order};
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
            "`.order(Order::choices([9]))` chooses option 9 at index 0, where the run offers 2 (\"price\", \"price\")"
        ),
        "{message}"
    );
}

//! Every path of the order workflow, with its exact virtual times.
//!
//! The tests without `local_only` run against the deployed function, too.

use durable_test::explore::Allow;
use durable_test::prelude::*;

use order_workflow::order::EXPRESS_FEE_CENTS;
use order_workflow::payment::{Charge, PaymentError, charge_payment, refund_payment};
use order_workflow::stock::{check_stock, release_stock};
use order_workflow::warehouse::{CHECK_EVERY, MOST_CHECKS, ship_order};
use order_workflow::{
    COOL_OFF, Item, Order, Outcome, PaymentMethod, Receipt, RejectedBecause, order_workflow,
};

/// An order of these units and prices in cents.
fn order(items: &[(&str, u32, u64)]) -> Order {
    let items = items.iter().map(|(sku, quantity, price_cents)| Item {
        sku: (*sku).to_owned(),
        quantity: *quantity,
        price_cents: *price_cents,
    });
    Order {
        id: "A-1".to_owned(),
        customer: "C-1".to_owned(),
        items: items.collect(),
        payment: PaymentMethod::Card {
            token: "tok_visa".to_owned(),
        },
        express: false,
    }
}

/// An order of a mug and a kettle.
fn mug_and_kettle() -> Order {
    order(&[("MUG-BLUE", 1, 1_250), ("KETTLE-GN", 1, 6_490)])
}

/// How the order ended.
fn outcome(result: &ExecutionResult) -> Result<Outcome, durable_test::Error> {
    Ok(result.result::<Receipt>()?.outcome)
}

fn rejected(reason: RejectedBecause) -> Outcome {
    Outcome::Rejected { reason }
}

fn error_type(result: &ExecutionResult) -> Option<&str> {
    result.error()?.error_type.as_deref()
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_order_is_shipped_an_hour_after_it_is_paid(runner: DurableRunner) -> TestOutcome {
    let order = order(&[("COFFEE-1KG", 2, 1_890), ("FILTER-100", 1, 399)]);

    let result = runner.run(order).timeout(Duration::from_secs(30)).await?;

    assert_eq!(
        outcome(&result)?,
        Outcome::Shipped {
            total_cents: 4_179,
            payment_id: "pay-A-1".to_owned(),
            tracking: "ST-A-1".to_owned(),
        }
    );
    assert_eq!(result.duration(), COOL_OFF);
    assert_eq!(result.invocations().len(), 2);
    assert_history!(result);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_express_order_skips_the_cool_off_for_a_fee(runner: DurableRunner) -> TestOutcome {
    let order = Order {
        express: true,
        ..order(&[("GRINDER-M", 1, 8_900)])
    };

    let result = runner.run(order).await?;

    assert_eq!(
        outcome(&result)?,
        Outcome::Shipped {
            total_cents: 8_900 + EXPRESS_FEE_CENTS,
            payment_id: "pay-A-1".to_owned(),
            tracking: "EX-A-1".to_owned(),
        }
    );
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(result.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_event_without_the_express_flag_is_not_express(runner: DurableRunner) -> TestOutcome {
    let event = json!({
        "id": "A-1",
        "customer": "C-1",
        "items": [{ "sku": "MUG-BLUE", "quantity": 1, "price_cents": 1250 }],
        "payment": { "method": "invoice", "reference": "PO-7" },
    });

    let result = runner.run(event).await?;

    assert_eq!(result.duration(), COOL_OFF);
    let charge: Charge = result.get_step("charge_payment")?.result()?;
    let payment_id = "inv-A-1-PO-7".to_owned();
    assert_eq!(charge, Charge::Accepted { payment_id });
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the provider is a mock")]
async fn a_busy_provider_is_asked_again_after_two_and_four_seconds(
    runner: DurableRunner,
) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.fails(2, || PaymentError::ProviderBusy { attempt: 1 });

    let result = runner.run(mug_and_kettle()).await?;

    result.ensure_succeeded()?;
    charge.expects(3);
    assert_eq!(result.duration(), COOL_OFF + Duration::from_secs(2 + 4));
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the provider is a mock")]
async fn a_provider_that_stays_busy_fails_the_order_and_releases_the_stock(
    runner: DurableRunner,
) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.fails(4, || PaymentError::ProviderBusy { attempt: 1 });
    runner.mock(release_stock).expects(2);

    let result = runner.run(mug_and_kettle()).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(error_type(&result), Some("PaymentError"));
    assert_eq!(result.duration(), Duration::from_secs(2 + 4 + 8));
    charge.expects(4);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the provider is a mock")]
async fn a_declined_card_is_asked_once_and_the_stock_released(
    runner: DurableRunner,
) -> TestOutcome {
    runner
        .mock(charge_payment)
        .returns(Charge::Declined)
        .expects(1);
    let released = runner.mock(release_stock);
    released.real();

    let result = runner.run(mug_and_kettle()).await?;

    assert_eq!(
        outcome(&result)?,
        rejected(RejectedBecause::PaymentDeclined)
    );
    // What was taken last is put back first.
    let released = released.calls().into_iter().map(|taken| taken.sku);
    assert_eq!(released.collect::<Vec<_>>(), ["KETTLE-GN", "MUG-BLUE"]);
    assert_eq!(result.duration(), Duration::ZERO);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the shelf is a mock")]
async fn a_short_shelf_rejects_the_order_before_it_is_charged(
    runner: DurableRunner,
) -> TestOutcome {
    runner
        .mock(check_stock)
        .with(|sku| if sku == "KETTLE-GN" { 12 } else { 400 });
    runner.mock(charge_payment).expects(0);
    runner.mock(release_stock).expects(1);
    let order = order(&[
        ("MUG-BLUE", 3, 1_250),
        ("KETTLE-GN", 13, 6_490),
        ("FILTER-100", 1, 399),
    ]);

    let result = runner.run(order).await?;

    let reason = RejectedBecause::OutOfStock {
        sku: "KETTLE-GN".to_owned(),
        wanted: 13,
        on_hand: 12,
    };
    assert_eq!(outcome(&result)?, rejected(reason));
    Ok(())
}

#[durable_test(
    handler = order_workflow,
    lambda_function_name = "order_workflow",
    case("the last unit", 12, true),
    case("one too many", 13, false)
)]
async fn an_order_takes_what_is_on_the_shelf(
    runner: DurableRunner,
    _which: &str,
    units: u32,
    is_shipped: bool,
) -> TestOutcome {
    let result = runner.run(order(&[("KETTLE-GN", units, 6_490)])).await?;

    let outcome = outcome(&result)?;
    assert_eq!(matches!(outcome, Outcome::Shipped { .. }), is_shipped);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn packing_is_looked_at_every_ten_minutes(runner: DurableRunner) -> TestOutcome {
    // 41 units at 20 units a look.
    let result = runner.run(order(&[("COFFEE-1KG", 41, 1_650)])).await?;

    result.ensure_succeeded()?;
    assert_eq!(result.get_step("pack")?.attempt(), 3);
    assert_eq!(result.duration(), COOL_OFF + 2 * CHECK_EVERY);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the provider is a mock")]
async fn an_order_that_does_not_get_packed_is_refunded_and_released(
    runner: DurableRunner,
) -> TestOutcome {
    let refund = runner.mock(refund_payment);
    refund.real();
    runner.mock(release_stock).expects(1);
    runner.mock(ship_order).expects(0);

    let result = runner.run(order(&[("COFFEE-1KG", 300, 1_590)])).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(
        result.duration(),
        COOL_OFF + (MOST_CHECKS - 1) * CHECK_EVERY
    );
    assert_eq!(refund.calls(), ["pay-A-1"]);
    Ok(())
}

#[durable_test(
    handler = order_workflow,
    lambda_function_name = "order_workflow",
    case("order A-1 has no items", &[]),
    case("the quantity is 0", &[("MUG-BLUE", 0, 1_250)]),
    case("there is no article \"MUG-PINK\"", &[("MUG-PINK", 1, 1_250)]),
    case("the article is listed twice", &[("MUG-BLUE", 1, 1_250), ("MUG-BLUE", 1, 1_250)])
)]
async fn an_invalid_order_fails_at_once_and_touches_nothing(
    runner: DurableRunner,
    message: &str,
    items: &[(&str, u32, u64)],
) -> TestOutcome {
    let result = runner.run(order(items)).await?;

    assert_eq!(error_type(&result), Some("OrderError"));
    let error = result.error().map(ToString::to_string).unwrap_or_default();
    assert!(error.contains(message), "{error}");
    assert_eq!(result.step_names(), ["validate_order"]);
    assert_eq!(result.duration(), Duration::ZERO);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it sets the execution timeout of a run")]
async fn an_execution_timeout_shorter_than_the_cool_off_ends_the_order(
    runner: DurableRunner,
) -> TestOutcome {
    let half_an_hour = Duration::from_mins(30);

    let result = runner
        .run(mug_and_kettle())
        .execution_timeout(half_an_hour)
        .await?;

    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    assert_eq!(result.duration(), half_an_hour);
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it crashes the function")]
async fn a_crash_changes_nothing_but_an_unclear_shipment(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .run(mug_and_kettle())
        .explore_crashes()
        .allow(Allow::interruption_of("ship_order"))
        .await?;

    assert!(report.calls() > 20, "{report}");
    Ok(())
}

durable_test::main!();

//! Every path of the order workflow, with its exact virtual times.

use durable_test::prelude::*;
use durable_test::results::Operation;

use order_workflow::order::EXPRESS_FEE_CENTS;
use order_workflow::payment::Charge;
use order_workflow::stock::Reservation;
use order_workflow::warehouse::{CHECK_EVERY, MOST_CHECKS};
use order_workflow::{
    COOL_OFF, Item, Order, Outcome, PaymentMethod, Receipt, RejectedBecause, order_workflow,
};

fn order(items: &[(&str, u32, u64)], token: &str) -> Order {
    Order {
        id: "A-1".to_owned(),
        customer: "C-1".to_owned(),
        items: items
            .iter()
            .map(|(sku, quantity, price_cents)| Item {
                sku: (*sku).to_owned(),
                quantity: *quantity,
                price_cents: *price_cents,
            })
            .collect(),
        payment: PaymentMethod::Card {
            token: token.to_owned(),
        },
        express: false,
    }
}

fn paths(result: &ExecutionResult) -> Vec<String> {
    result.operations().iter().map(Operation::path).collect()
}

fn error_type(result: &ExecutionResult) -> Option<&str> {
    result.error()?.error_type.as_deref()
}

fn rejected(reason: RejectedBecause) -> Receipt {
    Receipt {
        order_id: "A-1".to_owned(),
        outcome: Outcome::Rejected { reason },
    }
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_order_goes_through_all_its_operations_in_order(runner: DurableRunner) -> TestOutcome {
    let order = order(
        &[("COFFEE-1KG", 2, 1_890), ("FILTER-100", 1, 399)],
        "tok_visa",
    );

    let result = runner.run(&order).timeout(Duration::from_secs(30)).await?;

    assert_eq!(
        result.result::<Receipt>()?,
        Receipt {
            order_id: "A-1".to_owned(),
            outcome: Outcome::Shipped {
                total_cents: 4_179,
                payment_id: "pay-A-1".to_owned(),
                tracking: "ST-A-1".to_owned(),
            },
        }
    );
    assert_eq!(
        paths(&result),
        [
            "validate_order",
            "reserve COFFEE-1KG",
            "reserve COFFEE-1KG/check_stock",
            "reserve COFFEE-1KG/take_stock",
            "reserve FILTER-100",
            "reserve FILTER-100/check_stock",
            "reserve FILTER-100/take_stock",
            "charge_payment",
            "cool-off",
            "pack",
            "ship_order",
            "write_receipt",
        ]
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn each_item_is_reserved_in_a_context_of_its_own(runner: DurableRunner) -> TestOutcome {
    let order = order(
        &[("MUG-BLUE", 3, 1_250), ("GRINDER-M", 1, 8_900)],
        "tok_visa",
    );

    let result = runner.run(&order).await?;

    assert_eq!(result.contexts().count(), 2);
    let taken: Reservation = result.get_step("reserve GRINDER-M/take_stock")?.result()?;
    assert_eq!(
        taken,
        Reservation {
            id: "res-A-1-GRINDER-M".to_owned(),
            sku: "GRINDER-M".to_owned(),
            quantity: 1,
        }
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn the_cool_off_takes_an_hour_and_suspends_the_function(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(&[("MUG-BLUE", 1, 1_250)], "tok_visa"))
        .timeout(Duration::from_secs(10))
        .await?;

    assert_eq!(result.get_wait("cool-off")?.duration(), COOL_OFF);
    assert_eq!(result.duration(), Duration::from_hours(1));
    assert_eq!(result.invocations().len(), 2);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_express_order_skips_the_cool_off_for_a_fee(runner: DurableRunner) -> TestOutcome {
    let order = Order {
        express: true,
        ..order(&[("GRINDER-M", 1, 8_900)], "tok_visa")
    };

    let result = runner.run(&order).await?;

    assert_eq!(
        result.result::<Receipt>()?.outcome,
        Outcome::Shipped {
            total_cents: 8_900 + EXPRESS_FEE_CENTS,
            payment_id: "pay-A-1".to_owned(),
            tracking: "EX-A-1".to_owned(),
        }
    );
    assert_eq!(result.waits().count(), 0);
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(result.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_event_without_the_express_flag_is_not_express(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({
            "id": "A-1",
            "customer": "C-1",
            "items": [{ "sku": "MUG-BLUE", "quantity": 1, "price_cents": 1250 }],
            "payment": { "method": "invoice", "reference": "PO-7" },
        }))
        .await?;

    result.ensure_succeeded()?;
    assert_eq!(result.duration(), COOL_OFF);
    assert_eq!(
        result.get_step("charge_payment")?.result::<Charge>()?,
        Charge::Accepted {
            payment_id: "inv-A-1-PO-7".to_owned()
        }
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_busy_provider_is_asked_again_after_two_and_four_seconds(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(&[("MUG-BLUE", 1, 1_250)], "tok_flaky_2"))
        .await?;

    result.ensure_succeeded()?;
    let charge = result.get_step("charge_payment")?;
    assert_eq!(charge.attempt(), 3);
    assert_eq!(charge.duration(), Duration::from_secs(2 + 4));
    assert_eq!(result.duration(), COOL_OFF + Duration::from_secs(6));
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_provider_that_stays_busy_fails_the_order_and_releases_the_stock(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(
            &[("MUG-BLUE", 1, 1_250), ("KETTLE-GN", 1, 6_490)],
            "tok_flaky_4",
        ))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(error_type(&result), Some("PaymentError"));
    let charge = result.get_step("charge_payment")?;
    assert_eq!(charge.status(), OperationStatus::Failed);
    assert_eq!(charge.attempt(), 4);
    assert_eq!(charge.duration(), Duration::from_secs(2 + 4 + 8));
    assert_eq!(
        result.step_names().split_off(5),
        ["charge_payment", "release KETTLE-GN", "release MUG-BLUE"]
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_declined_card_is_asked_once_and_the_stock_released(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(
            &[("KETTLE-GN", 1, 6_490), ("GRINDER-M", 2, 8_900)],
            "tok_declined",
        ))
        .await?;

    assert_eq!(
        result.result::<Receipt>()?,
        rejected(RejectedBecause::PaymentDeclined)
    );
    assert_eq!(result.get_step("charge_payment")?.attempt(), 1);
    // Each release returns one reservation, the last one first.
    for sku in ["GRINDER-M", "KETTLE-GN"] {
        let taken: Reservation = result
            .get_step(&format!("reserve {sku}/take_stock"))?
            .result()?;
        let released: String = result.get_step(&format!("release {sku}"))?.result()?;
        assert_eq!(released, taken.id);
    }
    assert_eq!(
        result.step_names().split_off(5),
        [
            "charge_payment",
            "release GRINDER-M",
            "release KETTLE-GN",
            "write_receipt"
        ]
    );
    assert_eq!(result.duration(), Duration::ZERO);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_short_shelf_rejects_the_order_before_it_is_charged(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(
            &[
                ("FILTER-100", 3, 399),
                ("KETTLE-GN", 13, 6_490),
                ("MUG-BLUE", 1, 1_250),
            ],
            "tok_visa",
        ))
        .await?;

    assert_eq!(
        result.result::<Receipt>()?,
        rejected(RejectedBecause::OutOfStock {
            sku: "KETTLE-GN".to_owned(),
            wanted: 13,
            on_hand: 12,
        })
    );
    assert_eq!(
        paths(&result),
        [
            "validate_order",
            "reserve FILTER-100",
            "reserve FILTER-100/check_stock",
            "reserve FILTER-100/take_stock",
            "reserve KETTLE-GN",
            "reserve KETTLE-GN/check_stock",
            "release FILTER-100",
            "write_receipt",
        ]
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn the_last_unit_on_the_shelf_can_be_ordered(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(order(&[("KETTLE-GN", 12, 6_490)], "tok_visa"))
        .await?;

    result.ensure_succeeded()?;
    result.get_step("ship_order")?;
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn packing_is_looked_at_every_ten_minutes(runner: DurableRunner) -> TestOutcome {
    // 41 units at 20 units a look.
    let result = runner
        .run(order(&[("COFFEE-1KG", 41, 1_650)], "tok_visa"))
        .await?;

    result.ensure_succeeded()?;
    let pack = result.get_step("pack")?;
    assert_eq!(pack.attempt(), 3);
    assert_eq!(pack.duration(), 2 * CHECK_EVERY);
    assert_eq!(result.duration(), COOL_OFF + 2 * CHECK_EVERY);
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_order_that_does_not_get_packed_is_refunded_and_released(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(&[("COFFEE-1KG", 300, 1_590)], "tok_visa"))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let pack = result.get_step("pack")?;
    assert_eq!(pack.attempt(), MOST_CHECKS);
    assert_eq!(pack.duration(), (MOST_CHECKS - 1) * CHECK_EVERY);
    assert_eq!(
        result.get_step("refund_payment")?.result::<String>()?,
        "refund-pay-A-1"
    );
    assert_eq!(
        result.step_names().split_off(4),
        ["pack", "refund_payment", "release COFFEE-1KG"]
    );
    Ok(())
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn an_invalid_order_fails_at_once_and_touches_nothing(runner: DurableRunner) -> TestOutcome {
    for (items, message) in [
        (vec![], "order A-1 has no items"),
        (vec![("MUG-BLUE", 0, 1_250)], "the quantity is 0"),
        (
            vec![("MUG-PINK", 1, 1_250)],
            "there is no article \"MUG-PINK\"",
        ),
        (
            vec![("MUG-BLUE", 1, 1_250), ("MUG-BLUE", 1, 1_250)],
            "the article is listed twice",
        ),
    ] {
        let result = runner.run(order(&items, "tok_visa")).await?;

        assert_eq!(result.status(), ExecutionStatus::Failed);
        assert_eq!(error_type(&result), Some("OrderError"));
        let error = result.error().map(ToString::to_string).unwrap_or_default();
        assert!(error.contains(message), "{error}");
        assert_eq!(result.step_names(), ["validate_order"]);
        assert_eq!(result.get_step("validate_order")?.attempt(), 1);
        assert_eq!(result.duration(), Duration::ZERO);
    }
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "it sets the execution timeout of a run")]
async fn an_execution_timeout_shorter_than_the_cool_off_ends_the_order(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(order(&[("MUG-BLUE", 1, 1_250)], "tok_visa"))
        .execution_timeout(Duration::from_mins(30))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    assert_eq!(result.duration(), Duration::from_mins(30));
    Ok(())
}

durable_test::main!();

//! A year in a millisecond.

use back_office::billing::{Cancellation, End, GRACE, MONTH, MONTHS, Statement, Subscription};
use back_office::year_of_billing;
use durable_test::prelude::*;

fn subscription(card: &str) -> Subscription {
    Subscription {
        id: "S-1".to_owned(),
        cents: 999,
        card: card.to_owned(),
    }
}

#[durable_test(handler = year_of_billing, local_only = "a year passes")]
async fn a_year_is_billed_month_by_month(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(subscription("tok_visa"))
        .on_callback("*", CallbackReply::never())
        .await?;

    assert_eq!(
        result.result::<Statement>()?,
        Statement {
            months: 12,
            cents: 12 * 999,
            end: End::Over,
        }
    );
    assert_eq!(result.duration(), MONTH * MONTHS);
    assert_eq!(result.invokes().count(), 12);
    let last = result.child("month-12/charge-1")?;
    assert_eq!(last.step_names(), ["charge_card"]);
    Ok(())
}

#[durable_test(handler = year_of_billing, local_only = "a year passes")]
async fn a_late_payment_does_not_move_the_next_bill(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(subscription("tok_late"))
        .on_callback("*", CallbackReply::never())
        .await?;

    assert_eq!(result.result::<Statement>()?.end, End::Over);
    assert_eq!(result.invokes().count(), 24);
    // Only the last bill's grace comes after its month.
    assert_eq!(result.duration(), MONTH * MONTHS + GRACE);
    Ok(())
}

#[durable_test(handler = year_of_billing, local_only = "a month passes")]
async fn an_empty_card_ends_the_contract(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(subscription("tok_empty"))
        .on_callback("*", CallbackReply::never())
        .await?;

    assert_eq!(
        result.result::<Statement>()?,
        Statement {
            months: 0,
            cents: 0,
            end: End::Unpaid,
        }
    );
    assert_eq!(result.duration(), MONTH + GRACE * 2);
    Ok(())
}

#[durable_test(handler = year_of_billing, local_only = "the test moves the clock")]
async fn a_customer_may_leave_in_the_middle_of_a_month(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(subscription("tok_visa")).await?;
    running.advance(MONTH * 2 + MONTH / 2).await?;
    let page = running.wait_for_callback("cancel-3").await?;
    page.succeed(&Cancellation {
        reason: "too dear".to_owned(),
    })
    .await?;

    let result = running.result().await?;
    assert_eq!(
        result.result::<Statement>()?,
        Statement {
            months: 2,
            cents: 2 * 999,
            end: End::Cancelled("too dear".to_owned()),
        }
    );
    Ok(())
}

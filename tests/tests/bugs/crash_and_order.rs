//! A bug that needs a crash and another order of concurrent steps: either alone is survived.

use std::cell::RefCell;

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::prelude::*;

use crate::assert_message;

/// A shop outside of the workflow.
#[derive(Default)]
struct Shop {
    is_paid: bool,
    is_shipped: bool,
    /// The parcel waits for the payment.
    waits: bool,
}

thread_local! {
    /// Handlers and bodies run on the thread of their test.
    static SHOP: RefCell<Shop> = RefCell::default();
}

fn reset() {
    SHOP.set(Shop::default());
}

fn hash() -> u64 {
    SHOP.with_borrow(|shop| {
        let flags = [shop.is_paid, shop.is_shipped, shop.waits];
        flags
            .iter()
            .fold(0, |hash, flag| hash * 2 + u64::from(*flag))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "what a check is")]
fn is_shipped(_: &ExecutionResult) -> TestOutcome {
    assert!(
        SHOP.with_borrow(|shop| shop.is_shipped),
        "what was paid is never shipped"
    );
    Ok(())
}

/// Books a payment anew, and sends the parcel if it waits. A second run finds none that waits.
#[durable_step]
fn pay() {
    SHOP.with_borrow_mut(|shop| {
        shop.is_paid = true;
        shop.is_shipped = std::mem::take(&mut shop.waits);
    });
}

/// Books a payment, whether or not it is the first time.
#[durable_step]
fn pay_once() {
    SHOP.with_borrow_mut(|shop| {
        shop.is_paid = true;
        shop.is_shipped |= shop.waits;
    });
}

/// Sends the parcel once it is paid.
#[durable_step]
fn ship() {
    SHOP.with_borrow_mut(|shop| {
        if shop.is_paid {
            shop.is_shipped = true;
        } else {
            shop.waits = true;
        }
    });
}

async fn sells((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let both = [pay(&ctx).future(), ship(&ctx).future()];
    ctx.try_join_all(both).await?;
    Ok(())
}

async fn sells_safely((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let both = [pay_once(&ctx).name("pay").future(), ship(&ctx).future()];
    ctx.try_join_all(both).await?;
    Ok(())
}

#[durable_test(handler = sells, local_only)]
async fn a_bug_that_needs_a_crash_and_an_order_is_found(runner: DurableRunner) -> TestOutcome {
    let crashes = runner.explore_crashes(()).setup(reset);
    crashes.check(is_shipped).await?;
    let orders = runner.explore_orders(()).setup(reset);
    orders.check(is_shipped).await?;

    let explored = runner.run(()).explore().setup(reset).outside(hash);
    let error = explored.check(is_shipped).await.unwrap_err();

    let ErrorKind::Exploration(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.plan().deviations(), 2, "{error}");
    assert_message!("crash-and-order", error);
    Ok(())
}

#[durable_test(handler = sells_safely, local_only)]
async fn a_repeated_payment_does_not_undo_the_shipping(runner: DurableRunner) -> TestOutcome {
    let explored = runner.run(()).explore().setup(reset).outside(hash);
    let report = explored.check(is_shipped).budget(3_000).await?;

    assert!(report.is_closed(), "{report}");
    Ok(())
}

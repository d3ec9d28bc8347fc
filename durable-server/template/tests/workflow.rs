//! Tests of the whole workflow: on this machine, or where it is deployed with `DURABLE_RUNNER_MODE=cloud`.

use durable_test::prelude::*;

use {{crate_name}}::{Receipt, charge, order_workflow};

#[durable_test(handler = order_workflow)]
async fn an_order_is_shipped_an_hour_after_it_is_paid(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"order_id": "order-1", "cents": 4990}))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "label for order-1");
    assert_eq!(result.step_names(), ["charge", "ship"]);
    assert_eq!(
        result.get_wait("cool-off")?.duration(),
        Duration::from_hours(1)
    );
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "the payment service is a mock")]
async fn a_busy_payment_service_is_asked_again(runner: DurableRunner) -> TestOutcome {
    let payment = runner.mock(charge);
    payment.with(|order_id, cents| Ok(Receipt { order_id, cents }));
    payment.fails(2, || std::io::Error::other("busy"));

    let result = runner
        .run(json!({"order_id": "order-1", "cents": 4990}))
        .await?;

    // One second after the first attempt, two after the second.
    let paid = result.get_step("charge")?;
    assert_eq!(
        (paid.attempt(), paid.duration()),
        (3, Duration::from_secs(3))
    );
    Ok(())
}

#[durable_test(handler = order_workflow, local_only = "crashes are explored")]
async fn no_crash_changes_the_outcome(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes(json!({"order_id": "order-1", "cents": 4990}))
        .await?;

    assert!(report.points() > 0, "{report}");
    Ok(())
}

durable_test::main!();

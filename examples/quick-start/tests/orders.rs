use durable_test::prelude::*;
use quick_start::order_workflow;

#[durable_test(handler = order_workflow)]
async fn cools_off_for_an_hour(runner: DurableRunner) -> TestOutcome {
    let order = json!({"order_id": "order-123", "cents": 4990});
    let result = runner.run(order).timeout(Duration::from_secs(30)).await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>()?, "label for order-123");
    assert_eq!(
        result.step_names(),
        ["validate", "process_payment", "label"]
    );
    assert_eq!(result.get_step("process_payment")?.attempt(), 3);
    assert_eq!(
        result.get_wait("cool-off")?.duration(),
        Duration::from_hours(1)
    );
    assert_eq!(result.get_operation("ship/label")?.attempt(), 1);
    Ok(())
}

#[durable_test(handler = order_workflow, case("free", 0), case("dear", 1_000_000))]
async fn an_order_is_shipped_at_any_price(
    runner: DurableRunner,
    label: &str,
    cents: u64,
) -> TestOutcome {
    let result = runner
        .run(json!({"order_id": label, "cents": cents}))
        .await?;
    assert_eq!(result.result::<String>()?, format!("label for {label}"));
    Ok(())
}

#[durable_test(handler = order_workflow, local_only)]
async fn survives_every_crash(runner: DurableRunner) -> TestOutcome {
    let order = json!({"order_id": "order-123", "cents": 4990});
    let report = runner.explore_crashes(order).await?;
    // What a crash can make run twice must be idempotent.
    let repeated = report.repeated_steps();
    assert!(repeated.iter().any(|step| step.path == "process_payment"));
    Ok(())
}

#[durable_test(handler = order_workflow, local_only)]
async fn no_order_of_events_matters(runner: DurableRunner) -> TestOutcome {
    let order = json!({"order_id": "order-123", "cents": 4990});
    let report = runner.explore_orders(order).await?;
    assert!(report.is_exhaustive());
    Ok(())
}

#[durable_test(handler = order_workflow, replay = "histories/*.json")]
async fn old_executions_can_go_on() {}

#[durable_test(handler = order_workflow, local_only)]
async fn survives_any_faults(runner: DurableRunner) -> TestOutcome {
    use durable_test::proptest::{check, faults};

    check((0..1_000_u64, faults(12, 3)), async |(cents, faults)| {
        let order = json!({"order_id": "order-123", "cents": cents});
        let result = runner.run(order).faults(faults).await?;
        result.ensure_succeeded()?;
        Ok(())
    })
    .await
}

#[durable_test(handler = order_workflow, local_only = "the payment service is a mock")]
async fn a_slow_payment_service_is_asked_until_it_answers(runner: DurableRunner) -> TestOutcome {
    use quick_start::{Payment, process_payment};

    let payment = runner.mock(process_payment);
    payment.with(|order_id, cents| Ok(Payment { order_id, cents }));
    payment.fails(4, || std::io::Error::other("no connection"));
    payment.takes(Duration::from_secs(3));

    let result = runner
        .run(json!({"order_id": "order-123", "cents": 4990}))
        .await?;

    // Five attempts of 3 seconds each, and 1, 2, 4 and 8 seconds between them.
    let paid = result.get_step("process_payment")?;
    assert_eq!(paid.duration(), Duration::from_secs(15 + 15));
    assert_eq!(payment.calls(), vec![("order-123".to_owned(), 4990); 5]);
    Ok(())
}

durable_test::main!();

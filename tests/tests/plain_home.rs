//! Durable tests in an ordinary test target: each is a `#[test]` of libtest.

use durable_test::prelude::*;
use durable_test::replay::ReplayReport;
use durable_workflow_tests::long_wait::long_wait;
use durable_workflow_tests::order::{Order, order_workflow};

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_durable_test_passes(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    assert_eq!(result.result::<Order>()?.order_id, "order-123");
    Ok(())
}

#[durable_test(handler = long_wait, lambda_function_name = "long_wait")]
async fn a_body_may_return_nothing(runner: DurableRunner) {
    let result = runner.run(json!({})).await.unwrap();

    assert_eq!(result.duration(), Duration::from_hours(1));
}

#[durable_test(handler = long_wait, lambda_function_name = "long_wait")]
async fn a_body_may_return_an_error_of_its_own(runner: DurableRunner) -> Result<(), String> {
    let result = runner.run(json!({})).await.map_err(|e| e.to_string())?;

    match result.result::<String>() {
        Ok(text) if text == "Complete" => Ok(()),
        other => Err(format!("unexpected: {other:?}")),
    }
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
#[ignore = "shows that an ignored test does not run"]
async fn an_ignored_test_does_not_run(_runner: DurableRunner) {
    panic!("this test was to be ignored");
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
#[should_panic(expected = "no step named \"delivery\"")]
async fn a_panic_can_be_expected(runner: DurableRunner) {
    let result = runner.run(json!({"order_id": "o-1"})).await.unwrap();

    let _ = result.get_step("delivery").unwrap();
}

#[durable_test(handler = long_wait, replay = "tests/histories/long-wait*.json")]
async fn recordings_are_replayed_in_one_test(replayed: ReplayReport) {
    assert!(replayed.is_to_the_end());
}

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
async fn a_history_is_compared_with_a_snapshot_of_the_test(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;

    assert_history!(result);
    Ok(())
}

#[test]
fn plain_tests_stand_beside_durable_ones() {
    assert_eq!(
        durable_workflow_tests::combinators::with_retry::BookingSystem::default().calls(),
        0
    );
}

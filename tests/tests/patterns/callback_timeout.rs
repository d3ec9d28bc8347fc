use durable_test::prelude::*;
use durable_test::results::Seconds;
use durable_test::results::{EventDetails, Operation};
use durable_workflow_tests::callback_timeout::callback_timeout;

#[durable_test(handler = callback_timeout, lambda_function_name = "callback_timeout")]
async fn a_callback_has_its_timeouts(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({}))
        .timeout(Duration::from_secs(10))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let callbacks: Vec<&Operation> = result.callbacks().collect();
    assert_eq!(callbacks.len(), 1);
    assert_eq!(callbacks[0].name(), Some("approval_callback"));
    let id = callbacks[0].callback_id().expect("a callback has an id");
    assert_eq!(
        result.result::<String>()?,
        format!("Callback created: {id}")
    );
    // The handler does not await the callback, so it stays open.
    assert_eq!(callbacks[0].status(), OperationStatus::Started);
    assert_eq!(result.duration(), Duration::ZERO);

    let timeouts = result
        .history()
        .iter()
        .find_map(|event| match event.details {
            EventDetails::CallbackStarted {
                timeout,
                heartbeat_timeout,
                ..
            } => Some((timeout, heartbeat_timeout)),
            _ => None,
        });
    assert_eq!(timeouts, Some((Some(Seconds(60)), Some(Seconds(30)))));
    Ok(())
}

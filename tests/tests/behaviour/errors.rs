use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::EventDetails;
use durable_workflow_tests::combinators::join::any_offer;
use serde_json::Value;

#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("order {0} is unknown")]
    Unknown(String),
}

#[durable_execution]
async fn refuses(event: String, _ctx: DurableContext) -> Result<(), OrderError> {
    Err(OrderError::Unknown(event))
}

#[durable_test(handler = refuses)]
async fn a_handlers_error_keeps_its_type(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("o-1").await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(error.error_type.as_deref(), Some("OrderError"));
    let message = error.error_message.as_deref().unwrap_or_default();
    assert!(message.contains("order o-1 is unknown"), "{message}");
    // An error that the handler returns is an outcome, which is not tried again.
    assert_eq!(result.invocations().len(), 1);
    Ok(())
}

#[durable_step(retry(max_attempts = 2, initial_delay = "3s"))]
async fn look_up(order: String) -> Result<(), OrderError> {
    Err(OrderError::Unknown(order))
}

#[durable_execution]
async fn looks_up(event: String, ctx: DurableContext) -> Result<(), BoxError> {
    look_up(&ctx, event).await?;
    Ok(())
}

#[durable_test(handler = looks_up)]
async fn a_steps_error_keeps_its_type_in_every_attempt(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("o-1").await?;

    let step = result.get_step("look_up")?.error().expect("it failed");
    assert_eq!(step.error_type.as_deref(), Some("OrderError"));
    let attempts: Vec<Option<&str>> = result
        .history()
        .iter()
        .filter_map(|event| match &event.details {
            EventDetails::StepFailed { error, .. } => Some(error.as_ref()?.error_type.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [Some("OrderError"), Some("OrderError")]);
    // The handler passes the step's error on, and with it the type.
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(error.error_type.as_deref(), Some("OrderError"));
    Ok(())
}

#[durable_execution]
async fn catches(event: String, ctx: DurableContext) -> Result<String, BoxError> {
    let Err(error) = look_up(&ctx, event).await else {
        return Ok("found".to_owned());
    };
    let wire = error.wire().ok_or("a failed step has a recorded error")?;
    Ok(wire.error_type().unwrap_or("no type").to_owned())
}

#[durable_test(handler = catches)]
async fn a_caught_error_says_what_was_recorded(runner: DurableRunner) -> TestOutcome {
    let result = runner.run("o-1").await?;

    assert_eq!(result.result::<String>()?, "OrderError");
    assert_eq!(
        result.get_step("look_up")?.status(),
        OperationStatus::Failed
    );
    Ok(())
}

#[durable_execution]
async fn plain_text_error(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.step(|_| async { Err::<(), BoxError>("no ink".into()) })
        .name("print")
        .retry_strategy(|_, _| RetryDecision::Stop)
        .await?;
    Ok(())
}

#[durable_test(handler = plain_text_error)]
async fn an_error_without_a_type_is_recorded_by_its_message(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let error = result.get_step("print")?.error().expect("it failed");
    assert_eq!(error.error_message.as_deref(), Some("no ink"));
    assert_eq!(error.error_type.as_deref(), Some("Error"));
    Ok(())
}

#[durable_test(handler = any_offer, lambda_function_name = "any_offer")]
async fn error_data_holds_what_the_sdk_recorded(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!([{"name": "a", "price": null}])).await?;

    let error = result.get_context("any")?.error().expect("it failed");
    let data = error.error_data.as_deref().unwrap_or_default();
    assert!(data.contains("a does not answer"), "{data}");
    assert!(data.contains("NoAnswer"), "{data}");
    Ok(())
}

#[durable_execution]
async fn wants_a_number(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = wants_a_number, local_only = "AWS invokes the function five times")]
async fn input_of_another_type_is_refused_after_one_invocation(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start("a text").await?;
    let error = running.result().await.expect_err("a text is no number");

    let text = error.to_string();
    assert!(
        text.starts_with(
            "the input of the run does not fit the event of the handler of function \"wants_a_number\": invalid \
             type: string \"a text\", expected u32"
        ),
        "{text}"
    );
    assert!(text.ends_with("the input is: \"a text\""), "{text}");
    assert_eq!(running.snapshot()?.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = wants_a_number)]
async fn a_result_of_another_type_says_what_it_is(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(7).await?;

    let error = result.result::<String>().expect_err("7 is no text");
    let text = error.to_string();
    assert!(text.contains("wants_a_number"), "{text}");
    assert!(text.contains("it is: 7"), "{text}");
    Ok(())
}

/// `Result`s by other names.
type Checked = Result<u32, OrderError>;
type Fallible<T> = Result<T, OrderError>;
type Outcome<T, E> = Result<T, E>;

#[durable_step(retry(max_attempts = 1))]
async fn checked(order: String) -> Checked {
    Err(OrderError::Unknown(order))
}

#[durable_step(retry(max_attempts = 1))]
async fn fallible(order: String) -> Fallible<u32> {
    Err(OrderError::Unknown(order))
}

#[durable_with_child_context]
async fn outcome(_ctx: DurableContext, order: String) -> Outcome<u32, OrderError> {
    Err(OrderError::Unknown(order))
}

#[durable_with_child_context]
async fn checked_block(_ctx: DurableContext, order: String) -> Checked {
    Err(OrderError::Unknown(order))
}

#[durable_execution]
async fn checks(order: String, ctx: DurableContext) -> Checked {
    let failed = [
        checked(&ctx, order.clone()).await.is_err(),
        fallible(&ctx, order.clone()).await.is_err(),
        outcome(&ctx, order.clone()).await.is_err(),
        checked_block(&ctx, order.clone()).await.is_err(),
    ];
    if failed == [true; 4] {
        return Err(OrderError::Unknown(order));
    }
    Ok(0)
}

#[durable_test(handler = checks)]
async fn an_error_of_a_result_by_another_name_is_recorded_as_a_failure(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run("o-1").await?;

    let failed = |error: Option<&durable_test::results::ErrorObject>| {
        error.and_then(|error| error.error_type().map(str::to_owned))
    };
    for name in ["checked", "fallible", "outcome", "checked_block"] {
        let operation = result.get_operation(name)?;
        assert_eq!(operation.status(), OperationStatus::Failed, "{name}");
        assert_eq!(
            failed(operation.error()).as_deref(),
            Some("OrderError"),
            "{name}"
        );
    }
    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(failed(result.error()).as_deref(), Some("OrderError"));
    Ok(())
}

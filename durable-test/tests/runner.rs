//! The runner's settings, and executions that chained invokes start.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::prelude::*;
use durable_test::results::Event;
use durable_test::settings::Limits;

#[durable_execution]
async fn patient_child(days: u64, ctx: DurableContext) -> Result<String, BoxError> {
    ctx.wait(Duration::from_hours(24 * days))
        .name("patience")
        .await?;
    Ok(format!("{days} days"))
}

#[durable_execution]
async fn parent(days: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let child = ctx
        .invoke::<String, u64>("patient_child:$LATEST", days)
        .name("call");
    Ok(child.await?)
}

#[durable_test(handler = parent)]
async fn a_childs_own_timeout_ends_it_and_the_call(runner: DurableRunner) -> TestOutcome {
    runner.set_execution_timeout("patient_child", Duration::from_hours(24))?;
    let result = runner.run(2).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(
        result.get_invoke("call")?.status(),
        OperationStatus::TimedOut
    );
    assert_eq!(
        result.get_invoke("call")?.error().unwrap().error_message(),
        Some("CHAINED_INVOKE timed out after 86400 seconds.")
    );
    let child = result.child("call")?;
    assert_eq!(child.status(), ExecutionStatus::TimedOut);
    assert_eq!(
        child.get_wait("patience")?.status(),
        OperationStatus::Started
    );
    assert_eq!(result.duration(), Duration::from_hours(24));
    Ok(())
}

#[durable_test(handler = parent)]
async fn a_timeout_of_an_unknown_function_names_it(runner: DurableRunner) {
    let error = runner
        .set_execution_timeout("unknown", Duration::from_hours(1))
        .unwrap_err();
    assert!(error.to_string().contains("\"unknown\""), "{error}");
    let error = runner
        .set_execution_timeout("patient_child", Duration::from_millis(10))
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ExecutionTimeout(_)));
}

#[durable_test(handler = parent)]
async fn a_child_can_be_stopped_alone(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(30).await?;
    assert!(running.child("call").is_err(), "it has not started yet");
    running.run_until_suspended().await?;
    let child = running.child("call")?;
    running.advance(Duration::from_hours(24)).await?;
    child.stop("Operator", "enough").await?;
    assert_eq!(child.result().await?.status(), ExecutionStatus::Stopped);

    let result = running.result().await?;
    let call = result.get_invoke("call")?;
    assert_eq!(call.status(), OperationStatus::Stopped);
    assert_eq!(call.error().unwrap().error_message(), Some("enough"));
    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.duration(), Duration::from_hours(24));
    Ok(())
}

#[durable_test(handler = parent)]
async fn a_stopped_parent_leaves_its_child_running(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(2).await?;
    running.run_until_suspended().await?;
    running.stop("Operator", "enough").await?;
    let child = running.child("call")?.result().await?;

    assert_eq!(child.result::<String>()?, "2 days");
    let result = running.result().await?;
    assert_eq!(result.status(), ExecutionStatus::Stopped);
    assert_eq!(
        result.get_invoke("call")?.status(),
        OperationStatus::Started
    );
    Ok(())
}

#[durable_test(handler = patient_child)]
async fn a_runner_is_reconfigured_for_the_same_handler(runner: DurableRunner) -> TestOutcome {
    let limits = Limits {
        result_bytes: 3,
        ..Limits::default()
    };
    let strict = runner.reconfigured(|settings| {
        settings
            .function_name("elsewhere")
            .location("eu-central-1", "000000000042")
            .limits(limits)
    })?;
    let result = strict.run(1).await?;
    assert!(
        result
            .arn()
            .starts_with("arn:aws:lambda:eu-central-1:000000000042:function:elsewhere:$LATEST/")
    );
    assert_eq!(
        result.error().unwrap().error_message(),
        Some("Execution output payload size must be less than or equal to 3 bytes.")
    );
    assert_eq!(runner.run(1).await?.status(), ExecutionStatus::Succeeded);
    Ok(())
}

#[durable_execution]
async fn asks(_event: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx.create_callback::<String>().name("approval").await?;
    Ok(answer.result().await?)
}

#[durable_execution]
async fn asks_through_another(event: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let other = ctx.invoke::<String, u64>("asks:$LATEST", event).name("ask");
    Ok(other.await?)
}

#[durable_test(handler = asks, should_panic = "unexpected callback")]
async fn a_panic_of_an_answer_is_the_tests_own(runner: DurableRunner) -> TestOutcome {
    let answer = |request: CallbackRequest| -> CallbackReply {
        panic!("unexpected callback: {:?}", request.name());
    };
    runner.run(1).on_callback("approval", answer).await?;
    Ok(())
}

#[durable_execution]
async fn asks_and_works_on(_event: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = ctx.create_callback::<String>().name("approval").await?;
    ctx.step(|_| async { Ok(()) }).name("work").await?;
    Ok(answer.result().await?)
}

#[durable_test(handler = asks_and_works_on)]
async fn an_answer_without_delay_arrives_when_the_execution_waits(
    runner: DurableRunner,
) -> TestOutcome {
    let answer = CallbackReply::success("granted");
    let result = runner.run(1).on_callback("approval", answer).await?;
    let events: Vec<_> = result.history().iter().map(Event::event_type).collect();
    assert_eq!(
        events,
        [
            "ExecutionStarted",
            "CallbackStarted",
            "StepStarted",
            "StepSucceeded",
            "InvocationCompleted",
            "CallbackSucceeded",
            "InvocationCompleted",
            "ExecutionSucceeded"
        ]
    );
    Ok(())
}

#[durable_test(handler = asks_through_another)]
async fn an_answer_for_any_callback_reaches_children_too(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(1)
        .on_callback("*", CallbackReply::success("any"))
        .await?;
    assert_eq!(result.result::<String>()?, "any");
    let result = runner
        .run(1)
        .on_callback("*", CallbackReply::success("any"))
        .on_callback("approval", CallbackReply::success("its own"))
        .await?;
    assert_eq!(result.result::<String>()?, "its own");
    Ok(())
}

#[durable_test(handler = asks_through_another)]
async fn the_report_names_the_callback_of_a_child(runner: DurableRunner) {
    let error = runner.run(1).await.unwrap_err().to_string();
    assert!(
        error.contains(
            "CHAINED_INVOKE \"ask\" (STARTED), CALLBACK \"approval\" (STARTED) of \"asks\""
        ),
        "{error}"
    );
}

#[durable_test(handler = asks_through_another)]
async fn a_callback_of_a_child_is_answered_live(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(1).await?;
    running.run_until_suspended().await?;
    let callback = running.child("ask")?.wait_for_callback("approval").await?;
    callback.succeed("live").await?;
    assert_eq!(running.result().await?.result::<String>()?, "live");
    Ok(())
}

#[durable_execution]
async fn returns_its_context(_event: (), ctx: DurableContext) -> Result<(String, u64), BoxError> {
    let lambda = ctx.lambda_context();
    Ok((lambda.request_id.clone(), lambda.deadline))
}

#[durable_test(handler = returns_its_context)]
async fn the_lambda_context_fits_the_virtual_clock(runner: DurableRunner) -> TestOutcome {
    let brief = runner.reconfigured(|it| it.function_timeout(Duration::from_secs(30)))?;
    let result = brief.run(()).await?;
    let (request_id, deadline) = result.result::<(String, u64)>()?;
    assert_eq!(request_id, result.invocations()[0].request_id);
    let start = u64::try_from(result.started_at().as_millis())?;
    assert_eq!(deadline, start + 30_000);
    Ok(())
}

#[durable_execution]
async fn slow_step(_event: (), ctx: DurableContext) -> Result<(), BoxError> {
    let slow = ctx.step(|_| async {
        tokio::time::sleep(Duration::from_hours(1)).await;
        Ok(())
    });
    Ok(slow.name("slow").await?)
}

#[durable_test(handler = slow_step, start_paused)]
async fn an_invocation_past_the_function_timeout_is_cut_off(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).await?;
    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.invocations().len(), 5);
    let error = result.error().unwrap();
    assert_eq!(error.error_type(), Some("Sandbox.Timedout"));
    assert!(
        error
            .to_string()
            .contains("Task timed out after 900.00 seconds"),
        "{error}"
    );
    // Five times fifteen minutes, and the back-off of 1, 2, 4 and 8 seconds between them.
    assert_eq!(result.duration(), Duration::from_secs(5 * 900 + 15));
    Ok(())
}

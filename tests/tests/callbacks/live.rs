use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Event;
use durable_workflow_tests::callbacks::{
    Decision, approval, approval_or_manager, opinion, review_beside_timer, signature,
};
use serde_json::Value;

const HOUR: Duration = Duration::from_hours(1);

#[durable_test(handler = approval, local_only = "it moves virtual time")]
async fn heartbeats_live_keep_a_callback_open(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("approval").await?;
    for _ in 0..10 {
        running.advance(Duration::from_mins(59)).await?;
        callback.heartbeat().await?;
    }
    let decision = Decision {
        approved: false,
        by: "Grace".to_owned(),
    };
    callback.succeed(&decision).await?;
    let result = running.result().await?;

    assert_eq!(result.result::<Decision>()?, decision);
    assert_eq!(result.duration(), Duration::from_mins(590));
    assert_eq!(result.arn(), running.arn());
    Ok(())
}

#[durable_test(handler = approval_or_manager, lambda_function_name = "approval_or_manager")]
async fn a_callback_is_failed_live(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("approval").await?;
    callback.fail("Refused", "not this year").await?;
    let result = running.result().await?;

    assert_eq!(result.result::<String>()?, "escalated: not this year");
    let callback = result.get_callback("approval")?;
    assert_eq!(callback.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn a_handle_has_the_id_that_the_function_knows(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("opinion").await?;

    let operation = running.operation("opinion")?;
    assert_eq!(operation.callback_id(), Some(callback.id()));
    assert_eq!(operation.operation_type(), OperationType::Callback);
    // Asking again finds the same one.
    let again = running.wait_for_callback("opinion").await?;
    assert_eq!(again.id(), callback.id());
    Ok(())
}

#[durable_test(handler = signature, local_only = "it moves virtual time")]
async fn a_wait_for_a_callback_is_completed_by_its_name(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("signature").await?;
    running.run_until_suspended().await?;
    callback.succeed("A. Lovelace").await?;

    let result = running.result().await?;
    assert_eq!(result.result::<String>()?, "A. Lovelace");
    Ok(())
}

#[durable_test(handler = review_beside_timer, local_only = "it moves virtual time")]
async fn the_clock_stands_still_until_the_execution_is_suspended(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    assert!(running.snapshot()?.operations().is_empty());

    running.run_until_suspended().await?;

    let now = running.snapshot()?;
    assert_eq!(now.status(), ExecutionStatus::Running);
    assert_eq!(now.duration(), Duration::ZERO);
    assert_eq!(now.invocations().len(), 1);
    assert_eq!(now.get_wait("day")?.status(), OperationStatus::Started);
    // A second call does nothing.
    running.run_until_suspended().await?;
    assert_eq!(running.snapshot()?.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = review_beside_timer, local_only = "it moves virtual time")]
async fn the_clock_moves_by_the_requested_time(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;

    running.advance(Duration::from_secs(7_199)).await?;
    assert_eq!(running.snapshot()?.duration(), Duration::from_secs(7_199));
    let review = running.operation("both/review/review")?;
    assert_eq!(review.status(), OperationStatus::Started);

    running.advance(Duration::from_secs(1)).await?;
    let review = running.operation("both/review/review")?;
    assert_eq!(review.status(), OperationStatus::TimedOut);
    // What follows from it has happened too.
    let branch = running.operation("both/review")?;
    assert_eq!(branch.status(), OperationStatus::Succeeded);

    running.advance(HOUR).await?;
    assert_eq!(running.snapshot()?.duration(), 3 * HOUR);
    let result = running.result().await?;
    assert_eq!(result.duration(), 24 * HOUR);
    Ok(())
}

#[durable_test(handler = review_beside_timer, local_only = "it moves virtual time")]
async fn a_finished_execution_does_not_move(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running.advance(48 * HOUR).await?;

    assert_eq!(running.snapshot()?.status(), ExecutionStatus::Succeeded);
    assert_eq!(running.result().await?.duration(), 24 * HOUR);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it moves virtual time")]
async fn a_missing_operation_is_an_error_that_lists_the_others(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running.run_until_suspended().await?;

    let error = running.operation("approval").expect_err("it has no such");
    let text = error.to_string();
    assert!(text.contains("\"approval\""), "{text}");
    assert!(text.contains("\"opinion\""), "{text}");
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it moves virtual time")]
async fn a_stopped_execution_keeps_its_open_operations(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("opinion").await?;
    running.advance(HOUR).await?;
    running.stop("Cancelled", "the customer left").await?;
    let result = running.result().await?;

    assert_eq!(result.status(), ExecutionStatus::Stopped);
    assert_eq!(result.duration(), HOUR);
    let error = result.error().expect("it was stopped with an error");
    assert_eq!(error.error_type.as_deref(), Some("Cancelled"));
    assert_eq!(error.error_message.as_deref(), Some("the customer left"));
    let open = result.get_callback("opinion")?;
    assert_eq!(open.status(), OperationStatus::Started);
    let late = callback.succeed("good").await;
    let error = late.expect_err("the callbacks of a stopped execution are over");
    assert!(error.to_string().contains("already completed"), "{error}");
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn stopping_a_finished_execution_changes_nothing(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("opinion").await?;
    callback.succeed("good").await?;
    running.result().await?;

    running.stop("Cancelled", "too late").await?;

    let result = running.result().await?;
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.error(), None);
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn a_callback_is_completed_only_once(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("opinion").await?;
    callback.succeed("good").await?;

    let second = callback.succeed("bad").await;
    let error = second.expect_err("it is over").to_string();
    assert!(
        error.contains(
            "CallbackTimeoutException: The callback is either timed out or already completed"
        ),
        "{error}"
    );
    assert!(callback.fail("Refused", "no").await.is_err());
    assert!(callback.heartbeat().await.is_err());
    assert_eq!(running.result().await?.result::<String>()?, "good");
    Ok(())
}

#[durable_test(handler = approval, local_only = "it moves virtual time")]
async fn a_callback_that_timed_out_accepts_no_answer(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("approval").await?;
    running.advance(HOUR).await?;

    let late = callback.succeed("good").await;
    let error = late.expect_err("its time is up");
    assert!(error.to_string().contains("timed out"), "{error}");
    assert_eq!(running.result().await?.status(), ExecutionStatus::Failed);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it moves virtual time")]
async fn answers_up_front_serve_a_started_execution_too(runner: DurableRunner) -> TestOutcome {
    let running = runner
        .start(json!(null))
        .on_callback("opinion", CallbackReply::success("good").after(HOUR))
        .await?;
    running.advance(HOUR / 2).await?;
    assert_eq!(
        running.operation("opinion")?.status(),
        OperationStatus::Started
    );

    let result = running.result().await?;
    assert_eq!(result.result::<String>()?, "good");
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "its answers come after hours of virtual time")]
async fn each_execution_has_answers_of_its_own(runner: DurableRunner) -> TestOutcome {
    let first = runner
        .start(json!(null))
        .on_callback("opinion", CallbackReply::success("first").after(2 * HOUR))
        .await?;
    let second = runner
        .start(json!(null))
        .on_callback("opinion", CallbackReply::success("second").after(HOUR))
        .await?;

    // Time is the same for both, so the second is over when the first is.
    let first = first.result().await?;
    let second = second.snapshot()?;
    assert_eq!(first.result::<String>()?, "first");
    assert_eq!(first.duration(), 2 * HOUR);
    assert_eq!(second.result::<String>()?, "second");
    assert_eq!(second.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "a deployed function starts at once")]
async fn an_execution_can_be_stopped_before_it_starts(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running.stop("Cancelled", "changed my mind").await?;
    let result = running.result().await?;

    assert_eq!(result.status(), ExecutionStatus::Stopped);
    assert!(result.invocations().is_empty());
    assert!(result.operations().is_empty());
    let types: Vec<&str> = result.history().iter().map(Event::event_type).collect();
    assert_eq!(types, ["ExecutionStarted", "ExecutionStopped"]);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "its answers come after hours of virtual time")]
async fn an_execution_stays_open_while_another_runs(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    let callback = running.wait_for_callback("opinion").await?;
    // The clock of both moves by an hour.
    let other = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::success("other").after(HOUR))
        .await?;
    assert_eq!(other.duration(), HOUR);
    callback.succeed("mine").await?;

    let result = running.result().await?;
    assert_eq!(result.result::<String>()?, "mine");
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

#[durable_execution]
async fn asks(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(ctx
        .create_callback::<String>()
        .name("asked")
        .await?
        .result()
        .await?)
}

#[durable_execution]
async fn calls_one_that_asks(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(ctx
        .invoke::<String, _>("asks:$LATEST", json!(null))
        .name("call")
        .await?)
}

#[durable_test(handler = calls_one_that_asks, local_only)]
async fn a_wait_reaches_the_callbacks_of_called_executions(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running
        .wait_for_callback("asked")
        .await?
        .succeed("yes")
        .await?;
    assert_eq!(running.result().await?.result::<String>()?, "yes");
    Ok(())
}

async fn asks_inside(_: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let ask = |name: &'static str| {
        move |ctx: DurableContext| async move {
            let asked = ctx
                .create_callback::<String>()
                .name("asked")
                .await?
                .result()
                .await?;
            let signed = ctx.wait_for_callback::<String, _, _>(|_, _| async { Ok(()) });
            Ok(format!("{name}: {asked} {}", signed.name("signed").await?))
        }
    };
    let one = ctx.run_in_child_context(ask("one")).name("one").spawn();
    let other = ctx.run_in_child_context(ask("other")).name("other").spawn();
    Ok(format!("{}, {}", one.await?, other.await?))
}

#[durable_test(handler = asks_inside, local_only)]
async fn a_wait_takes_a_path(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    for (path, answer) in [
        ("other/asked", "b"),
        ("one/asked", "a"),
        ("one/signed", "c"),
        ("other/signed", "d"),
    ] {
        running
            .wait_for_callback(path)
            .await?
            .succeed(answer)
            .await?;
    }
    assert_eq!(
        running.result().await?.result::<String>()?,
        "one: a c, other: b d"
    );
    Ok(())
}

use durable_test::prelude::*;
use durable_workflow_tests::callbacks::{
    Decision, approval, approval_or_manager, opinion, review_beside_timer,
};

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

fn timed_out_by(result: &ExecutionResult) -> Option<&str> {
    let callback = result.get_callback("approval").ok()?;
    if callback.status() != OperationStatus::TimedOut {
        return None;
    }
    callback.error()?.error_type.as_deref()
}

#[durable_test(handler = approval_or_manager, local_only = "its heartbeats come after hours of virtual time")]
async fn heartbeats_do_not_extend_the_timeout_of_the_callback(
    runner: DurableRunner,
) -> TestOutcome {
    let alive = CallbackReply::never().heartbeat_every(Duration::from_mins(30));
    let result = runner
        .run(json!(null))
        .on_callback("approval", alive)
        .await?;

    assert_eq!(timed_out_by(&result), Some("Callback.Timeout"));
    assert_eq!(result.result::<String>()?, "escalated: no answer");
    assert_eq!(result.duration(), 3 * DAY);
    Ok(())
}

#[durable_test(handler = approval_or_manager, lambda_function_name = "approval_or_manager")]
async fn without_a_heartbeat_a_callback_times_out_after_an_hour(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(timed_out_by(&result), Some("Callback.Heartbeat"));
    assert_eq!(result.result::<String>()?, "escalated: no sign of life");
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = approval_or_manager, local_only = "its heartbeats come after hours of virtual time")]
async fn heartbeats_that_are_too_rare_do_not_keep_a_callback_open(
    runner: DurableRunner,
) -> TestOutcome {
    let slow = CallbackReply::never().heartbeat_every(Duration::from_secs(3_601));
    let result = runner
        .run(json!(null))
        .on_callback("approval", slow)
        .await?;

    assert_eq!(timed_out_by(&result), Some("Callback.Heartbeat"));
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = approval, local_only = "its answers come after hours of virtual time")]
async fn an_answer_without_heartbeats_comes_too_late(runner: DurableRunner) -> TestOutcome {
    let late = Decision {
        approved: true,
        by: "Ada".to_owned(),
    };
    let result = runner
        .run(json!(null))
        .on_callback("approval", CallbackReply::success(&late).after(DAY))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(timed_out_by(&result), Some("Callback.Heartbeat"));
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = approval, local_only = "its answers come after hours of virtual time")]
async fn an_answer_at_the_very_deadline_comes_too_late(runner: DurableRunner) -> TestOutcome {
    let late = CallbackReply::success("too late")
        .after(3 * DAY)
        .heartbeat_every(Duration::from_mins(30));
    let result = runner
        .run(json!(null))
        .on_callback("approval", late)
        .await?;

    assert_eq!(timed_out_by(&result), Some("Callback.Timeout"));
    assert_eq!(result.duration(), 3 * DAY);
    Ok(())
}

#[durable_test(handler = review_beside_timer, lambda_function_name = "review_beside_timer")]
async fn a_callback_times_out_while_a_branch_waits(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(
        result.result::<Vec<String>>()?,
        ["no review", "a day later"]
    );
    assert_eq!(result.duration(), DAY);
    let callback = result.get_callback("both/review/review")?;
    assert_eq!(callback.status(), OperationStatus::TimedOut);
    assert_eq!(callback.duration(), 2 * HOUR);
    assert_eq!(result.get_context("both/review")?.duration(), 2 * HOUR);
    assert_eq!(result.get_wait("day")?.duration(), DAY);
    Ok(())
}

#[durable_test(handler = review_beside_timer, local_only = "its answers come after hours of virtual time")]
async fn a_callback_is_answered_while_a_branch_waits(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("review", CallbackReply::success("fine").after(HOUR))
        .await?;

    assert_eq!(result.result::<Vec<String>>()?, ["fine", "a day later"]);
    assert_eq!(result.get_callback("both/review/review")?.duration(), HOUR);
    assert_eq!(result.duration(), DAY);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it sets the execution timeout of a run")]
async fn an_execution_timeout_ends_the_wait_for_an_answer(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).execution_timeout(2 * HOUR).await?;

    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    assert_eq!(result.duration(), 2 * HOUR);
    let callback = result.get_callback("opinion")?;
    assert_eq!(callback.status(), OperationStatus::Started);
    assert_eq!(callback.ended_at(), None);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it sets the execution timeout of a run")]
async fn an_answer_within_the_execution_timeout_counts(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .execution_timeout(2 * HOUR)
        .on_callback("opinion", CallbackReply::success("good").after(HOUR))
        .await?;

    assert_eq!(result.result::<String>()?, "good");
    assert_eq!(result.duration(), HOUR);
    Ok(())
}

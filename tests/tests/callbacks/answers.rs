use std::collections::HashMap;

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::{Event, Operation};
use durable_workflow_tests::callbacks::{
    Decision, approval, approval_or_manager, opinion, signature,
};

const DAY: Duration = Duration::from_hours(24);

fn granted() -> Decision {
    Decision {
        approved: true,
        by: "Ada".to_owned(),
    }
}

fn event_types(result: &ExecutionResult) -> Vec<&str> {
    result.history().iter().map(Event::event_type).collect()
}

#[durable_test(handler = approval, local_only = "its answers come after hours of virtual time")]
async fn an_answer_comes_after_a_day_of_heartbeats(runner: DurableRunner) -> TestOutcome {
    let answer = CallbackReply::success(granted())
        .after(DAY)
        .heartbeat_every(Duration::from_mins(30));
    let result = runner
        .run(json!(null))
        .timeout(Duration::from_secs(10))
        .on_callback("approval", answer)
        .await?;

    assert_eq!(result.result::<Decision>()?, granted());
    assert_eq!(result.duration(), DAY);
    let callback = result.get_callback("approval")?;
    assert_eq!(callback.status(), OperationStatus::Succeeded);
    assert_eq!(callback.result::<Decision>()?, granted());
    assert_eq!(callback.duration(), DAY);
    // Heartbeats neither wake the function nor leave events.
    assert_eq!(result.invocations().len(), 2);
    assert_eq!(
        event_types(&result),
        [
            "ExecutionStarted",
            "CallbackStarted",
            "InvocationCompleted",
            "CallbackSucceeded",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    Ok(())
}

#[durable_test(handler = approval, lambda_function_name = "approval")]
async fn a_failed_callback_fails_the_execution(runner: DurableRunner) -> TestOutcome {
    let refusal = CallbackReply::failure("Refused", "too expensive");
    let result = runner
        .run(json!(null))
        .on_callback("approval", refusal)
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let callback = result.get_callback("approval")?;
    assert_eq!(callback.status(), OperationStatus::Failed);
    let error = callback.error().expect("a failed callback has an error");
    assert_eq!(error.error_type.as_deref(), Some("Refused"));
    assert_eq!(error.error_message.as_deref(), Some("too expensive"));
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(error.error_type.as_deref(), Some("Refused"));
    Ok(())
}

#[durable_test(handler = approval_or_manager, lambda_function_name = "approval_or_manager")]
async fn a_failure_from_outside_can_be_caught(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback(
            "approval",
            CallbackReply::failure("Refused", "too expensive"),
        )
        .await?;

    assert_eq!(result.result::<String>()?, "escalated: too expensive");
    assert_eq!(result.step_names(), ["escalate"]);
    assert_eq!(result.duration(), Duration::ZERO);
    Ok(())
}

#[durable_test(handler = approval_or_manager, lambda_function_name = "approval_or_manager")]
async fn an_answer_of_another_type_is_an_error_of_the_callback(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("approval", CallbackReply::success(7))
        .await?;

    // The callback itself was completed; it is the handler that cannot read it.
    let callback = result.get_callback("approval")?;
    assert_eq!(callback.status(), OperationStatus::Succeeded);
    assert_eq!(callback.result_json(), Some("7"));
    // The SDK reads the answer when the callback is created anew, in replay.
    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(error.error_type.as_deref(), Some("CallbackError"));
    assert!(error.to_string().contains("struct Decision"), "{error}");
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn an_answer_can_be_empty(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::success_empty())
        .await?;

    let callback = result.get_callback("opinion")?;
    assert_eq!(callback.status(), OperationStatus::Succeeded);
    assert_eq!(callback.result_json(), None);
    // A handler that expects text fails on an empty answer.
    assert_eq!(result.status(), ExecutionStatus::Failed);
    Ok(())
}

#[durable_test(handler = opinion, local_only = "it answers while an invocation runs")]
async fn an_answer_can_come_before_the_function_knows_of_the_callback(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::success("good").while_running())
        .await?;

    assert_eq!(result.result::<String>()?, "good");
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(
        event_types(&result),
        [
            "ExecutionStarted",
            "CallbackStarted",
            "CallbackSucceeded",
            "InvocationCompleted",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn a_closure_sees_the_request(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("opinion", |request: CallbackRequest| {
            let name = request.name.as_deref().unwrap_or("no name");
            let seen = format!("{name} {} {}", request.callback_id, request.execution_arn);
            CallbackReply::success(&seen)
        })
        .await?;

    let id = result.get_callback("opinion")?.callback_id();
    let id = id.expect("a callback has an id");
    assert_eq!(
        result.result::<String>()?,
        format!("opinion {id} {}", result.arn())
    );
    Ok(())
}

#[durable_test(handler = signature, lambda_function_name = "signature")]
async fn a_wait_for_a_callback_is_matched_by_its_own_name(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("signature", |request: CallbackRequest| {
            CallbackReply::success(&request.name)
        })
        .await?;

    assert_eq!(result.result::<String>()?, "signature");
    let wait = result.get_context("signature")?;
    let types: Vec<OperationType> = wait.children().map(Operation::operation_type).collect();
    assert_eq!(types, [OperationType::Callback, OperationType::Step]);
    Ok(())
}

#[durable_test(handler = opinion, lambda_function_name = "opinion")]
async fn an_answer_that_is_not_json_is_an_error_that_names_the_callback(
    runner: DurableRunner,
) -> TestOutcome {
    // JSON keys cannot be pairs.
    let pairs = HashMap::from([((1, 2), 3)]);
    let error = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::success(&pairs))
        .await
        .expect_err("it cannot be sent");

    let text = error.to_string();
    assert!(
        text.contains("the answer to callback \"opinion\" cannot be serialized to JSON"),
        "{text}"
    );
    Ok(())
}

#[durable_test(handler = signature, local_only = "it answers while an invocation runs")]
async fn an_answer_can_come_before_the_letter_is_sent(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("signature", CallbackReply::success("A. L.").while_running())
        .await?;

    assert_eq!(result.result::<String>()?, "A. L.");
    assert_eq!(result.duration(), Duration::ZERO);
    // The letter goes out all the same, once.
    assert_eq!(result.steps().count(), 1);
    let types = event_types(&result);
    let position = |wanted: &str| types.iter().position(|event_type| *event_type == wanted);
    assert!(
        position("CallbackSucceeded") < position("StepStarted"),
        "{types:?}"
    );
    assert!(
        position("StepSucceeded") < position("ContextSucceeded"),
        "{types:?}"
    );
    Ok(())
}

/// Asks for three opinions, one after the other, under one name.
#[durable_execution]
async fn asks_three_times(_event: (), ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let mut answers = Vec::new();
    for _ in 0..3 {
        let callback = ctx.create_callback::<String>().name("opinion").await?;
        answers.push(callback.result().await?);
    }
    Ok(answers)
}

#[durable_test(handler = asks_three_times, lambda_function_name = "asks_three_times", local_only)]
async fn several_answers_for_one_name_are_a_sequence(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(())
        .on_callback("opinion", CallbackReply::success(json!("good")))
        .on_callback("opinion", CallbackReply::success("better"))
        .await?;

    assert_eq!(
        result.result::<Vec<String>>()?,
        ["good", "better", "better"]
    );
    Ok(())
}

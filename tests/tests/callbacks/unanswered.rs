use durable_test::prelude::*;
use durable_workflow_tests::callback_timeout::callback_timeout;
use durable_workflow_tests::callbacks::{opinion, review_beside_timer};

#[durable_test(handler = opinion, local_only = "only virtual time shows that no answer comes")]
async fn a_run_without_an_answer_ends_at_once_with_an_error(runner: DurableRunner) -> TestOutcome {
    let error = runner
        .run(json!(null))
        .await
        .expect_err("the callback is not answered");

    assert_eq!(
        error.to_string(),
        "nothing can move the execution any more; after 1 invocation and 0s of virtual time open \
         operations: CALLBACK \"opinion\" (STARTED). An open callback needs an answer: answer it \
         by its name with `.on_callback(\"..\", CallbackReply::success(value))` of the run, complete \
         it from `runner.start(..)` with `wait_for_callback(\"..\")`, or set a timeout for it in the \
         handler"
    );
    Ok(())
}

#[durable_test(handler = opinion, local_only = "only virtual time shows that no answer comes")]
async fn an_answer_for_another_name_does_not_answer(runner: DurableRunner) -> TestOutcome {
    let error = runner
        .run(json!(null))
        .on_callback("option", CallbackReply::success("good"))
        .await
        .expect_err("the answer is for another callback");

    let open = "CALLBACK \"opinion\" (STARTED); no open callback is named \"option\". An open";
    assert!(error.to_string().contains(open), "{error}");
    Ok(())
}

#[durable_test(handler = opinion, local_only = "only virtual time shows that no answer comes")]
async fn never_does_not_answer_either(runner: DurableRunner) -> TestOutcome {
    let error = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::never())
        .await
        .expect_err("a callback without a timeout is never over");

    let text = error.to_string();
    assert!(text.contains("nothing can move the execution"), "{text}");
    Ok(())
}

#[durable_test(handler = callback_timeout, lambda_function_name = "callback_timeout")]
async fn waiting_for_a_missing_callback_is_an_error_that_names_it(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start(json!({})).await?;

    let error = running
        .wait_for_callback("signature")
        .await
        .expect_err("the execution ends without it");
    assert_eq!(
        error.to_string(),
        "no callback named \"signature\" waited for its completion before the execution ended as \
         SUCCEEDED"
    );
    Ok(())
}

#[durable_test(handler = opinion, local_only = "only virtual time shows that no answer comes")]
async fn waiting_for_one_callback_while_another_is_open_is_an_error(
    runner: DurableRunner,
) -> TestOutcome {
    let running = runner.start(json!(null)).await?;

    let error = running
        .wait_for_callback("approval")
        .await
        .expect_err("the execution waits for another callback");
    let open = "CALLBACK \"opinion\" (STARTED); no open callback is named \"approval\". An open";
    assert!(error.to_string().contains(open), "{error}");
    // The execution continues.
    let callback = running.wait_for_callback("opinion").await?;
    callback.succeed("good").await?;
    assert_eq!(running.result().await?.result::<String>()?, "good");
    Ok(())
}

#[durable_test(handler = review_beside_timer, local_only = "it moves virtual time")]
async fn waiting_for_a_completed_callback_is_an_error(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running.advance(Duration::from_hours(3)).await?;

    let error = running
        .wait_for_callback("review")
        .await
        .expect_err("it timed out an hour ago");
    assert!(error.to_string().contains("\"review\""), "{error}");
    Ok(())
}

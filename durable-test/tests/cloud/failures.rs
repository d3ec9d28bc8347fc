//! Failures of deployed functions, and their messages.

use std::time::{Duration, Instant};

use durable_test::cloud::CloudError;
use durable_test::prelude::*;
use durable_test::{DurableRunner, ErrorKind};

use crate::peer::{
    ARN, Action, Answer, FUNCTION, Peer, callback_started, execution_started, execution_succeeded,
    invocation_completed, of, settings,
};

/// The message of a run whose invocation is answered like this.
async fn invoking(answer: Answer) -> String {
    let peer = Peer::start(move |_| answer.clone());
    let error = peer.runner().run(()).await.unwrap_err();
    assert_eq!(peer.calls(Action::Describe).len(), 0);
    error.to_string()
}

#[tokio::test]
async fn a_missing_permission_to_invoke_is_named() {
    let denied = "User: me is not authorized to perform: lambda:InvokeFunction";
    let message = invoking(Answer::refused(403, "AccessDeniedException", denied)).await;
    assert_eq!(
        message,
        "Failed to invoke Lambda function Orders:$LATEST: AccessDeniedException: User: me is not \
         authorized to perform: lambda:InvokeFunction. The caller needs the permission \
         lambda:InvokeFunction"
    );
}

#[tokio::test]
async fn rejected_credentials_are_reported_with_how_to_verify_them() {
    for code in ["UnrecognizedClientException", "ExpiredTokenException"] {
        let message = invoking(Answer::refused(403, code, "The security token is invalid.")).await;
        assert_eq!(
            message,
            format!(
                "Failed to invoke Lambda function Orders:$LATEST: {code}: The security token is \
                 invalid. Verify your AWS credentials: aws sts get-caller-identity. Set them up with: \
                 aws configure, or sign in with: aws sso login"
            )
        );
    }
}

#[tokio::test]
async fn a_missing_function_is_reported_with_its_name_and_region() {
    let text = "Function not found: arn:aws:lambda:us-west-2:123456789012:function:Orders";
    let message = invoking(Answer::refused(404, "ResourceNotFoundException", text)).await;
    assert!(
        message.starts_with(
            "Failed to invoke Lambda function Orders:$LATEST: ResourceNotFoundException: Function \
             not found: arn:aws:lambda:us-west-2:123456789012:function:Orders. Verify that the \
             function exists at http://127.0.0.1:"
        ),
        "{message}"
    );
    let command = "aws lambda get-function --function-name Orders --region us-west-2";
    assert!(message.contains(command), "{message}");
}

#[tokio::test]
async fn an_unqualified_name_needs_a_version_or_an_alias() {
    let peer = Peer::start(|_| {
        let text = "You cannot invoke a durable function using an unqualified ARN.";
        Answer::refused(400, "InvalidParameterValueException", text)
    });
    let runner = DurableRunner::cloud("Orders", &peer.settings);
    let message = runner.run(()).await.unwrap_err().to_string();
    assert_eq!(
        message,
        "Failed to invoke Lambda function Orders: InvalidParameterValueException: You cannot invoke \
         a durable function using an unqualified ARN. Name a version or an alias, such as \
         Orders:$LATEST"
    );
}

#[tokio::test]
async fn lasting_throttling_reports_the_retries() {
    let peer = Peer::start(|_| Answer::throttled());
    let message = peer.runner().run(()).await.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "Failed to invoke Lambda function Orders:$LATEST: TooManyRequestsException: Rate \
             Exceeded. It was tried several times."
        ),
        "{message}"
    );
    assert_eq!(peer.calls(Action::Invoke).len(), 4);
}

#[tokio::test]
async fn a_function_that_is_not_durable_is_named() {
    let message = invoking(Answer::not_durable()).await;
    assert!(
        message.starts_with("No DurableExecutionArn in response for function Orders:$LATEST."),
        "{message}"
    );
    assert!(message.contains("DurableConfig"), "{message}");
}

#[tokio::test]
async fn an_error_of_the_function_itself_is_shown_with_its_log() {
    let error = json!({"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"});
    let message = invoking(Answer::function_error(error)).await;
    assert_eq!(
        message,
        "Lambda function failed: Runtime.ExitError: exit status 1. See the log of Orders:$LATEST: \
         aws logs tail /aws/lambda/Orders --follow"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let runner = DurableRunner::cloud(FUNCTION, &settings(&url));
    let message = runner.run(()).await.unwrap_err().to_string();
    assert!(
        message.starts_with("Failed to invoke Lambda function Orders:$LATEST: "),
        "{message}"
    );
    let advice = format!("Nothing usable answers at {url}, which is LAMBDA_ENDPOINT");
    assert!(message.contains(&advice), "{message}");
}

/// A peer that starts an execution, and answers everything else like this.
fn started_then(answer: impl Fn(Action) -> Answer + Send + 'static) -> Peer {
    Peer::start(move |call| match call.action {
        Action::Invoke => Answer::started(),
        other => answer(other),
    })
}

#[tokio::test]
async fn a_missing_permission_to_read_is_named() {
    let peer = started_then(|action| match action {
        Action::Describe => Answer::succeeded("1"),
        _ => Answer::refused(403, "AccessDeniedException", "not for you"),
    });
    let message = peer.runner().run(()).await.unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "Failed to get execution status: AccessDeniedException: not for you. The execution is \
             {ARN}. The caller needs the permission lambda:GetDurableExecution and \
             lambda:GetDurableExecutionHistory"
        )
    );
}

#[tokio::test]
async fn a_service_that_stays_broken_ends_the_run() {
    let peer = started_then(|_| Answer::broken());
    let message = peer.runner().run(()).await.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "Failed to get execution status: ServiceException: An error occurred. The execution is \
             arn:aws:lambda:"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn an_execution_that_is_not_found_asks_for_the_region() {
    let text = "Durable Execution does not exist";
    let peer = started_then(move |_| Answer::refused(404, "ResourceNotFoundException", text));
    let message = peer.runner().run(()).await.unwrap_err().to_string();
    assert!(message.contains("AWS_REGION"), "{message}");
}

#[tokio::test]
async fn a_run_past_its_timeout_reports_what_it_was_doing() {
    let history = vec![
        execution_started(),
        of("2", Some("pay"), "StepStarted", json!({})),
        invocation_completed(),
        callback_started("3", Some("approval")),
        invocation_completed(),
    ];
    let peer = started_then(move |action| match action {
        Action::Describe => Answer::running(),
        _ => Answer::history(&history),
    });
    let before = Instant::now();
    let run = peer.runner().run(()).timeout(Duration::from_millis(300));
    let error = run.await.unwrap_err();

    assert!(before.elapsed() < Duration::from_secs(5));
    let kind = error.kind();
    let timed_out = matches!(
        kind,
        ErrorKind::Cloud {
            source: CloudError::TimedOut { .. },
            ..
        }
    );
    assert!(timed_out, "{kind:?}");
    let message = error.to_string();
    let beginning = format!("the execution {ARN} did not end within 0.3 s; it is RUNNING after ");
    assert!(message.starts_with(&beginning), "{message}");
    let open = "and 2 invocations, open operations: STEP \"pay\" (STARTED), CALLBACK \"approval\" \
                (STARTED). An open callback needs an answer: answer it by its name";
    assert!(message.contains(open), "{message}");
}

#[tokio::test]
async fn a_run_that_waits_past_its_timeout_says_that_waits_are_real() {
    let wait = json!({"Duration": 3600, "ScheduledEndTimestamp": 1_767_229_201.0});
    let history = vec![
        execution_started(),
        of("2", Some("cool-off"), "WaitStarted", wait),
        invocation_completed(),
    ];
    let peer = started_then(move |action| match action {
        Action::Describe => Answer::running(),
        _ => Answer::history(&history),
    });
    let run = peer.runner().run(()).timeout(Duration::from_millis(100));
    let message = run.await.unwrap_err().to_string();
    assert!(
        message.contains("WAIT \"cool-off\" (STARTED, due 2026-01-01T01:00:01.000Z)"),
        "{message}"
    );
    assert!(message.contains("a wait takes its real time"), "{message}");
}

#[tokio::test]
async fn an_execution_that_ended_in_time_has_not_timed_out() {
    let history = vec![execution_started(), execution_succeeded("1")];
    let peer = started_then(move |action| match action {
        Action::Describe => Answer::succeeded("1"),
        _ => Answer::history(&history),
    });
    let result = peer.runner().run(()).timeout(Duration::ZERO).await.unwrap();
    assert_eq!(result.result::<u32>().unwrap(), 1);
}

#[tokio::test]
async fn throttling_until_the_timeout_is_reported() {
    let peer = started_then(|_| Answer::throttled());
    let run = peer.runner().run(()).timeout(Duration::from_secs(2));
    let message = run.await.unwrap_err().to_string();
    assert!(
        message.contains("did not end within 2 s; the service's last answer was TooManyRequests"),
        "{message}"
    );
}

//! Runs to the end of an execution.

use std::time::Duration;

use durable_test::prelude::*;
use durable_test::results::EventDetails;
use serde_json::Value;

use crate::peer::{
    ARN, Action, Answer, FUNCTION, Peer, execution_started, execution_succeeded,
    invocation_completed, numbered, of,
};

/// An order with a step, a wait and an event that is newer than this version.
fn order() -> Vec<Value> {
    let result = json!({"Result": {"Payload": "\"paid\""}, "RetryDetails": {"CurrentAttempt": 1}});
    let wait = json!({"Duration": 2, "ScheduledEndTimestamp": 1_767_225_604.0});
    vec![
        execution_started(),
        of("2", Some("pay"), "StepStarted", json!({})),
        of("2", Some("pay"), "StepSucceeded", result),
        of("3", Some("cool-off"), "WaitStarted", wait),
        invocation_completed(),
        of("3", Some("cool-off"), "WaitSnoozed", json!({"Minutes": 5})),
        of(
            "3",
            Some("cool-off"),
            "WaitSucceeded",
            json!({"Duration": 2}),
        ),
        invocation_completed(),
        execution_succeeded("\"done\""),
    ]
}

/// A peer whose execution is over at the third look.
fn peer(history: impl Fn(&str) -> Answer + Send + 'static) -> Peer {
    let mut looks = 0;
    Peer::start(move |call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => {
            looks += 1;
            if looks < 3 {
                Answer::running()
            } else {
                Answer::succeeded("\"done\"")
            }
        }
        Action::History => history(&call.query),
        other => panic!("unexpected call: {other:?}"),
    })
}

#[tokio::test]
async fn a_run_returns_what_the_service_reports() {
    let peer = peer(|_| Answer::history(&order()));
    let runner = peer.runner();
    assert_eq!(runner.mode(), RunnerMode::Cloud);

    let result = runner.run(json!({"id": 7})).await.unwrap();

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(result.result::<String>().unwrap(), "done");
    assert_eq!((result.arn(), result.name()), (ARN, "one"));
    assert_eq!(result.function(), "Orders");
    assert_eq!(result.step_names(), ["pay"]);
    let pay = result.get_step("pay").unwrap();
    assert_eq!(pay.result::<String>().unwrap(), "paid");
    assert_eq!(pay.attempt(), 1);
    assert_eq!(
        result.get_wait("cool-off").unwrap().status(),
        OperationStatus::Succeeded
    );
    assert_eq!(result.invocations().len(), 2);
    assert_eq!(result.duration(), Duration::from_secs(5));

    let invoked = peer.calls(Action::Invoke);
    assert_eq!(invoked.len(), 1);
    assert_eq!(invoked[0].subject, FUNCTION);
    assert_eq!(invoked[0].body, r#"{"id":7}"#);
    assert_eq!(peer.calls(Action::Describe)[0].subject, ARN);
    let asked = &peer.calls(Action::History)[0].query;
    assert!(asked.contains("IncludeExecutionData=true"), "{asked}");
}

#[tokio::test]
async fn an_event_of_an_unknown_type_is_kept_with_its_details() {
    let peer = peer(|_| Answer::history(&order()));
    let result = peer.runner().run(()).await.unwrap();

    let event = &result.history()[5];
    assert_eq!(event.event_type(), "WaitSnoozed");
    let EventDetails::Unknown { details, .. } = &event.details else {
        panic!("{event:?}");
    };
    assert_eq!(details, &json!({"Minutes": 5}));
}

#[tokio::test]
async fn a_history_is_read_through_all_its_pages() {
    let events = numbered(&order());
    let peer = peer(move |query| match query {
        query if query.contains("Marker=second%2B") => Answer::page(&events[4..5], Some("third")),
        query if query.contains("Marker=third") => Answer::page(&events[5..], Some("")),
        _ => Answer::page(&events[..4], Some("second+")),
    });
    let result = peer.runner().run(()).await.unwrap();

    let ids: Vec<u64> = result
        .history()
        .iter()
        .map(|event| event.event_id)
        .collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(result.operations().len(), 2);
}

#[tokio::test]
async fn a_history_whose_pages_repeat_is_an_error() {
    let peer = peer(|_| Answer::page(&[], Some("again")));
    let error = peer.runner().run(()).await.unwrap_err().to_string();
    assert!(error.contains("the same page"), "{error}");
}

#[tokio::test]
async fn a_history_that_lags_behind_the_status_is_read_again() {
    let mut reads = 0;
    let peer = Peer::start(move |call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => Answer::succeeded("\"done\""),
        _ => {
            reads += 1;
            let seen = if reads == 1 { 5 } else { 9 };
            Answer::history(&order()[..seen])
        }
    });
    let result = peer.runner().run(()).await.unwrap();
    assert_eq!(result.history().len(), 9);
}

#[tokio::test]
async fn a_failed_execution_is_a_result() {
    let peer = Peer::start(|call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => Answer::described(
            ARN,
            "FAILED",
            &json!({"Error": {"ErrorType": "Declined", "ErrorMessage": "no funds"}}),
        ),
        _ => Answer::history(&[
            execution_started(),
            invocation_completed(),
            of(
                "1",
                Some("one"),
                "ExecutionFailed",
                json!({"Error": {"Payload": {"ErrorType": "Declined"}}}),
            ),
        ]),
    });
    let result = peer.runner().run(()).await.unwrap();

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.error().unwrap().to_string(), "Declined: no funds");
}

#[tokio::test]
async fn every_run_has_a_unique_name_unless_it_sets_one() {
    let peer = peer(|_| Answer::history(&order()));
    let runner = peer.runner();
    runner.run(()).await.unwrap();
    runner.run(()).await.unwrap();
    runner.run(()).name("order-7").await.unwrap();

    let calls = peer.calls(Action::Invoke);
    let names: Vec<&str> = calls
        .iter()
        .map(|call| call.execution_name.as_deref().unwrap())
        .collect();
    assert_ne!(names[0], names[1]);
    assert!(names[0].len() <= 64, "{names:?}");
    assert_eq!(names[2], "order-7");
}

#[tokio::test]
async fn a_repeated_call_asks_for_the_same_execution() {
    let mut tries = 0;
    let peer = Peer::start(move |call| match call.action {
        Action::Invoke => {
            tries += 1;
            match tries {
                1 => Answer::throttled(),
                2 => Answer::broken(),
                _ => Answer::started(),
            }
        }
        Action::Describe => Answer::succeeded("\"done\""),
        _ => Answer::history(&order()),
    });
    peer.runner().run(()).await.unwrap();

    let calls = peer.calls(Action::Invoke);
    assert_eq!(calls.len(), 3);
    assert!(calls[0].execution_name.is_some());
    assert!(
        calls
            .iter()
            .all(|call| call.execution_name == calls[0].execution_name)
    );
}

#[tokio::test]
async fn transient_errors_do_not_end_a_run() {
    let mut looks = 0;
    let peer = Peer::start(move |call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => {
            looks += 1;
            match looks {
                1..=5 => Answer::broken(),
                6 => Answer::running(),
                7..=12 => Answer::throttled(),
                _ => Answer::succeeded("\"done\""),
            }
        }
        _ => Answer::history(&order()),
    });
    let result = peer.runner().run(()).await.unwrap();
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_of_the_test_does_not_reach_the_calls() {
    let peer = peer(|_| Answer::history(&order()));
    let result = peer.runner().run(()).await.unwrap();
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
}

const CHILD: &str =
    "arn:aws:lambda:us-west-2:123456789012:function:Price:3/durable-execution/two/2";

/// A peer whose execution called another, which is described by `child`.
fn calling(child: impl Fn() -> Answer + Send + 'static) -> Peer {
    let call = json!({"FunctionName": "Price:3", "DurableExecutionArn": CHILD});
    let parent = vec![
        execution_started(),
        of("2", Some("price"), "ChainedInvokeStarted", call),
        invocation_completed(),
        of(
            "2",
            Some("price"),
            "ChainedInvokeSucceeded",
            json!({"Result": {"Payload": "119"}}),
        ),
        invocation_completed(),
        execution_succeeded("119"),
    ];
    Peer::start(move |call| match (call.action, call.subject.as_str()) {
        (Action::Invoke, _) => Answer::started(),
        (Action::Describe, CHILD) => child(),
        (Action::Describe, _) => Answer::succeeded("119"),
        (_, CHILD) => Answer::history(&order()),
        _ => Answer::history(&parent),
    })
}

#[tokio::test]
async fn the_executions_that_it_called_are_read_too() {
    let peer = calling(|| Answer::described(CHILD, "SUCCEEDED", &json!({"Result": "\"done\""})));
    let result = peer.runner().run(()).await.unwrap();

    let child = result.child("price").unwrap();
    assert_eq!(child.arn(), CHILD);
    assert_eq!(child.result::<String>().unwrap(), "done");
    assert_eq!(child.step_names(), ["pay"]);
}

#[tokio::test]
async fn a_called_execution_without_read_permission_is_an_error_when_it_is_read() {
    let peer = calling(|| Answer::refused(403, "AccessDeniedException", "not for you"));
    let result = peer.runner().run(()).await.unwrap();

    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let error = result.child("price").unwrap_err().to_string();
    assert!(error.starts_with(
        "the execution that chained invoke \"price\" started cannot be read: Failed to get execution \
         status: AccessDeniedException: not for you."
    ));
    assert!(error.contains("lambda:GetDurableExecution"), "{error}");
}

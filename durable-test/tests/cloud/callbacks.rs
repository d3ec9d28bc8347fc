//! Callbacks of deployed functions, answered up front and by hand; stopping.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_test::ErrorKind;
use durable_test::prelude::*;
use serde_json::Value;

use crate::peer::{
    ARN, Action, Answer, Peer, callback_started, execution_started, execution_succeeded,
    invocation_completed, of,
};

/// A peer whose execution waits for an approval until the callback is completed.
fn approval() -> Peer {
    let mut history = vec![
        execution_started(),
        of("2", Some("approval"), "ContextStarted", json!({})),
        {
            // The SDK names the context, and not the callback within.
            let mut callback = callback_started("3", None);
            callback["ParentId"] = json!("2");
            callback
        },
        invocation_completed(),
    ];
    waiting(move |call| {
        if call == Action::Succeed || call == Action::Fail {
            history.extend([
                of("3", None, "CallbackSucceeded", json!({"Result": {}})),
                invocation_completed(),
                execution_succeeded("1"),
            ]);
        }
        history.clone()
    })
}

/// A peer whose execution runs until its history ends; the history follows from the actions.
fn waiting(mut history: impl FnMut(Action) -> Vec<Value> + Send + 'static) -> Peer {
    Peer::start(move |call| {
        let events = history(call.action);
        let over = events
            .last()
            .is_some_and(|event| event["EventType"] == "ExecutionSucceeded");
        match call.action {
            Action::Invoke => Answer::started(),
            Action::Describe if over => Answer::succeeded("1"),
            Action::Describe => Answer::running(),
            Action::History => Answer::history(&events),
            _ => Answer::ok(json!({})),
        }
    })
}

#[tokio::test]
async fn an_answer_planned_up_front_is_sent_once() {
    let peer = approval();
    let reply = CallbackReply::success("granted");
    let result = peer.runner().run(()).on_callback("approval", reply).await;

    assert_eq!(result.unwrap().status(), ExecutionStatus::Succeeded);
    let sent = peer.calls(Action::Succeed);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].subject, "callback+3/");
    assert_eq!(sent[0].body, "\"granted\"");
    let looks = peer.calls(Action::History);
    assert!(looks[0].query.contains("IncludeExecutionData=false"));
}

#[tokio::test]
async fn several_answers_for_one_name_are_a_sequence() {
    let started = |id| callback_started(id, Some("opinion"));
    let mut answered = 0;
    let peer = waiting(move |action| {
        if action == Action::Succeed {
            answered += 1;
        }
        let mut events = vec![execution_started()];
        for id in ["2", "3", "4"].into_iter().take(answered + 1) {
            events.extend([started(id), invocation_completed()]);
        }
        if answered == 3 {
            events.push(execution_succeeded("1"));
        }
        events
    });
    let run = peer
        .runner()
        .run(())
        .on_callback("opinion", CallbackReply::success("good"))
        .on_callback("opinion", CallbackReply::success("better"));
    run.await.unwrap();

    let sent = peer.calls(Action::Succeed);
    let sent: Vec<_> = sent.iter().map(|call| call.body.as_str()).collect();
    assert_eq!(sent, ["\"good\"", "\"better\"", "\"better\""]);
}

#[tokio::test]
async fn an_answer_may_be_a_failure_from_a_closure_that_is_called_once() {
    let peer = approval();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&asked);
    let reply = move |request: CallbackRequest| {
        requests.lock().unwrap().push(request);
        CallbackReply::failure("Rejected", "too expensive")
    };
    peer.runner().run(()).on_callback("*", reply).await.unwrap();

    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].name(), Some("approval"));
    assert_eq!(
        (asked[0].id(), asked[0].execution_arn.as_str()),
        ("callback+3/", ARN)
    );
    let sent: Value = serde_json::from_str(&peer.calls(Action::Fail)[0].body).unwrap();
    assert_eq!(sent["ErrorType"], "Rejected");
    assert_eq!(sent["ErrorMessage"], "too expensive");
}

#[tokio::test]
async fn an_answer_waits_in_real_time_with_heartbeats_meanwhile() {
    let peer = approval();
    let reply = CallbackReply::success(1)
        .after(Duration::from_millis(400))
        .heartbeat_every(Duration::from_millis(100));
    let started = std::time::Instant::now();
    peer.runner()
        .run(())
        .on_callback("approval", reply)
        .await
        .unwrap();

    assert!(started.elapsed() >= Duration::from_millis(400));
    assert!(!peer.calls(Action::Heartbeat).is_empty());
    assert_eq!(peer.calls(Action::Succeed).len(), 1);
}

#[tokio::test]
async fn an_answer_waits_for_the_end_of_the_invocation_that_created_the_callback() {
    let mut looks = 0;
    let mut answered = false;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let order = Arc::clone(&seen);
    let peer = waiting(move |action| {
        let mut events = vec![execution_started(), callback_started("2", Some("approval"))];
        if action == Action::History {
            looks += 1;
        }
        if looks > 3 {
            events.push(invocation_completed());
        }
        if action == Action::Succeed {
            order.lock().unwrap().push(looks);
            answered = true;
        }
        if answered {
            events.extend([
                of(
                    "2",
                    Some("approval"),
                    "CallbackSucceeded",
                    json!({"Result": {}}),
                ),
                execution_succeeded("1"),
            ]);
        }
        events
    });
    let reply = CallbackReply::success(1);
    peer.runner()
        .run(())
        .on_callback("approval", reply)
        .await
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), [4]);
}

#[tokio::test]
async fn an_answer_that_would_come_too_late_is_an_error_at_once() {
    let peer = approval();
    let reply = CallbackReply::success("granted").after(Duration::from_hours(48));
    let run = peer.runner().run(()).on_callback("approval", reply);
    let message = run.await.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "callback \"approval\" is to be answered after 172800 s, and the run has a timeout of \
             300 s: in cloud mode the answer waits in real time"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn an_answer_to_a_completed_callback_is_no_error() {
    let mut looks = 0;
    let peer = Peer::start(move |call| {
        let mut events = vec![
            execution_started(),
            callback_started("2", Some("approval")),
            invocation_completed(),
        ];
        match call.action {
            Action::Invoke => Answer::started(),
            Action::Succeed => {
                let text = "The callback is either timed out or already completed";
                Answer::refused(400, "CallbackTimeoutException", text)
            }
            Action::Describe if looks > 2 => Answer::succeeded("1"),
            Action::Describe => {
                looks += 1;
                Answer::running()
            }
            _ => {
                if looks > 2 {
                    events.push(execution_succeeded("1"));
                }
                Answer::history(&events)
            }
        }
    });
    let reply = CallbackReply::success(1);
    let result = peer.runner().run(()).on_callback("approval", reply).await;
    assert_eq!(result.unwrap().status(), ExecutionStatus::Succeeded);
    assert_eq!(peer.calls(Action::Succeed).len(), 1);
}

#[tokio::test]
async fn a_missing_permission_to_answer_is_named() {
    let peer = Peer::start(|call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => Answer::running(),
        Action::History => Answer::history(&[
            execution_started(),
            callback_started("2", Some("approval")),
            invocation_completed(),
        ]),
        _ => Answer::refused(403, "AccessDeniedException", "not for you"),
    });
    let run = peer.runner().run(());
    let run = run.on_callback("approval", CallbackReply::success(1));
    assert_eq!(
        run.await.unwrap_err().to_string(),
        "Failed to complete callback callback+2/: AccessDeniedException: not for you. The caller \
         needs the permission lambda:SendDurableExecutionCallbackSuccess"
    );
}

#[tokio::test]
async fn a_callback_is_completed_by_hand() {
    let peer = approval();
    let running = peer.runner().start(()).await.unwrap();
    assert_eq!(running.arn(), ARN);
    let callback = running.wait_for_callback("approval").await.unwrap();
    assert_eq!(callback.id(), "callback+3/");
    assert_eq!(
        running.operation("approval").unwrap().status(),
        OperationStatus::Started
    );
    callback.heartbeat().await.unwrap();
    callback.succeed("granted").await.unwrap();

    let result = running.result().await.unwrap();
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    assert_eq!(peer.calls(Action::Heartbeat).len(), 1);
    assert_eq!(peer.calls(Action::Succeed)[0].body, "\"granted\"");
}

#[tokio::test]
async fn waiting_for_a_callback_that_never_comes_ends_with_the_execution() {
    let peer = waiting(|_| vec![execution_started(), execution_succeeded("1")]);
    let running = peer.runner().start(()).await.unwrap();
    let error = running.wait_for_callback("approval").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoCallback { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_execution_is_stopped() {
    let mut stopped = false;
    let peer = Peer::start(move |call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Stop => {
            stopped = true;
            Answer::ok(json!({"StopTimestamp": 1_767_225_603.0}))
        }
        Action::Describe if stopped => Answer::described(ARN, "STOPPED", &json!({})),
        Action::Describe => Answer::running(),
        _ => {
            let end = of("1", Some("one"), "ExecutionStopped", json!({"Error": {}}));
            Answer::history(&[execution_started(), end])
        }
    });
    let running = peer.runner().start(()).await.unwrap();
    running.stop("Cancelled", "not needed").await.unwrap();

    let result = running.result().await.unwrap();
    assert_eq!(result.status(), ExecutionStatus::Stopped);
    let sent: Value = serde_json::from_str(&peer.calls(Action::Stop)[0].body).unwrap();
    assert_eq!(sent["ErrorType"], "Cancelled");
}

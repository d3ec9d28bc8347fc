//! Calls of local mode fail in cloud mode, with an error that names the call and the way out.

use std::time::Duration;

use durable_runtime::prelude::{BoxError, DurableContext, durable_step};
use durable_test::{Error, ErrorKind};

use crate::peer::{Action, Answer, Peer, execution_started, execution_succeeded};

/// A peer whose execution runs.
fn running() -> Peer {
    Peer::start(|call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => Answer::running(),
        _ => Answer::history(&[execution_started()]),
    })
}

fn belongs_to_local_mode(error: &Error, what: &str) {
    assert!(
        matches!(error.kind(), ErrorKind::LocalOnly { .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("{what} belongs to local mode")),
        "{message}"
    );
    assert!(message.contains("local_only"), "{message}");
    assert!(message.contains("runner.mode()"), "{message}");
}

#[tokio::test]
async fn virtual_time_belongs_to_local_mode() {
    let peer = running();
    let running = peer.runner().start(()).await.unwrap();
    let error = running.advance(Duration::from_mins(1)).await.unwrap_err();
    belongs_to_local_mode(&error, "`advance`");
    let error = running.run_until_suspended().await.unwrap_err();
    belongs_to_local_mode(&error, "`run_until_suspended`");
}

#[tokio::test]
async fn timeouts_of_executions_belong_to_deployed_functions() {
    let peer = running();
    let runner = peer.runner();
    let run = runner.run(()).execution_timeout(Duration::from_mins(1));
    let error = run.await.unwrap_err();
    belongs_to_local_mode(
        &error,
        "`execution_timeout`, which the deployed function has in its DurableConfig,",
    );
    let error = runner
        .set_execution_timeout("price", Duration::from_mins(1))
        .unwrap_err();
    belongs_to_local_mode(&error, "`set_execution_timeout`");
    assert_eq!(peer.calls(Action::Invoke).len(), 0);
}

#[tokio::test]
async fn settings_of_the_local_service_belong_to_local_mode() {
    let peer = running();
    let error = peer.runner().reconfigured(|settings| settings).unwrap_err();
    belongs_to_local_mode(&error, "`reconfigured`");
}

async fn price(cents: u64, _ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(cents)
}

#[tokio::test]
async fn a_registered_function_fails_the_next_run() {
    let peer = running();
    let runner = peer.runner();
    runner.register_function(
        "price",
        |cents: u64| async move { Ok::<_, BoxError>(cents) },
    );
    let error = runner.run(()).await.unwrap_err();
    belongs_to_local_mode(&error, "`register_function`");

    let runner = peer.runner();
    runner.register_durable_function("price", price);
    let error = runner.start(()).await.unwrap_err();
    belongs_to_local_mode(&error, "`register_durable_function`");
    assert_eq!(peer.calls(Action::Invoke).len(), 0);
}

#[durable_step]
async fn charge(cents: u64) -> u64 {
    cents
}

#[tokio::test]
async fn a_mock_fails_the_next_run() {
    let peer = running();
    let runner = peer.runner();
    // It can be set up all the same; a step that is deployed would not know of it.
    let mock = runner.mock(charge);
    mock.returns(5).takes(Duration::from_secs(1));
    let error = runner.run(()).await.unwrap_err();
    belongs_to_local_mode(&error, "`mock(charge)`");
    let message = error.to_string();
    let place = "called at durable-test/tests/cloud/local_only.rs:";
    assert!(message.contains(place), "{message}");
    assert_eq!(mock.count(), 0);

    let runner = peer.runner();
    runner.mock_function("price").returns(5);
    let error = runner.start(()).await.unwrap_err();
    belongs_to_local_mode(&error, "`mock_function(\"price\")`");
    assert_eq!(peer.calls(Action::Invoke).len(), 0);
}

#[tokio::test]
async fn a_handler_over_fakes_leaves_the_deployed_function_as_it_is() {
    let peer = Peer::start(|call| match call.action {
        Action::Invoke => Answer::started(),
        Action::Describe => Answer::succeeded("\"deployed\""),
        _ => Answer::history(&[execution_started(), execution_succeeded("\"deployed\"")]),
    });
    let runner = peer.runner();
    let runner = runner.with_handler(|(): (), _ctx| async { Ok("fake") });
    let result = runner.run(()).await.unwrap();
    assert_eq!(result.result::<String>().unwrap(), "deployed");
    assert_eq!(peer.calls(Action::Invoke).len(), 1);
}

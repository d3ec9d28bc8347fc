//! Calls of local mode fail in cloud mode, with an error that names the call and the way out.

use std::time::Duration;

use durable_runtime::prelude::{BoxError, DurableContext};
use durable_test::{Error, ErrorKind};

use crate::peer::{Action, Answer, Peer, execution_started};

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

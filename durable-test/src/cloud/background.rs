//! The runtime on which all calls are made.
//!
//! The connections of a client belong to the runtime that opened them. The runtime of a test ends with the
//! test, and its clock may be paused, so that every timeout of the client would fire at once. So the client
//! has a runtime of its own.

use std::panic::resume_unwind;
use std::sync::mpsc;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::CloudError;

fn runtime() -> Result<&'static Runtime, CloudError> {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_try_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("durable-cloud")
            .enable_all()
            .build()
            .map_err(|error| CloudError::Background(error.to_string()))
    })
}

/// Runs a future on the background runtime; it is cancelled when the caller is dropped.
pub(super) async fn run<T, F>(future: F) -> Result<T, CloudError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CloudError>> + Send + 'static,
{
    // A set of tasks ends them when it is dropped, unlike the handle of a task.
    let mut tasks = JoinSet::new();
    tasks.spawn_on(future, runtime()?.handle());
    match tasks.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
        Some(Err(error)) => Err(CloudError::Background(error.to_string())),
        None => Err(CloudError::Background("the task is gone".to_owned())),
    }
}

/// Runs a future on the background runtime, and blocks the thread until it is done.
pub(super) fn wait<T, F>(future: F) -> Result<T, CloudError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CloudError>> + Send + 'static,
{
    let (done, outcome) = mpsc::channel();
    runtime()?.spawn(async move {
        // The receiver waits below and cannot be gone.
        let _ = done.send(future.await);
    });
    outcome
        .recv()
        .map_err(|error| CloudError::Background(error.to_string()))?
}

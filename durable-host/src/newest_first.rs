//! A runtime whose tasks run newest first.
//!
//! A worker of tokio's runtime with several threads runs the task that was spawned or woken last before the
//! others, as a deployed function's does. With one worker it is as repeatable as a runtime of one thread, and
//! its tasks run in another order.

use std::io;
use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::quiescence::{notify_idle, own_worker};

/// Runs a future on such a runtime of its own, while the caller's goes on.
///
/// # Errors
///
/// If the runtime or its thread cannot be started.
pub(crate) async fn run<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> io::Result<T> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(own_worker)
        .on_thread_park(notify_idle)
        .enable_all()
        .build()?;
    let (sender, ended) = oneshot::channel();
    thread::Builder::new()
        .name("durable-newest-first".to_owned())
        .spawn(move || {
            let end = runtime.block_on(runtime.spawn(work));
            // The caller may have gone.
            let _ = sender.send(end);
            runtime.shutdown_background();
        })?;
    match ended.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(gone)) if gone.is_panic() => resume_unwind(gone.into_panic()),
        Ok(Err(gone)) => Err(io::Error::other(gone)),
        Err(gone) => Err(io::Error::other(gone)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::quiescence::settle;

    #[tokio::test]
    async fn the_task_that_was_spawned_last_runs_first() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&order);
        let work = async move {
            for task in ["one", "two"] {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move { seen.lock().unwrap().push(task) });
            }
            settle().await;
        };
        run(work).await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["two", "one"]);
    }
}

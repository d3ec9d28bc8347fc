//! The histories of other tests, replayed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use durable_runtime::{HandlerEntry, find_handler};
use durable_test::replay::ReplayReport;
use durable_test::{DurableRunner, ExecutionResult};

/// Saves a history and replays it on the registered handler of its function, without any of the
/// functions that it called.
///
/// # Panics
///
/// If the handler does not fit its own history.
pub(crate) fn assert_replays(result: &ExecutionResult) {
    let function = result.function();
    let Some(handler) = find_handler(function) else {
        panic!("no handler is called {function}");
    };
    // The test that calls this has a runtime on its own thread.
    let replayed = thread::scope(|scope| scope.spawn(|| replay(handler, result)).join());
    match replayed {
        Ok(Ok(report)) => {
            assert_eq!(report.operations(), result.operations().len(), "{report}");
        }
        Ok(Err(error)) => panic!("{function} does not fit its history: {error}"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn replay(
    handler: &'static HandlerEntry,
    result: &ExecutionResult,
) -> Result<ReplayReport, durable_test::Error> {
    let file = file(handler.name());
    result.save(&file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let runner = DurableRunner::builder(handler)
        .function_name(handler.name())
        .build()?;
    runtime.block_on(runner.replay(file))
}

/// A file for one history.
fn file(name: &str) -> PathBuf {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("conformance/{name}-{number}.json"))
}

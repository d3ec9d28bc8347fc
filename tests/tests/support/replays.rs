//! The histories of other tests, replayed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use durable_runtime::{HandlerEntry, handlers};
use durable_test::{DurableRunner, ExecutionResult, ReplayReport};

/// Saves a history and replays it on the registered handler of its function, without any of the
/// functions that it called.
///
/// # Panics
///
/// If the handler does not fit its own history.
pub(crate) fn assert_replays(result: &ExecutionResult) {
    let function = result.function();
    let named = handlers()
        .into_iter()
        .filter(|entry| entry.name() == function);
    // Modules have handlers of one name, and a result does not tell the module: one has to fit.
    let mut misfits = Vec::new();
    for handler in named {
        // The test that calls this has a runtime on its own thread.
        let replayed = thread::scope(|scope| scope.spawn(|| replay(handler, result)).join());
        match replayed {
            Ok(Ok(report)) => {
                assert_eq!(report.operations(), result.operations().len(), "{report}");
                return;
            }
            Ok(Err(error)) => misfits.push(error.to_string()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    panic!(
        "no handler {function} fits its history:\n{}",
        misfits.join("\n")
    );
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

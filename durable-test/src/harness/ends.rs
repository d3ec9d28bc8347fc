//! Ends of the process in which tests run: without this, `std::process::exit(0)` in one of them would end all of them
//! as passed.
//!
//! A process that ends drops what is local to the thread that ends it: on Linux with glibc, on macOS and on Windows.
//! Elsewhere, and for a thread that the test itself starts, nothing is noticed.

use std::cell::RefCell;
use std::io::Write as _;
use std::sync::Arc;

thread_local! {
    static WATCHED: Watched = const { Watched(RefCell::new(None)) };
}

/// The name of the test that runs on a thread, or for which it works.
struct Watched(RefCell<Option<Arc<str>>>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(test) = self.0.take() {
            abort(&test);
        }
    }
}

/// Ends the process for good, and not as passed.
fn abort(test: &str) {
    // libtest holds back what `eprintln!` prints, and loses it when the process ends.
    let _ = writeln!(
        std::io::stderr(),
        "\ndurable-test: the test {test} ended its process, and with it all tests of this binary: look for \
         `std::process::exit` in the handler, a step or the test, and in what they call. A function that ends its \
         process fails its invocation on AWS: return an error instead. The process is aborted, so that its tests do \
         not pass"
    );
    std::process::abort();
}

/// While it lives, this thread works for a test.
#[must_use = "dropping it ends the watch"]
pub(crate) struct Watch(());

impl Drop for Watch {
    fn drop(&mut self) {
        leave();
    }
}

/// Watches this thread for a test, if there is one.
pub(crate) fn watch(test: Option<Arc<str>>) -> Watch {
    WATCHED.with(|watched| *watched.0.borrow_mut() = test);
    Watch(())
}

/// Ends the watch of this thread.
pub(crate) fn leave() {
    WATCHED.with(|watched| watched.0.take());
}

/// The test for which this thread is watched; its other threads are to be watched for it, too.
pub(crate) fn watched_test() -> Option<Arc<str>> {
    WATCHED.with(|watched| watched.0.borrow().clone())
}

/// Watches the threads of a runtime for the test for which this thread is watched; `start` is called on each.
pub(crate) fn watch_threads(
    runtime: &mut tokio::runtime::Builder,
    start: impl Fn() + Send + Sync + 'static,
) {
    let test = watched_test();
    runtime.on_thread_start(move || {
        std::mem::forget(watch(test.clone()));
        start();
    });
    runtime.on_thread_stop(leave);
}

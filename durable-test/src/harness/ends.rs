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

/// The name of the test that runs on a thread, or for which it works, and the process of the two: a child that a test
/// forks has what is local to the thread, and may end as it likes.
struct Watched(RefCell<Option<(Arc<str>, u32)>>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some((test, process)) = self.0.take()
            && process == std::process::id()
        {
            abort(&test);
        }
    }
}

/// Aborts the process, so that the run of its tests fails.
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

/// While it lives, this thread works for a test; then for the one before.
#[must_use = "dropping it ends the watch"]
pub(crate) struct Watch(Option<(Arc<str>, u32)>);

impl Drop for Watch {
    fn drop(&mut self) {
        let before = self.0.take();
        WATCHED.with(|watched| watched.0.replace(before));
    }
}

/// Watches this thread for a test, if there is one.
pub(crate) fn watch(test: Option<Arc<str>>) -> Watch {
    let test = test.map(|test| (test, std::process::id()));
    Watch(WATCHED.with(|watched| watched.0.replace(test)))
}

/// Ends the watch of this thread.
fn leave() {
    WATCHED.with(|watched| watched.0.take());
}

/// The test for which this thread is watched; its other threads are to be watched for it, too.
pub(crate) fn watched_test() -> Option<Arc<str>> {
    WATCHED.with(|watched| {
        let watched = watched.0.borrow();
        watched.as_ref().map(|(test, _)| Arc::clone(test))
    })
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

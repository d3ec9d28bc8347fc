//! Where a handler panicked, which the payload of a panic does not hold.

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Forgets earlier panics of this thread, and records later ones: a hook before the current one does so.
pub(crate) fn watch() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            LAST.set(info.location().map(ToString::to_string));
            previous(info);
        }));
    });
    LAST.set(None);
}

/// File, line and column of the last panic of this thread since it is watched.
pub(crate) fn take() -> Option<String> {
    LAST.take()
}

//! Where a test's body panicked.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::panic_text::panic_text;

thread_local! {
    static LAST_LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A caught panic.
pub(super) struct Caught {
    /// Its message.
    pub(super) message: String,
    /// Where it happened: file, line and column.
    pub(super) location: Option<String>,
}

/// Runs a body; a panic is printed as usual, and caught.
pub(super) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Caught> {
    record_locations();
    LAST_LOCATION.take();
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(|payload| Caught {
        message: panic_text(&*payload).to_owned(),
        location: LAST_LOCATION.take(),
    })
}

/// Installs a panic hook before the current one. It records where the thread panicked, which the payload does
/// not hold.
fn record_locations() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            LAST_LOCATION.set(info.location().map(ToString::to_string));
            previous(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caught_panic_holds_its_message_and_location() {
        let caught = catch(|| panic!("no {}", "luck")).err().unwrap();
        assert_eq!(caught.message, "no luck");
        assert!(caught.location.unwrap().contains("panics.rs:"));
    }
}

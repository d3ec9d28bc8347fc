//! What a person must hear although the test passes, and its output is hidden.

use parking_lot::Mutex;

/// The notices of this process, if another one shows them.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Shows a notice: here, or by the process that started this one.
pub(crate) fn tell(notice: String) {
    match &mut *HELD.lock() {
        Some(held) => held.push(notice),
        None => eprintln!("{notice}"),
    }
}

/// Holds notices back, for [`take`].
pub(super) fn hold() {
    HELD.lock().get_or_insert_default();
}

/// Takes the notices that were held back.
pub(super) fn take() -> Vec<String> {
    HELD.lock().as_mut().map(std::mem::take).unwrap_or_default()
}

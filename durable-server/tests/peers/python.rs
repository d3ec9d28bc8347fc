//! The Python environment of the peers.

use std::path::{Path, PathBuf};

/// A variable whose value `required` makes missing peers an error.
const VARIABLE: &str = "DURABLE_PEERS";

/// A program of the environment.
pub(crate) fn program(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("peers/bin").join(name)
}

/// A file beside these tests.
pub(crate) fn file(name: &str) -> PathBuf {
    folder().join(name)
}

/// The folder of the Python side.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// Why the tests cannot be run; none if they can, or must.
pub(crate) fn reason_to_skip() -> Option<String> {
    let python = program("python");
    let required = std::env::var(VARIABLE).is_ok_and(|value| value == "required");
    if required || python.exists() {
        return None;
    }
    Some(format!(
        "{} is missing; `bash .ci/install-peers` installs it",
        python.display()
    ))
}

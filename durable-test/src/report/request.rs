//! Whether a report is requested, and where.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The variable that names the folder of the report.
pub(super) const VARIABLE: &str = "DURABLE_REPORT";

/// The folder of the report, if one is requested.
pub(super) fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let read = || std::env::var_os(VARIABLE).filter(|name| !name.is_empty());
    FOLDER.get_or_init(|| read().map(PathBuf::from)).as_deref()
}

/// Whether a report is requested.
pub(crate) fn is_requested() -> bool {
    folder().is_some()
}

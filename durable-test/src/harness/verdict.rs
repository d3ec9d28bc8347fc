//! How a test ended.

/// How a test ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    Passed,
    /// With the reason.
    Skipped(String),
    /// With the message, and the trees of what ran.
    Failed(String),
}

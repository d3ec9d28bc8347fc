//! What is wrong with the text of a plan.

use std::fmt;

/// The text of a plan that is not understood: what, where, and what is allowed there.
///
/// The error of `text.parse::<Plan>()`: see [`Plan`](super::Plan).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// What is wrong.
    what: String,
    /// Where, in characters from 1.
    column: usize,
    /// The whole text.
    text: String,
    /// What may stand there.
    allowed: String,
}

impl PlanError {
    /// `part` is the part of the text that is wrong.
    pub(super) fn new(
        text: &str,
        part: &str,
        what: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        let start = part.as_ptr() as usize;
        let before = start.checked_sub(text.as_ptr() as usize);
        let before = before.and_then(|length| text.get(..length));
        Self {
            what: what.into(),
            column: before.map_or(1, |before| before.chars().count() + 1),
            text: text.to_owned(),
            allowed: allowed.into(),
        }
    }

    /// Where the text is wrong, in characters from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the plan \"{}\" is not understood at column {}: {}; {}",
            self.text, self.column, self.what, self.allowed
        )
    }
}

impl std::error::Error for PlanError {}

//! Reads the text of a template: JSON, or YAML as CloudFormation and SAM read it.

mod json;
mod scalar;
mod yaml;

use crate::node::Node;

/// How deep lists and objects may be nested.
const MAX_DEPTH: usize = 100;

/// Why a text is no template.
///
/// The error of [`document`](crate::document) and [`Template::read`](crate::Template::read).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct SyntaxError {
    pub(crate) cause: String,
}

impl SyntaxError {
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
        }
    }

    fn too_deep() -> Self {
        Self::new(format!("it is nested deeper than {MAX_DEPTH} levels"))
    }
}

/// What a text holds, and what is said about it.
pub(crate) fn read(text: &str) -> Result<(Node, Vec<String>), SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{')
        && let Some(read) = json::read(text)
    {
        return read;
    }
    yaml::read(text)
}

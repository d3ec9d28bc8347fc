//! A template as it is read.

use std::sync::Arc;

use crate::node::{Members, Node};
use crate::read::{self, SyntaxError};

/// A template.
///
/// The [crate](crate) has an example.
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) root: Node,
    /// What is said about its text.
    pub(crate) notes: Vec<String>,
}

impl Template {
    /// Reads a template in YAML or JSON.
    ///
    /// # Errors
    ///
    /// If the text is neither, or no object.
    pub fn read(text: &str) -> Result<Self, SyntaxError> {
        let template = Self::read_any(text)?;
        match &template.root {
            Node::Map(_) => Ok(template),
            Node::Null => Err(SyntaxError::new("it is empty")),
            _ => Err(SyntaxError::new("it is not an object with Resources")),
        }
    }

    pub(crate) fn read_any(text: &str) -> Result<Self, SyntaxError> {
        let (root, notes) = read::read(text)?;
        Ok(Self { root, notes })
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        let declared = self.section("Parameters");
        declared
            .into_iter()
            .flat_map(|it| it.keys().map(String::as_str))
    }

    pub(crate) fn section(&self, name: &str) -> Option<&Arc<Members>> {
        self.root.get(name)?.as_map()
    }
}

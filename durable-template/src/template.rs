//! A template as it is read.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::evaluate::{Scope, Shared};
use crate::node::{Members, Node};
use crate::read::{self, SyntaxError};
use crate::stack::{Inputs, Stack};
use crate::value::Value;

/// A template.
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

    /// Evaluates the template.
    #[must_use]
    pub fn evaluate(&self, inputs: &Inputs<'_>) -> Stack {
        let overrides: IndexMap<String, Value> = inputs
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), Value::Text(value.clone())))
            .collect();
        Scope::new(self, inputs, &overrides, &Shared::default(), Vec::new()).stack()
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

    pub(crate) fn plain(&self) -> Value {
        let none = Self {
            root: Node::Map(Arc::new(Members::new())),
            notes: Vec::new(),
        };
        let shared = Shared::default();
        let inputs = Inputs::default();
        let scope = Scope::new(&none, &inputs, &IndexMap::new(), &shared, Vec::new());
        scope.value(&self.root).unwrap_or(Value::Null)
    }
}

//! Evaluates a template from the outside.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Scope, Shared};
use crate::node::{Members, Node};
use crate::stack::{Inputs, Stack};
use crate::template::Template;
use crate::value::Value;

impl Template {
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

    /// The document as plain values.
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

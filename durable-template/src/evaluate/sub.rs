//! `Fn::Sub`.

use super::{Scope, text_of};
use crate::node::{Members, Node};
use crate::value::Value;

impl Scope<'_> {
    pub(super) fn substitute(&self, argument: &Node) -> Result<Value, String> {
        let wrong = || "!Sub needs a text, or a text and its variables".to_owned();
        match argument {
            Node::List(parts) => match parts.as_slice() {
                [Node::Text(text), Node::Map(variables)] => {
                    self.replaced(text, Some(&self.members(variables)))
                }
                _ => Err(wrong()),
            },
            other => {
                let text = other.scalar().ok_or_else(wrong)?;
                self.replaced(&text, None)
            }
        }
    }

    /// Replaces each `${..}` of a text by its value.
    fn replaced(&self, text: &str, variables: Option<&Members>) -> Result<Value, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| format!("!Sub {text:?} has a ${{ without a closing brace"))?;
            result.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => {
                    result.push_str("${");
                    result.push_str(literal);
                    result.push('}');
                }
                None => result.push_str(&self.variable(name.trim(), variables)?),
            }
            if !self.spend(1) {
                return Err("the template is too large once its aliases are expanded".to_owned());
            }
            rest = after;
        }
        result.push_str(rest);
        match self.text(result) {
            Value::Unresolved(unresolved) => Err(unresolved.reason),
            value => Ok(value),
        }
    }

    fn variable(&self, name: &str, variables: Option<&Members>) -> Result<String, String> {
        if let Some(node) = variables.and_then(|variables| variables.get(name)) {
            return self
                .value(node)
                .map_or(Ok(String::new()), |value| text_of(&value));
        }
        let value = match name.split_once('.') {
            Some((resource, attribute)) => Some(self.attribute(resource, attribute)?),
            None => self.reference(name)?,
        };
        value.map_or(Ok(String::new()), |value| text_of(&value))
    }
}

//! Conditions.

use super::{Progress, Resolved, Scope, text_of};
use crate::node::Node;
use crate::value::Value;

impl Scope<'_> {
    /// Whether a condition of the template holds; the error is the reason why that is not known.
    pub(super) fn condition(&self, name: &str) -> Result<bool, String> {
        let before = self.conditions.borrow().get(name).cloned();
        match before {
            Some(Progress::Done(decided)) => return decided,
            Some(Progress::Started) => {
                return Err(format!("the condition {name} refers to itself"));
            }
            None => {}
        }
        let Some(node) = self.declared_conditions.get(name) else {
            return Err(format!("the template has no condition {name}"));
        };
        let started = Progress::Started;
        self.conditions
            .borrow_mut()
            .insert(name.to_owned(), started);
        let decided = self
            .holds(node)
            .map_err(|reason| format!("the condition {name} is not known: {reason}"));
        let done = Progress::Done(decided.clone());
        self.conditions.borrow_mut().insert(name.to_owned(), done);
        decided
    }

    fn holds(&self, node: &Node) -> Result<bool, String> {
        // `Condition: NAME` is the long form of `!Condition NAME`.
        if let Node::Map(members) = node
            && members.len() == 1
            && let Some(Node::Text(name)) = members.get("Condition")
        {
            return self.condition(name);
        }
        match self.known(node)? {
            Value::Bool(truth) => Ok(truth),
            Value::Text(text) if text == "true" || text == "false" => Ok(text == "true"),
            other => Err(format!("it is {}, not a condition", other.kind())),
        }
    }

    /// The intrinsic functions of conditions; none if the name is not one of theirs.
    pub(super) fn logic(&self, function: &str, argument: &Node) -> Option<Resolved> {
        let decided = match function {
            "Condition" => match argument {
                Node::Text(name) => self.condition(name),
                _ => Err("!Condition needs a name".to_owned()),
            },
            "Equals" => self.equals(argument),
            "And" | "Or" => self.several(function == "And", argument),
            "Not" => match argument {
                Node::List(items) => match items.as_slice() {
                    [node] => self.holds(node).map(|holds| !holds),
                    _ => Err("!Not needs a list of one condition".to_owned()),
                },
                _ => Err("!Not needs a list of one condition".to_owned()),
            },
            "Contains" => self.contains(argument),
            _ => return None,
        };
        Some(decided.map(|holds| Some(Value::Bool(holds))))
    }

    fn equals(&self, argument: &Node) -> Result<bool, String> {
        let Node::List(items) = argument else {
            return Err("!Equals needs a list of two values".to_owned());
        };
        let [one, other] = items.as_slice() else {
            return Err("!Equals needs a list of two values".to_owned());
        };
        let (one, other) = (self.known(one)?, self.known(other)?);
        for value in [&one, &other] {
            if let Some(unresolved) = value.first_unresolved() {
                return Err(unresolved.reason.clone());
            }
        }
        // CloudFormation compares texts: true and "true" are equal.
        Ok(match (one.scalar(), other.scalar()) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        })
    }

    /// All conditions, or one of them. The first that decides makes the rest irrelevant, even if it is not
    /// known.
    fn several(&self, all: bool, argument: &Node) -> Result<bool, String> {
        let name = if all { "!And" } else { "!Or" };
        let Node::List(items) = argument else {
            return Err(format!("{name} needs a list of conditions"));
        };
        let mut unknown = None;
        for item in items.iter() {
            match self.holds(item) {
                Ok(holds) if holds != all => return Ok(holds),
                Ok(_) => {}
                Err(reason) => unknown = unknown.or(Some(reason)),
            }
        }
        match unknown {
            Some(reason) => Err(reason),
            None => Ok(all),
        }
    }

    fn contains(&self, argument: &Node) -> Result<bool, String> {
        let Value::List(parts) = self.known(argument)? else {
            return Err("!Contains needs a list and a value".to_owned());
        };
        let [Value::List(items), value] = parts.as_slice() else {
            return Err("!Contains needs a list and a value".to_owned());
        };
        let value = text_of(value)?;
        Ok(items
            .iter()
            .any(|item| item.scalar().as_ref() == Some(&value)))
    }
}

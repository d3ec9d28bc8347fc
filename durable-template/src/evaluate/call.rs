//! Intrinsic functions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::{Resolved, Scope, text_of};
use crate::node::Node;
use crate::value::Value;

impl Scope<'_> {
    /// Calls an intrinsic function.
    pub(super) fn call(&self, function: &str, argument: &Node) -> Resolved {
        if let Some(decided) = self.logic(function, argument) {
            return decided;
        }
        match function {
            "Ref" => self.reference(&self.name(argument)?),
            "GetAtt" => self.attribute_of(argument).map(Some),
            "Sub" => self.substitute(argument).map(Some),
            "If" => self.chosen(argument),
            "Join" => self.joined(argument).map(Some),
            "Split" => self.split(argument).map(Some),
            "Select" => self.selected(argument).map(Some),
            "FindInMap" => self.found(argument),
            "Base64" => {
                let text = self.known_text(argument)?;
                Ok(Some(self.text(STANDARD.encode(text))))
            }
            "Length" => match self.known(argument)? {
                Value::List(items) => Ok(Some(Value::Number(items.len().to_string()))),
                other => Err(format!("!Length needs a list, and it is {}", other.kind())),
            },
            "ToJsonString" => {
                let value = self.known(argument)?;
                Ok(Some(self.text(json(&value)?)))
            }
            "GetAZs" => {
                let region = self.known_text(argument)?;
                let region = if region.is_empty() {
                    &self.inputs.region
                } else {
                    &region
                };
                let zones = ["a", "b", "c"].map(|zone| Value::Text(format!("{region}{zone}")));
                Ok(Some(Value::List(zones.into())))
            }
            "ImportValue" => {
                let name = self.known_text(argument).unwrap_or_default();
                Err(format!("{name} is exported by another stack"))
            }
            "Transform" => Err("Fn::Transform is a macro that runs on AWS only".to_owned()),
            each if each.starts_with("Fn::ForEach") => {
                let reason = argument.as_text().unwrap_or_default();
                Err(format!("{each} cannot be expanded: {reason}"))
            }
            other => Err(format!("!{other} is not resolved here")),
        }
    }

    /// The name of a parameter or a resource.
    fn name(&self, node: &Node) -> Result<String, String> {
        match node {
            Node::Text(name) => Ok(name.as_ref().to_owned()),
            // The extensions of the language allow an intrinsic function for the name.
            Node::Call(_) => self.known_text(node),
            _ => Err("!Ref needs a name".to_owned()),
        }
    }

    fn attribute_of(&self, argument: &Node) -> Result<Value, String> {
        match argument {
            Node::Text(text) => match text.split_once('.') {
                Some((name, attribute)) => self.attribute(name, attribute),
                None => Err(format!("!GetAtt {text} names no attribute")),
            },
            Node::List(parts) => match parts.as_slice() {
                [name, attribute] => {
                    self.attribute(&self.name(name)?, &self.known_text(attribute)?)
                }
                _ => Err("!GetAtt needs a resource and an attribute".to_owned()),
            },
            _ => Err("!GetAtt needs a resource and an attribute".to_owned()),
        }
    }

    fn chosen(&self, argument: &Node) -> Resolved {
        let wrong = || "!If needs a condition and two values".to_owned();
        let Node::List(parts) = argument else {
            return Err(wrong());
        };
        let [Node::Text(condition), yes, no] = parts.as_slice() else {
            return Err(wrong());
        };
        let chosen = if self.condition(condition)? { yes } else { no };
        Ok(self.value(chosen))
    }

    fn joined(&self, argument: &Node) -> Result<Value, String> {
        let [between, list] = self.two(argument, "!Join needs a text and a list")?;
        let Value::List(parts) = list else {
            return Err("!Join needs a text and a list".to_owned());
        };
        let parts: Vec<String> = parts.iter().map(text_of).collect::<Result<_, _>>()?;
        Ok(self.text(parts.join(&text_of(&between)?)))
    }

    fn split(&self, argument: &Node) -> Result<Value, String> {
        let [at, text] = self.two(argument, "!Split needs a text to split at and a text")?;
        let (at, text) = (text_of(&at)?, text_of(&text)?);
        if at.is_empty() {
            return Err("!Split needs a text to split at".to_owned());
        }
        let parts = text.split(&at).map(|part| Value::Text(part.to_owned()));
        Ok(Value::List(parts.collect()))
    }

    fn selected(&self, argument: &Node) -> Result<Value, String> {
        let [index, list] = self.two(argument, "!Select needs an index and a list")?;
        let index = text_of(&index)?;
        let items = match list {
            Value::List(items) => items,
            other => return Err(format!("!Select needs a list, and it is {}", other.kind())),
        };
        let count = items.len();
        let position = index.parse::<usize>().ok();
        match position.and_then(|position| items.into_iter().nth(position)) {
            Some(Value::Unresolved(unresolved)) => Err(unresolved.reason),
            Some(value) => Ok(value),
            None => Err(format!(
                "!Select {index} is not one of the {count} items of its list"
            )),
        }
    }

    fn found(&self, argument: &Node) -> Resolved {
        let wrong = || "!FindInMap needs a map, a key and a second key".to_owned();
        let Node::List(parts) = argument else {
            return Err(wrong());
        };
        let (map, first, second, options) = match parts.as_slice() {
            [map, first, second] => (map, first, second, None),
            [map, first, second, options] => (map, first, second, options.as_map()),
            _ => return Err(wrong()),
        };
        let look = || {
            let map = self.known_text(map)?;
            let (first, second) = (self.known_text(first)?, self.known_text(second)?);
            let missing = || format!("the mapping {map} has no {first}.{second}");
            let maps = self.template.section("Mappings");
            let members = maps.and_then(|maps| maps.get(&map)?.as_map());
            let keys = members.map(|members| self.members(members));
            let keys = keys.as_ref().and_then(|keys| keys.get(&first)?.as_map());
            let found = keys.and_then(|keys| keys.get(&second));
            self.known(found.ok_or_else(missing)?)
        };
        match (
            look(),
            options.and_then(|options| options.get("DefaultValue")),
        ) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(_), Some(default)) => Ok(self.value(default)),
            (Err(reason), None) => Err(reason),
        }
    }

    /// The two arguments of a function.
    fn two(&self, argument: &Node, wrong: &str) -> Result<[Value; 2], String> {
        match argument {
            Node::List(parts) => match parts.as_slice() {
                [one, other] => Ok([self.known(one)?, self.known(other)?]),
                _ => Err(wrong.to_owned()),
            },
            // The list itself may come from a function.
            Node::Call(_) => match self.known(argument)? {
                Value::List(parts) => parts.try_into().map_err(|_| wrong.to_owned()),
                _ => Err(wrong.to_owned()),
            },
            _ => Err(wrong.to_owned()),
        }
    }
}

/// A value as JSON text.
fn json(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        // A number of YAML need not be one of JSON.
        Value::Number(text) => match RawValue::from_string(text.clone()) {
            Ok(_) => text.clone(),
            Err(_) => serde_json::Value::from(text.as_str()).to_string(),
        },
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(","))
        }
        Value::Map(members) => {
            let members = members.iter().map(|(name, value)| {
                let name = serde_json::Value::from(name.as_str());
                Ok(format!("{name}:{}", json(value)?))
            });
            let members: Vec<String> = members.collect::<Result<_, String>>()?;
            format!("{{{}}}", members.join(","))
        }
        Value::Unresolved(unresolved) => return Err(unresolved.reason.clone()),
    })
}

//! The parameters of a template.

use indexmap::IndexMap;
use regex_lite::Regex;

use crate::node::{Members, Node};
use crate::value::Value;

/// The values of all parameters; those that have none are unresolved.
pub(crate) fn values(
    declared: Option<&Members>,
    overrides: &IndexMap<String, Value>,
) -> IndexMap<String, Value> {
    declared
        .into_iter()
        .flatten()
        .map(|(name, parameter)| (name.clone(), value(name, parameter, overrides.get(name))))
        .collect()
}

fn value(name: &str, parameter: &Node, chosen: Option<&Value>) -> Value {
    let kind = parameter.get("Type").and_then(Node::scalar);
    let kind = kind.unwrap_or_else(|| "String".to_owned());
    let given = match chosen {
        Some(unresolved @ Value::Unresolved(_)) => return unresolved.clone(),
        Some(value) => text(value),
        // The default of such a parameter is a name in Parameter Store, not its value.
        None if kind.starts_with("AWS::SSM::") => {
            return Value::unresolved(format!("the parameter {name} is kept in Parameter Store"));
        }
        None => match parameter.get("Default") {
            None | Some(Node::Null) => {
                return Value::unresolved(format!("the parameter {name} has no Default"));
            }
            Some(Node::List(items)) => {
                let items: Option<Vec<String>> = items.iter().map(Node::scalar).collect();
                items.map(|items| items.join(","))
            }
            Some(default) => default.scalar(),
        },
    };
    let Some(given) = given else {
        return Value::unresolved(format!("the parameter {name} is not a text"));
    };
    let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
    let parts: Vec<String> = if is_list {
        given
            .split(',')
            .map(|part| part.trim().to_owned())
            .collect()
    } else {
        vec![given.clone()]
    };
    if let Some(fault) = fault(parameter, &kind, &given, &parts) {
        return Value::unresolved(format!("the parameter {name} is {given:?}, {fault}"));
    }
    if is_list {
        // An empty text is an empty list.
        let parts = parts.into_iter().filter(|_| !given.is_empty());
        Value::List(parts.map(Value::Text).collect())
    } else {
        Value::Text(given)
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(Value::scalar).collect();
            items.map(|items| items.join(","))
        }
        other => other.scalar(),
    }
}

/// What the parameter's declaration has against a value.
fn fault(parameter: &Node, kind: &str, given: &str, parts: &[String]) -> Option<String> {
    let scalar = |member: &str| parameter.get(member).and_then(Node::scalar);
    if let Some(Node::List(allowed)) = parameter.get("AllowedValues") {
        let allowed: Vec<String> = allowed.iter().filter_map(Node::scalar).collect();
        if parts.iter().any(|part| !allowed.contains(part)) {
            let allowed = allowed.join(", ");
            return Some(format!("which is not one of its AllowedValues: {allowed}"));
        }
    }
    if kind == "Number" || kind == "List<Number>" {
        let limit = |member: &str| scalar(member).and_then(|text| text.parse::<f64>().ok());
        for part in parts
            .iter()
            .filter(|_| !given.is_empty() || kind == "Number")
        {
            let Ok(number) = part.parse::<f64>() else {
                return Some("which is not a number".to_owned());
            };
            if let Some(min) = limit("MinValue").filter(|min| number < *min) {
                return Some(format!("less than its MinValue {min}"));
            }
            if let Some(max) = limit("MaxValue").filter(|max| number > *max) {
                return Some(format!("more than its MaxValue {max}"));
            }
        }
        return None;
    }
    let length = given.chars().count();
    let limit = |member: &str| scalar(member).and_then(|text| text.parse::<usize>().ok());
    if let Some(min) = limit("MinLength").filter(|min| length < *min) {
        return Some(format!("shorter than its MinLength {min}"));
    }
    if let Some(max) = limit("MaxLength").filter(|max| length > *max) {
        return Some(format!("longer than its MaxLength {max}"));
    }
    let pattern = scalar("AllowedPattern")?;
    // Java's patterns know more than this crate's: what it does not read is not checked.
    let regex = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    let differs = parts.iter().any(|part| !regex.is_match(part));
    differs.then(|| format!("which does not match its AllowedPattern {pattern}"))
}

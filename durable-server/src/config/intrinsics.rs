//! CloudFormation's intrinsic functions, as far as they can be resolved without an account: parameters by
//! their defaults, pseudo parameters, and the template's own functions.

use durable_service::ServiceSettings;
use indexmap::IndexMap;
use yaml_serde::{Mapping, Value};

/// Resolves references.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    template: &'a Mapping,
    settings: &'a ServiceSettings,
    /// The functions of the template, by their names in it.
    functions: IndexMap<String, Named>,
}

/// A function of a template.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) alias: Option<String>,
}

/// A member left out of a value.
#[derive(Debug)]
pub(super) struct LeftOut {
    /// Its path, with dots.
    pub(super) member: String,
    /// Why.
    pub(super) reason: String,
}

/// The value of an intrinsic; none for `AWS::NoValue`. The error says why it cannot be resolved.
type Resolved = Result<Option<Value>, String>;

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Mapping, settings: &'a ServiceSettings) -> Self {
        Self {
            template,
            settings,
            functions: IndexMap::new(),
        }
    }

    /// Adds a function of the template, so that references to it resolve.
    pub(super) fn add(&mut self, logical_id: &str, function: Named) {
        self.functions.insert(logical_id.to_owned(), function);
    }

    /// A value with its intrinsics resolved; what cannot be is left out.
    pub(super) fn resolve(
        &self,
        value: &Value,
        member: &str,
        left_out: &mut Vec<LeftOut>,
    ) -> Option<Value> {
        if let Some((function, argument)) = intrinsic(value) {
            return self.call(&function, argument).unwrap_or_else(|reason| {
                left_out.push(LeftOut {
                    member: member.to_owned(),
                    reason,
                });
                None
            });
        }
        match value {
            Value::Mapping(mapping) => {
                let members = mapping.iter().filter_map(|(key, value)| {
                    let path = format!("{member}.{}", key.as_str().unwrap_or_default());
                    Some((key.clone(), self.resolve(value, &path, left_out)?))
                });
                Some(Value::Mapping(members.collect()))
            }
            Value::Sequence(list) => {
                let items = list
                    .iter()
                    .filter_map(|item| self.resolve(item, member, left_out));
                Some(Value::Sequence(items.collect()))
            }
            Value::String(text) if text.contains("{{resolve:") => {
                left_out.push(LeftOut {
                    member: member.to_owned(),
                    reason: "it is kept in Parameter Store or Secrets Manager".to_owned(),
                });
                None
            }
            scalar => Some(scalar.clone()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Resolved {
        match (function, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("GetAtt", Value::String(text)) => match text.split_once('.') {
                Some((name, attribute)) => self.attribute(name, attribute).map(Some),
                None => Err(format!("!GetAtt {text} names no attribute")),
            },
            ("GetAtt", Value::Sequence(list)) => match list.as_slice() {
                [Value::String(name), Value::String(attribute)] => {
                    self.attribute(name, attribute).map(Some)
                }
                _ => Err("!GetAtt needs a resource and an attribute".to_owned()),
            },
            ("Sub", Value::String(text)) => self.substitute(text, None).map(Some),
            ("Sub", Value::Sequence(list)) => match list.as_slice() {
                [Value::String(text), Value::Mapping(variables)] => {
                    self.substitute(text, Some(variables)).map(Some)
                }
                _ => Err("!Sub needs a text and its variables".to_owned()),
            },
            ("Join", Value::Sequence(list)) => match list.as_slice() {
                [Value::String(between), Value::Sequence(parts)] => {
                    let parts: Vec<String> = parts
                        .iter()
                        .map(|part| self.text(part))
                        .collect::<Result<_, _>>()?;
                    Ok(Some(parts.join(between).into()))
                }
                _ => Err("!Join needs a text and a list".to_owned()),
            },
            (other, _) => Err(format!("!{other} is not resolved here")),
        }
    }

    fn reference(&self, name: &str) -> Resolved {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo);
        }
        if let Some(parameter) = self.section("Parameters").and_then(|all| all.get(name)) {
            return parameter_default(name, parameter).map(Some);
        }
        if let Some(function) = self.functions.get(name) {
            return Ok(Some(function.name.as_str().into()));
        }
        match name.split_once('.') {
            Some((function, part @ ("Alias" | "Version"))) => {
                self.attribute(function, part).map(Some)
            }
            _ => Err(self.unknown(name)),
        }
    }

    fn pseudo(&self, name: &str) -> Resolved {
        Ok(Some(match name {
            "Region" => self.settings.region.as_str().into(),
            "AccountId" => self.settings.account.as_str().into(),
            "Partition" => "aws".into(),
            "URLSuffix" => "amazonaws.com".into(),
            "NoValue" => return Ok(None),
            _ => return Err(format!("AWS::{name} is known on AWS only")),
        }))
    }

    fn attribute(&self, name: &str, attribute: &str) -> Result<Value, String> {
        let Some(function) = self.functions.get(name) else {
            return Err(self.unknown(name));
        };
        let arn = self.settings.function_arn(&function.name);
        match (attribute, &function.alias) {
            ("Arn", _) => Ok(arn.into()),
            ("Alias", Some(alias)) => Ok(format!("{arn}:{alias}").into()),
            ("Version", Some(_)) => Ok(format!("{arn}:1").into()),
            _ => Err(format!("{name}.{attribute} is known on AWS only")),
        }
    }

    /// Replaces each `${..}` of a text by its value.
    fn substitute(&self, text: &str, variables: Option<&Mapping>) -> Result<Value, String> {
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
            rest = after;
        }
        result.push_str(rest);
        Ok(result.into())
    }

    fn variable(&self, name: &str, variables: Option<&Mapping>) -> Result<String, String> {
        if let Some(value) = variables.and_then(|variables| variables.get(name)) {
            return self.text(value);
        }
        let resolved = match name.split_once('.') {
            Some((resource, attribute)) => Some(self.attribute(resource, attribute)?),
            None => self.reference(name)?,
        };
        resolved.as_ref().map_or(Ok(String::new()), plain)
    }

    /// The text of a value that may be an intrinsic itself.
    fn text(&self, value: &Value) -> Result<String, String> {
        match intrinsic(value) {
            Some((function, argument)) => self
                .call(&function, argument)?
                .as_ref()
                .map_or(Ok(String::new()), plain),
            None => plain(value),
        }
    }

    fn unknown(&self, name: &str) -> String {
        match self.section("Resources").and_then(|all| all.get(name)) {
            Some(resource) => {
                let kind = resource.get("Type").and_then(Value::as_str);
                format!("{name} is an {} on AWS", kind.unwrap_or("resource"))
            }
            None => format!("{name} is not in the template"),
        }
    }

    fn section(&self, name: &str) -> Option<&'a Mapping> {
        self.template.get(name)?.as_mapping()
    }
}

/// The name and the argument of an intrinsic, in the short form or the long one.
fn intrinsic(value: &Value) -> Option<(String, &Value)> {
    match value {
        Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            Some((tag.trim_start_matches('!').to_owned(), &tagged.value))
        }
        Value::Mapping(mapping) if mapping.len() == 1 => {
            let (key, argument) = mapping.iter().next()?;
            let key = key.as_str()?;
            let name = key.strip_prefix("Fn::").or((key == "Ref").then_some(key))?;
            Some((name.to_owned(), argument))
        }
        _ => None,
    }
}

/// Whether a value is an intrinsic.
pub(super) fn is_intrinsic(value: &Value) -> bool {
    intrinsic(value).is_some()
}

fn parameter_default(name: &str, parameter: &Value) -> Result<Value, String> {
    let kind = parameter.get("Type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind.starts_with("AWS::SSM::")) {
        return Err(format!("the parameter {name} is kept in Parameter Store"));
    }
    match parameter.get("Default") {
        Some(default) => Ok(default.clone()),
        None => Err(format!("the parameter {name} has no Default")),
    }
}

/// The text of a scalar.
fn plain(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err("it holds a value that is not text".to_owned()),
    }
}

//! The functions of a stack, their names, versions and aliases.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::{Progress, Scope};
use crate::globals;
use crate::node::{Members, Node};
use crate::stack::{Function, Stack};
use crate::value::Value;

/// Maximal length of a function's name.
const MAX_NAME: usize = 64;

/// How much of a longer logical id stays in a function's name.
const KEPT: usize = 51;

const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

impl Scope<'_> {
    /// The resources with loops expanded and SAM's globals merged.
    pub(super) fn declared_resources(&self) -> IndexMap<String, Node> {
        let globals = self.template.section("Globals");
        let globals = globals.and_then(|globals| globals.get("Function"));
        let mut resources = self.section("Resources");
        for resource in resources.values_mut() {
            let kind = resource.get("Type").and_then(Node::as_text);
            let (Some(members), Some(globals), Some("AWS::Serverless::Function")) =
                (resource.as_map(), globals, kind)
            else {
                continue;
            };
            let none = Node::Map(Members::new().into());
            let own = members.get("Properties").unwrap_or(&none);
            let mut merged = members.as_ref().clone();
            merged.insert("Properties".to_owned(), globals::merged(globals, own));
            *resource = Node::Map(merged.into());
        }
        resources
    }

    /// What the template has.
    pub(crate) fn stack(&self) -> Stack {
        let mut stack = Stack {
            notes: self.template.notes.clone(),
            ..Stack::default()
        };
        self.check_parameters(&mut stack);
        let ids: Vec<&String> = self.resources.keys().collect();
        let functions = || ids.iter().filter(|id| FUNCTIONS.contains(&self.kind(id)));
        // The functions of this template have their names before those of nested ones.
        for id in functions() {
            self.function_name(id);
        }
        for id in &ids {
            match self.kind(id) {
                kind if FUNCTIONS.contains(&kind) => stack.functions.extend(self.function(id)),
                "AWS::Serverless::Application" | "AWS::CloudFormation::Stack" => {
                    self.add_nested(id, &mut stack);
                }
                "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {}
                kind => {
                    if let Some(Node::Call(call)) = self.resources.get(*id) {
                        let reason = self.call(&call.function, &call.argument).err();
                        stack
                            .notes
                            .push(reason.unwrap_or_else(|| format!("{id} is no resource")));
                    } else {
                        let others = stack.others.entry(kind.to_owned()).or_default();
                        others.push((*id).clone());
                    }
                }
            }
        }
        stack.outputs = self.outputs();
        stack
    }

    fn check_parameters(&self, stack: &mut Stack) {
        if self.parents.is_empty() {
            for name in self.inputs.parameters.keys() {
                if !self.parameters.contains_key(name) {
                    stack.notes.push(format!(
                        "the template has no parameter {name}; its value is not used"
                    ));
                }
            }
        }
    }

    fn outputs(&self) -> IndexMap<String, Value> {
        let outputs = self.section("Outputs");
        let outputs = outputs
            .iter()
            .filter_map(|(name, output)| Some((name.clone(), self.value(output.get("Value")?)?)));
        outputs.collect()
    }

    /// Whether a resource is created.
    pub(super) fn exists(&self, id: &str) -> Result<bool, String> {
        match self.resources.get(id).and_then(|it| it.get("Condition")) {
            Some(Node::Text(condition)) => self.condition(condition),
            Some(_) => Err("its Condition is not a name".to_owned()),
            None => Ok(true),
        }
    }

    /// A function; none if its condition does not hold.
    fn function(&self, id: &str) -> Option<Function> {
        let exists = self.exists(id);
        if exists == Ok(false) {
            return None;
        }
        let mut properties = match self.resources.get(id)?.get("Properties") {
            Some(node) => self.value(node),
            None => None,
        };
        let mut undecided = exists.err();
        let properties = match properties.take() {
            Some(Value::Map(members)) => members,
            Some(Value::Unresolved(unresolved)) => {
                undecided = undecided.or(Some(format!("Properties: {unresolved}")));
                IndexMap::new()
            }
            _ => IndexMap::new(),
        };
        let metadata = match self
            .resources
            .get(id)?
            .get("Metadata")
            .map(|it| self.value(it))
        {
            Some(Some(Value::Map(members))) => members,
            _ => IndexMap::new(),
        };
        let (aliases, versions) = self.published(id);
        Some(Function {
            logical_id: id.to_owned(),
            stack: self.parents.iter().map(|(id, _)| id.clone()).collect(),
            name: self.function_name(id),
            serverless: self.kind(id) == "AWS::Serverless::Function",
            template: self.inputs.path.clone(),
            properties,
            metadata,
            aliases,
            versions,
            undecided,
        })
    }

    /// The name of a function: a text, or unresolved.
    pub(super) fn function_name(&self, id: &str) -> Value {
        self.name_in(id, "FunctionName", || Value::Text(self.free_name(id)))
    }

    /// The name of a log group; one that AWS chooses is not known.
    pub(super) fn log_group_name(&self, id: &str) -> Value {
        self.name_in(id, "LogGroupName", || {
            Value::unresolved(self.known_on_aws(id))
        })
    }

    /// The name that a property of a resource chooses, or the default.
    fn name_in(&self, id: &str, property: &str, default: impl FnOnce() -> Value) -> Value {
        let before = self.names.borrow().get(id).cloned();
        match before {
            Some(Progress::Done(name)) => return name,
            Some(Progress::Started) => {
                return Value::unresolved(format!("the {property} of {id} refers to itself"));
            }
            None => {}
        }
        self.names
            .borrow_mut()
            .insert(id.to_owned(), Progress::Started);
        let node = self
            .resources
            .get(id)
            .and_then(|it| it.get("Properties")?.get(property));
        let name = match node.and_then(|node| self.value(node)) {
            None | Some(Value::Null) => default(),
            Some(unresolved @ Value::Unresolved(_)) => unresolved,
            Some(value) => match value.scalar() {
                Some(name) => Value::Text(name),
                None => Value::unresolved(format!("{property} is {}", value.kind())),
            },
        };
        let done = Progress::Done(name.clone());
        self.names.borrow_mut().insert(id.to_owned(), done);
        name
    }

    /// The name of a function that has none: its logical id, shortened, and with the names of its nested
    /// stacks if another function has it.
    fn free_name(&self, id: &str) -> String {
        let mut taken = self.shared.names.borrow_mut();
        let mut name = short(id);
        if taken.contains(&name) {
            let mut path: Vec<&str> = self.parents.iter().map(|(id, _)| id.as_str()).collect();
            path.push(id);
            name = short(&path.join("-"));
        }
        taken.insert(name.clone());
        name
    }

    /// The alias that SAM publishes for a function.
    pub(super) fn publishes(&self, id: &str) -> Result<Option<String>, String> {
        let resource = self.resources.get(id);
        let alias = resource.and_then(|it| it.get("Properties")?.get("AutoPublishAlias"));
        match alias.and_then(|alias| self.value(alias)) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => super::text_of(&value).map(Some),
        }
    }

    /// The function whose alias has this logical id, which SAM makes.
    pub(super) fn alias_of_sam(&self, name: &str) -> Option<String> {
        let functions = self.resources.keys();
        let mut functions = functions.filter(|id| {
            let Some(rest) = name.strip_prefix(id.as_str()) else {
                return false;
            };
            let alias = rest.strip_prefix("Alias");
            alias.is_some_and(|alias| self.publishes(id) == Ok(Some(alias.to_owned())))
        });
        functions.next().cloned()
    }

    /// The function of an alias, and the alias's name.
    pub(super) fn alias(&self, id: &str) -> Result<(String, String), String> {
        let function = self.published_function(id)?;
        let name = self.property(id, "Name")?;
        Ok((function, name))
    }

    /// The function of a version, and the version's number: versions are counted as they are published, in
    /// the order of the template.
    pub(super) fn version(&self, id: &str) -> Result<(String, String), String> {
        let function = self.published_function(id)?;
        let mut number = 0;
        for other in self.resources.keys() {
            if self.kind(other) == "AWS::Lambda::Version"
                && self.exists(other) == Ok(true)
                && self.published_function(other).as_ref() == Ok(&function)
            {
                number += 1;
            }
            if other == id {
                break;
            }
        }
        Ok((function, number.to_string()))
    }

    fn published_function(&self, id: &str) -> Result<String, String> {
        let properties = self.resources.get(id).and_then(|it| it.get("Properties"));
        let node = properties.and_then(|it| it.get("FunctionName"));
        if let Some(Node::Call(call)) = node
            && call.function == "Ref"
            && let Node::Text(name) = &call.argument
            && FUNCTIONS.contains(&self.kind(name))
        {
            return Ok(name.as_ref().to_owned());
        }
        let name = self.property(id, "FunctionName")?;
        let of_name = |function: &&String| {
            FUNCTIONS.contains(&self.kind(function))
                && (self.function_name(function).as_text() == Some(&name)
                    || self.arn(function).as_deref() == Ok(&name))
        };
        let found = self.resources.keys().find(of_name).cloned();
        found.ok_or_else(|| format!("{id} is of the function {name}, which is not in the template"))
    }

    fn property(&self, id: &str, name: &str) -> Result<String, String> {
        let properties = self.resources.get(id).and_then(|it| it.get("Properties"));
        let node = properties.and_then(|it| it.get(name));
        self.known_text(node.ok_or_else(|| format!("{id} has no {name}"))?)
    }

    /// The aliases of a function with their versions, and the number of its versions.
    fn published(&self, id: &str) -> (IndexMap<String, String>, usize) {
        let mut aliases = IndexMap::new();
        let mut versions = 0;
        if let Ok(Some(alias)) = self.publishes(id) {
            aliases.insert(alias, "1".to_owned());
            versions = 1;
        }
        for other in self.resources.keys() {
            match self.kind(other) {
                "AWS::Lambda::Version" if self.is_of(other, id) => versions += 1,
                "AWS::Lambda::Alias" if self.is_of(other, id) => {
                    if let Ok((_, alias)) = self.alias(other) {
                        let version = self.property(other, "FunctionVersion");
                        aliases.insert(alias, version.unwrap_or_else(|_| "1".to_owned()));
                    }
                }
                _ => {}
            }
        }
        (aliases, versions)
    }

    fn is_of(&self, published: &str, function: &str) -> bool {
        self.exists(published) == Ok(true)
            && self.published_function(published).as_deref() == Ok(function)
    }
}

/// A logical id that is short enough for a function's name. What is cut off is replaced by its digest, so that
/// names differ.
fn short(id: &str) -> String {
    if id.len() <= MAX_NAME {
        return id.to_owned();
    }
    // FNV-1a.
    let digest = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut name: String = id.chars().take(KEPT).collect();
    let _ = write!(name, "-{:012x}", digest & 0xffff_ffff_ffff);
    name
}

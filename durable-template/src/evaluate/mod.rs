//! Evaluates the values of a stack.

mod call;
mod condition;
mod each;
mod function;
mod nested;
mod reference;
mod sub;
mod template;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::node::{Members, Node};
use crate::parameters;
use crate::stack::{Inputs, Stack};
use crate::template::Template;
use crate::value::Value;

/// Limit on the work for a template with all its nested ones, in values and in blocks of text: aliases can
/// make values that are far larger than their text.
const BUDGET: usize = 2_000_000;

/// Bytes of text that count as one value.
const BLOCK: usize = 64;

/// How deep evaluation may nest, over values, conditions and names.
const MAX_DEPTH: usize = 120;

/// The value of a call; none for `AWS::NoValue`. The error is the reason why it is not known.
type Resolved = Result<Option<Value>, String>;

/// What all nested stacks of a template share.
#[derive(Debug)]
pub(crate) struct Shared {
    budget: Cell<usize>,
    depth: Cell<usize>,
    /// Names of functions that are taken.
    names: RefCell<HashSet<String>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            budget: Cell::new(BUDGET),
            depth: Cell::new(0),
            names: RefCell::default(),
        }
    }
}

/// A nested stack, or why it is not followed.
type Followed = Result<Rc<Stack>, String>;

/// A value that is worked out when it is first asked for.
#[derive(Debug, Clone)]
enum Progress<T> {
    /// It is being worked out: to ask again is a circle.
    Started,
    Done(T),
}

/// A template that is being evaluated.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    template: &'a Template,
    inputs: &'a Inputs<'a>,
    shared: &'a Shared,
    /// The nested stacks that lead here, with their templates.
    parents: Vec<(String, PathBuf)>,
    parameters: IndexMap<String, Value>,
    /// The resources, with loops expanded and globals merged.
    resources: IndexMap<String, Node>,
    declared_conditions: Members,
    conditions: RefCell<HashMap<String, Progress<Result<bool, String>>>>,
    names: RefCell<HashMap<String, Progress<Value>>>,
    nested: RefCell<HashMap<String, Progress<Followed>>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(
        template: &'a Template,
        inputs: &'a Inputs<'a>,
        overrides: &IndexMap<String, Value>,
        shared: &'a Shared,
        parents: Vec<(String, PathBuf)>,
    ) -> Self {
        let declared = template.section("Parameters").map(AsRef::as_ref);
        let mut scope = Self {
            template,
            inputs,
            shared,
            parents,
            parameters: parameters::values(declared, overrides),
            resources: IndexMap::new(),
            declared_conditions: Members::new(),
            conditions: RefCell::default(),
            names: RefCell::default(),
            nested: RefCell::default(),
        };
        scope.declared_conditions = scope.section("Conditions");
        scope.resources = scope.declared_resources();
        scope
    }

    /// A section with its loops expanded.
    fn section(&self, name: &str) -> Members {
        match self.template.section(name) {
            Some(members) => self.members(members),
            None => Members::new(),
        }
    }

    /// A value with its intrinsic functions evaluated; none for `AWS::NoValue`.
    pub(crate) fn value(&self, node: &Node) -> Option<Value> {
        if !self.spend(1) {
            return Some(Value::unresolved(
                "the template is too large once its aliases are expanded",
            ));
        }
        let depth = &self.shared.depth;
        if depth.get() >= MAX_DEPTH {
            return Some(Value::unresolved("the template is nested too deeply"));
        }
        depth.set(depth.get() + 1);
        let value = match node {
            Node::Null => Some(Value::Null),
            Node::Bool(truth) => Some(Value::Bool(*truth)),
            Node::Number(text) => Some(Value::Number(text.as_ref().to_owned())),
            Node::Text(text) => Some(self.text(text.as_ref().to_owned())),
            Node::List(items) => {
                let items = items.iter().filter_map(|item| self.value(item));
                Some(Value::List(items.collect()))
            }
            Node::Map(members) => Some(self.object(members)),
            Node::Call(call) => self
                .call(&call.function, &call.argument)
                .unwrap_or_else(|reason| Some(Value::unresolved(reason))),
        };
        depth.set(depth.get() - 1);
        value
    }

    fn object(&self, members: &Members) -> Value {
        let is_call = |name: &String| {
            name == "Ref" || (name.starts_with("Fn::") && !name.starts_with("Fn::ForEach"))
        };
        if let Some(name) = members.keys().find(|name| is_call(name)) {
            return Value::unresolved(format!("{name} has other members beside it"));
        }
        let members = self.members(members);
        let members = members
            .iter()
            .filter_map(|(name, node)| Some((name.clone(), self.value(node)?)));
        Value::Map(members.collect())
    }

    /// A text, unless only an account knows it.
    fn text(&self, text: String) -> Value {
        if text.contains("{{resolve:") {
            return Value::unresolved("it is kept in Parameter Store or Secrets Manager");
        }
        self.spend(text.len() / BLOCK);
        Value::Text(text)
    }

    /// A value that is known and not `AWS::NoValue`.
    fn known(&self, node: &Node) -> Result<Value, String> {
        match self.value(node) {
            Some(Value::Unresolved(unresolved)) => Err(unresolved.reason),
            Some(value) => Ok(value),
            None => Err("AWS::NoValue stands where a value must be".to_owned()),
        }
    }

    /// The text of a known scalar.
    fn known_text(&self, node: &Node) -> Result<String, String> {
        let value = self.known(node)?;
        text_of(&value)
    }

    /// Takes from the budget, and returns whether it is not used up.
    fn spend(&self, amount: usize) -> bool {
        let left = self.shared.budget.get();
        self.shared.budget.set(left.saturating_sub(amount));
        left > amount
    }
}

/// The text of a scalar.
fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::Unresolved(unresolved) => Err(unresolved.reason.clone()),
        other => other
            .scalar()
            .ok_or_else(|| format!("it holds {} where a text must be", other.kind())),
    }
}

//! Nested stacks and applications.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;

use super::{Followed, Progress, Scope};
use crate::node::Node;
use crate::stack::{Inputs, Stack};
use crate::template::Template;
use crate::value::Value;

/// How deep stacks may nest.
const MAX_STACKS: usize = 8;

/// What a nested stack costs, so that their number is bounded.
const PRICE: usize = 2_000;

impl Scope<'_> {
    /// Adds what a nested stack has, or says why it is not followed.
    pub(super) fn add_nested(&self, id: &str, stack: &mut Stack) {
        let kind = match self.kind(id) {
            "AWS::Serverless::Application" => "application",
            _ => "stack",
        };
        let added = match self.exists(id) {
            Ok(false) => return,
            Ok(true) => self.nested(id),
            Err(reason) => Err(reason),
        };
        match added {
            Ok(nested) => {
                stack.functions.extend(nested.functions.iter().cloned());
                let notes = nested.notes.iter();
                stack
                    .notes
                    .extend(notes.map(|note| format!("{kind} {id}: {note}")));
                for (kind, ids) in &nested.others {
                    let others = stack.others.entry(kind.clone()).or_default();
                    others.extend(ids.iter().map(|other| format!("{id}/{other}")));
                }
            }
            Err(reason) => stack.notes.push(format!(
                "{kind} {id} is not followed, and its functions are not served: {reason}"
            )),
        }
    }

    /// A nested stack, evaluated.
    pub(super) fn nested(&self, id: &str) -> Followed {
        let before = self.nested.borrow().get(id).cloned();
        match before {
            Some(Progress::Done(stack)) => return stack,
            Some(Progress::Started) => {
                return Err(format!("the parameters of {id} refer to itself"));
            }
            None => {}
        }
        self.nested
            .borrow_mut()
            .insert(id.to_owned(), Progress::Started);
        let stack = self.follow(id).map(Rc::new);
        let done = Progress::Done(stack.clone());
        self.nested.borrow_mut().insert(id.to_owned(), done);
        stack
    }

    fn follow(&self, id: &str) -> Result<Stack, String> {
        let path = self.location(id)?;
        let recursive = path == self.inputs.path || self.parents.iter().any(|(_, it)| *it == path);
        if recursive {
            return Err("its template is one that it is nested in".to_owned());
        }
        if self.parents.len() >= MAX_STACKS || !self.spend(PRICE) {
            return Err("there are too many nested stacks".to_owned());
        }
        let said = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let text = self
            .inputs
            .files
            .read(&path)
            .map_err(|error| said(&error))?;
        let template = Template::read(&text).map_err(|error| said(&error))?;
        let inputs = Inputs {
            parameters: IndexMap::new(),
            stack_name: format!("{}-{id}", self.inputs.stack_name),
            path: path.clone(),
            ..self.inputs.clone()
        };
        let mut parents = self.parents.clone();
        parents.push((id.to_owned(), self.inputs.path.clone()));
        let overrides = self.given(id, &template);
        let mut stack = Scope::new(&template, &inputs, &overrides, self.shared, parents).stack();
        let unknown = |name: &&String| template.parameters().all(|known| known != *name);
        let unknown = overrides.keys().filter(unknown);
        stack.notes.extend(
            unknown.map(|name| format!("its template has no parameter {name}, which it is given")),
        );
        Ok(stack)
    }

    /// The values of parameters that a nested stack of a template is given.
    fn given(&self, id: &str, template: &Template) -> IndexMap<String, Value> {
        let properties = self.resources.get(id).and_then(|it| it.get("Properties"));
        let parameters = properties.and_then(|it| it.get("Parameters"));
        match parameters.and_then(|parameters| self.value(parameters)) {
            Some(Value::Map(values)) => values,
            // Each of them may be among those that are not known.
            Some(unresolved @ Value::Unresolved(_)) => template
                .parameters()
                .map(|name| (name.to_owned(), unresolved.clone()))
                .collect(),
            _ => IndexMap::new(),
        }
    }

    /// The path of a nested stack's template.
    fn location(&self, id: &str) -> Result<PathBuf, String> {
        let resource = self.resources.get(id);
        let asset = resource.and_then(|it| it.get("Metadata")?.get("aws:asset:path"));
        let properties = resource.and_then(|it| it.get("Properties"));
        let member = |name: &str| properties.and_then(|it| it.get(name));
        let node = asset
            .or_else(|| member("Location"))
            .or_else(|| member("TemplateURL"));
        let node = node.ok_or("it has no Location or TemplateURL")?;
        if let Node::Map(members) = node
            && members.contains_key("ApplicationId")
        {
            return Err("its template is in the Serverless Application Repository".to_owned());
        }
        let location = self.known_text(node)?;
        if location.contains("://") {
            return Err(format!(
                "its template is at {location}, not on this machine"
            ));
        }
        let folder = self.inputs.path.parent().unwrap_or(Path::new(""));
        Ok(normal(&folder.join(location)))
    }
}

/// A path without `.`, and without what `..` takes back.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

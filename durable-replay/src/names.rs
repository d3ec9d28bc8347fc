//! What operations are called: by their names and by their paths.
//!
//! A path joins the labels of the contexts around an operation and its own by `/`. The label of an operation
//! without a name is its kind and its number, `Step#1`. Of several operations of one kind and name in a
//! context, `charge#2` is the second to start, and `charge` stands for each.
//!
//! ```
//! use durable_replay::names::Names;
//! use durable_replay::sdk::OperationSketch;
//! use durable_service::model::OperationType;
//!
//! let step = |id: &str, name: Option<&str>, parent: Option<&str>| OperationSketch {
//!     id: id.into(),
//!     parent_id: parent.map(Into::into),
//!     operation_type: OperationType::Step,
//!     sub_type: None,
//!     name: name.map(str::to_owned),
//! };
//! let batch = OperationSketch { operation_type: OperationType::Context, ..step("1", Some("batch"), None) };
//! let names = Names::of([batch, step("2", Some("charge"), Some("1")), step("3", Some("charge"), Some("1"))]);
//!
//! let second = names.get(&"3".into()).ok_or("it is not there")?;
//! assert_eq!(second.path(), "batch/charge#2");
//! assert!(second.is("charge") && second.is("charge#2") && !second.is("charge#1"));
//! # Ok::<(), &str>(())
//! ```

use std::collections::HashMap;

use durable_service::model::{Operation, OperationId};

use crate::sdk::OperationSketch;

/// What the operations of an execution are called.
///
/// The [module](self) has an example.
#[derive(Debug, Clone, Default)]
pub struct Names {
    called: HashMap<OperationId, Called>,
    /// How many of a kind and name a context has.
    counts: HashMap<Sort, usize>,
}

/// The context, the name and the kind of an operation.
type Sort = (Option<OperationId>, Option<String>, String);

/// What an operation is called.
///
/// [`Names::get`] returns it; the [module](self) has an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// From the outside to its own.
    labels: Vec<Label>,
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    /// The name, or the kind of an operation without one.
    text: String,
    is_name: bool,
    /// Its number among those of that kind and name in its context, from 1.
    number: usize,
}

impl Names {
    /// The names of operations, which are in the order of their starts.
    pub fn of<T: Into<OperationSketch>>(operations: impl IntoIterator<Item = T>) -> Self {
        let mut names = Self::default();
        for operation in operations {
            names.add(&operation.into());
        }
        names
    }

    /// Adds an operation that starts after the others. One that is there already stays as it is.
    pub fn add(&mut self, operation: &OperationSketch) -> &Called {
        let parent = operation.parent_id.as_ref();
        let mut called = parent
            .and_then(|parent| self.called.get(parent))
            .cloned()
            .unwrap_or_default();
        self.called.entry(operation.id.clone()).or_insert_with(|| {
            let name = operation.name.clone().filter(|name| !name.is_empty());
            let kind = operation.sub_type.clone();
            let kind = kind.unwrap_or_else(|| operation.operation_type.to_string());
            let sort = (parent.cloned(), name.clone(), kind.clone());
            let count = self.counts.entry(sort).or_default();
            *count += 1;
            called.labels.push(Label {
                is_name: name.is_some(),
                text: name.unwrap_or(kind),
                number: *count,
            });
            called
        })
    }

    /// How many operations there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.called.len()
    }

    /// What the operation with that id is called.
    #[must_use]
    pub fn get(&self, id: &OperationId) -> Option<&Called> {
        self.called.get(id)
    }
}

impl Called {
    /// What an operation is called among those of its execution, which are in the order of their starts.
    pub fn among<'a, I>(operation: &Operation, all: impl Fn() -> I) -> Self
    where
        I: Iterator<Item = &'a Operation>,
    {
        let mut labels = vec![Label::among(operation, all())];
        let mut parent = operation.parent_id.as_ref();
        while let Some(around) = parent.and_then(|parent| all().find(|one| one.id == *parent)) {
            labels.push(Label::among(around, all()));
            parent = around.parent_id.as_ref();
        }
        labels.reverse();
        Self { labels }
    }

    /// Its path, with the number of each label that is not the first of its name.
    #[must_use]
    pub fn path(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(Label::to_string).collect();
        labels.join("/")
    }

    /// Whether it is called that: by its label or by its path, with numbers or without.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        let own = self.labels.last();
        own.is_some_and(|own| own.ends(wanted).any(str::is_empty)) || is_path(&self.labels, wanted)
    }
}

/// Whether a text is the path of these labels. A name may hold a slash, so that the text is read from its end.
fn is_path(labels: &[Label], wanted: &str) -> bool {
    let Some((own, around)) = labels.split_last() else {
        return false;
    };
    own.ends(wanted)
        .any(|before| match before.strip_suffix('/') {
            Some(before) => is_path(around, before),
            None => before.is_empty() && around.is_empty(),
        })
}

impl Label {
    fn among<'a>(operation: &Operation, all: impl Iterator<Item = &'a Operation>) -> Self {
        let is_like_it = |other: &&Operation| {
            other.parent_id == operation.parent_id
                && other.name == operation.name
                && other.sub_type == operation.sub_type
                && other.operation_type() == operation.operation_type()
        };
        let before = all.take_while(|other| other.id != operation.id);
        let kind = operation.sub_type.as_deref();
        let name = operation.name.as_deref().filter(|name| !name.is_empty());
        let text = name.or(kind).map(str::to_owned);
        Self {
            is_name: name.is_some(),
            text: text.unwrap_or_else(|| operation.operation_type().to_string()),
            number: before.filter(is_like_it).count() + 1,
        }
    }

    /// What is before this label in a text that ends with it.
    fn ends<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let plain = text.strip_suffix(&*self.text).filter(|_| self.is_name);
        let numbered = text.strip_suffix(&*format!("{}#{}", self.text, self.number));
        plain.into_iter().chain(numbered)
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)?;
        if self.is_name && self.number == 1 {
            return Ok(());
        }
        write!(f, "#{}", self.number)
    }
}

/// Whether a text may be more than a plain name: a path, or a name with a number.
///
/// [`Called::is`] takes any such text; the [module](self) has an example.
#[must_use]
pub fn is_more_than_a_name(wanted: &str) -> bool {
    wanted.contains(['/', '#'])
}

#[cfg(test)]
mod tests {
    use durable_service::model::OperationType;
    use serde_json::json;

    use super::*;

    fn operation(
        id: &str,
        parent: Option<&str>,
        operation_type: OperationType,
        name: Option<&str>,
    ) -> OperationSketch {
        OperationSketch {
            id: id.into(),
            parent_id: parent.map(OperationId::from),
            operation_type,
            sub_type: None,
            name: name.map(str::to_owned),
        }
    }

    fn names() -> Names {
        let (step, wait) = (OperationType::Step, OperationType::Wait);
        Names::of([
            operation("1", None, step, Some("charge")),
            operation("2", None, wait, Some("charge")),
            operation("3", None, OperationType::Context, Some("a/b")),
            operation("3-1", Some("3"), step, Some("charge")),
            operation("3-2", Some("3"), step, None),
            operation("3-3", Some("3"), step, Some("charge")),
            operation("4", None, step, Some("charge")),
            operation("5", None, OperationType::Context, Some("a/b")),
            operation("5-1", Some("5"), step, Some("charge")),
        ])
    }

    fn called(wanted: &str) -> Vec<&'static str> {
        let names = names();
        let ids = ["1", "2", "3", "3-1", "3-2", "3-3", "4", "5", "5-1"];
        let is_called = |id: &&str| names.get(&OperationId::from(*id)).unwrap().is(wanted);
        ids.into_iter().filter(is_called).collect()
    }

    #[test]
    fn a_path_has_the_numbers_of_all_but_the_first() {
        let path = |id: &str| names().get(&id.into()).unwrap().path();
        let paths = ["2", "3-2", "3-3", "4", "5-1"].map(path);
        assert_eq!(
            paths,
            [
                "charge",
                "a/b/STEP#1",
                "a/b/charge#2",
                "charge#2",
                "a/b#2/charge"
            ]
        );
    }

    #[test]
    fn a_name_stands_for_each_and_a_number_for_one_of_its_context() {
        assert_eq!(called("charge"), ["1", "2", "3-1", "3-3", "4", "5-1"]);
        assert_eq!(called("charge#2"), ["3-3", "4"]);
        assert_eq!(called("charge#1"), ["1", "2", "3-1", "5-1"]);
        assert_eq!(called("STEP#1"), ["3-2"]);
        assert_eq!(called("STEP"), [""; 0]);
    }

    #[test]
    fn a_path_may_leave_numbers_out() {
        assert_eq!(called("a/b/charge"), ["3-1", "3-3", "5-1"]);
        assert_eq!(called("a/b/charge#2"), ["3-3"]);
        assert_eq!(called("a/b#2/charge"), ["5-1"]);
        assert_eq!(called("a/b#1/STEP#1"), ["3-2"]);
        assert_eq!(called("b/charge"), [""; 0]);
        assert_eq!(called("xcharge"), [""; 0]);
    }

    #[test]
    fn one_operation_is_called_as_among_all() {
        let step = |id: &str, parent: Option<&str>| -> Operation {
            let operation = json!({
                "Id": id, "ParentId": parent, "Name": "charge", "Status": "STARTED",
                "StartedAt": 0, "Details": {"Step": {"Attempt": 0}},
            });
            serde_json::from_value(operation).unwrap()
        };
        let all = [
            step("1", None),
            step("2", None),
            step("2-1", Some("2")),
            step("2-2", Some("2")),
        ];
        let names = Names::of(&all);
        for operation in &all {
            let called = Called::among(operation, || all.iter());
            assert_eq!(Some(&called), names.get(&operation.id));
        }
        assert_eq!(
            names.get(&"2-2".into()).unwrap().path(),
            "charge#2/charge#2"
        );
    }

    #[test]
    fn an_operation_is_counted_once() {
        let mut names = names();
        let again = operation("4", None, OperationType::Step, Some("charge"));
        assert_eq!(names.add(&again).path(), "charge#2");
        let next = operation("6", None, OperationType::Step, Some("charge"));
        assert_eq!(names.add(&next).path(), "charge#3");
    }
}

//! Which operations of a large execution are shown, and what stands for the others.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use durable_service::model::{OperationStatus, OperationType};

use crate::outline::{Node, Outline};
use crate::words::count;

/// An execution with up to so many operations is shown whole.
const SHOWN_WHOLE: usize = 40;

/// Siblings are shown whole up to this number.
const SIBLINGS: usize = 12;

/// The first so many operations that came out alike are shown.
const FIRST: usize = 3;

/// The first so many operations that did not succeed are shown, of those that came out alike.
const FIRST_LOUD: usize = 5;

/// The last so many siblings are shown: what an execution did before it stopped.
const LAST: usize = 2;

/// Limit on the lines of a text: the first two thirds and the last third are shown.
pub(crate) const LINES: usize = 120;

/// An entry of a list of operations.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) shown: Shown<'a>,
    /// For each level above and its own, whether more siblings follow.
    pub(crate) continues: Vec<bool>,
}

/// What an entry shows.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    /// An operation.
    Node(&'a Node),
    /// Operations that are folded: siblings, without those inside them.
    Folded(Vec<&'a Node>, Folded),
}

impl Entry<'_> {
    /// Number of levels above it.
    pub(crate) fn depth(&self) -> usize {
        self.continues.len().saturating_sub(1)
    }
}

/// The operations in the order of the tree, all of them.
pub(crate) fn whole(outline: &Outline) -> Vec<Entry<'_>> {
    entries(outline, |siblings| {
        siblings.into_iter().map(Shown::Node).collect()
    })
}

/// The operations in the order of the tree; in a large execution, alike siblings are folded. What failed,
/// retried or is open stays, as do the first and the last siblings.
pub(crate) fn folded(outline: &Outline) -> Vec<Entry<'_>> {
    if outline.nodes().len() <= SHOWN_WHOLE {
        return whole(outline);
    }
    let classes = Classes::of(outline);
    entries(outline, |siblings| classes.fold(outline, siblings))
}

/// Walks the tree without recursion, since an execution may be nested deeply.
fn entries<'a>(
    outline: &'a Outline,
    select: impl Fn(Vec<&'a Node>) -> Vec<Shown<'a>>,
) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut levels = vec![select(outline.roots()).into_iter().peekable()];
    let mut continues: Vec<bool> = vec![false];
    while let Some(level) = levels.last_mut() {
        let Some(shown) = level.next() else {
            levels.pop();
            continues.pop();
            continue;
        };
        let more = level.peek().is_some();
        if let Some(own) = continues.last_mut() {
            *own = more;
        }
        let children = match &shown {
            Shown::Node(node) => outline.children(node),
            Shown::Folded(..) => Vec::new(),
        };
        entries.push(Entry {
            shown,
            continues: continues.clone(),
        });
        if !children.is_empty() {
            levels.push(select(children).into_iter().peekable());
            continues.push(false);
        }
    }
    entries
}

/// The first and the last of too many lines, and how many between them are left out.
pub(crate) fn limited<T>(lines: &[T], limit: usize) -> (&[T], usize, &[T]) {
    if lines.len() <= limit {
        return (lines, 0, &[]);
    }
    let (first, rest) = lines.split_at(limit * 2 / 3);
    let left_out = lines.len() - limit;
    (first, left_out, rest.get(left_out..).unwrap_or_default())
}

/// How each operation came out, with all that is inside it.
struct Classes(Vec<Class>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    /// It succeeded at the first attempt, and so did all inside it.
    Quiet,
    /// It came out in some other way; equal numbers are alike.
    Loud(u64),
    /// It is open, or something inside it is.
    Open,
}

impl Classes {
    fn of(outline: &Outline) -> Self {
        let nodes = outline.nodes();
        let mut classes: Vec<Class> = Vec::with_capacity(nodes.len());
        classes.resize(nodes.len(), Class::Quiet);
        // Parents start before their children.
        for (index, node) in nodes.iter().enumerate().rev() {
            let inside = node
                .children
                .iter()
                .map(|child| classes.get(*child).copied().unwrap_or(Class::Quiet));
            let class = class(node, inside);
            if let Some(own) = classes.get_mut(index) {
                *own = class;
            }
        }
        Self(classes)
    }

    fn get(&self, node: &Node) -> Class {
        self.0.get(node.index).copied().unwrap_or(Class::Open)
    }

    fn fold<'a>(&self, outline: &Outline, siblings: Vec<&'a Node>) -> Vec<Shown<'a>> {
        if siblings.len() <= SIBLINGS {
            return siblings.into_iter().map(Shown::Node).collect();
        }
        let last = siblings.len() - LAST;
        let mut seen: HashMap<Class, usize> = HashMap::new();
        let mut shown: Vec<Shown<'a>> = Vec::new();
        let mut folding: Vec<&'a Node> = Vec::new();
        for (index, node) in siblings.into_iter().enumerate() {
            let class = self.get(node);
            let before = seen.entry(class).or_default();
            *before += 1;
            let first = match class {
                Class::Quiet => FIRST,
                Class::Loud(_) | Class::Open => FIRST_LOUD,
            };
            if *before > first && index < last {
                folding.push(node);
                continue;
            }
            shown.extend(close(outline, &mut folding));
            shown.push(Shown::Node(node));
        }
        shown.extend(close(outline, &mut folding));
        shown
    }
}

/// The folded operations as one entry; a single one is shown as itself.
fn close<'a>(outline: &Outline, folding: &mut Vec<&'a Node>) -> Option<Shown<'a>> {
    let nodes = std::mem::take(folding);
    if let [node] = nodes.as_slice() {
        return Some(Shown::Node(node));
    }
    (!nodes.is_empty()).then(|| {
        let summary = Folded::of(outline, &nodes);
        Shown::Folded(nodes, summary)
    })
}

fn class(node: &Node, inside: impl Iterator<Item = Class>) -> Class {
    let operation = &node.operation;
    let mut is_quiet = operation.status == OperationStatus::Succeeded && operation.attempt() <= 1;
    let mut is_open = !operation.status.is_terminal();
    let mut hasher = DefaultHasher::new();
    operation.operation_type().hash(&mut hasher);
    operation.status.hash(&mut hasher);
    operation.attempt().hash(&mut hasher);
    let error = operation.error().and_then(|error| error.error_type());
    error.hash(&mut hasher);
    for class in inside {
        is_quiet &= class == Class::Quiet;
        is_open |= class == Class::Open;
        class.hash(&mut hasher);
    }
    match (is_open, is_quiet) {
        (true, _) => Class::Open,
        (false, true) => Class::Quiet,
        (false, false) => Class::Loud(hasher.finish()),
    }
}

/// Folded siblings in words: `… 2,740 more steps succeeded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded {
    /// By status, how many; in the order of their first.
    statuses: Vec<(OperationStatus, usize)>,
    kinds: Vec<(OperationType, usize)>,
    inside: usize,
}

impl Folded {
    fn of(outline: &Outline, nodes: &[&Node]) -> Self {
        let mut folded = Self {
            statuses: Vec::new(),
            kinds: Vec::new(),
            inside: 0,
        };
        for node in nodes {
            add(&mut folded.statuses, node.operation.status);
            add(&mut folded.kinds, node.operation.operation_type());
            let mut below: Vec<&Node> = outline.children(node);
            while let Some(node) = below.pop() {
                folded.inside += 1;
                below.extend(outline.children(node));
            }
        }
        folded
    }
}

fn add<T: PartialEq>(counts: &mut Vec<(T, usize)>, value: T) {
    match counts.iter_mut().find(|(one, _)| *one == value) {
        Some((_, count)) => *count += 1,
        None => counts.push((value, 1)),
    }
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.kinds.iter().map(|(_, number)| number).sum();
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|(kind, number)| format!("{} {}", count(*number), plural(*kind, *number)))
            .collect();
        let only = match self.kinds.as_slice() {
            [(kind, number)] => Some(plural(*kind, *number)),
            _ => None,
        };
        write!(
            f,
            "… {} more {}",
            count(total),
            only.as_deref().unwrap_or("operations")
        )?;
        match self.statuses.as_slice() {
            [(OperationStatus::Succeeded, _)] => f.write_str(" succeeded")?,
            [(status, _)] => write!(f, " {status}")?,
            several => {
                for (index, (status, number)) in several.iter().enumerate() {
                    let before = if index == 0 { ": " } else { ", " };
                    write!(f, "{before}{} {status}", count(*number))?;
                }
            }
        }
        if only.is_none() {
            write!(f, " ({})", kinds.join(", "))?;
        }
        if self.inside > 0 {
            let plural = if self.inside == 1 { "" } else { "s" };
            write!(f, ", with {} operation{plural} inside", count(self.inside))?;
        }
        Ok(())
    }
}

fn plural(kind: OperationType, number: usize) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{}{s}", kind_word(kind))
}

/// The word for a type of operation.
pub(crate) const fn kind_word(operation_type: OperationType) -> &'static str {
    match operation_type {
        OperationType::Execution => "execution",
        OperationType::Context => "context",
        OperationType::Step => "step",
        OperationType::Wait => "wait",
        OperationType::Callback => "callback",
        OperationType::ChainedInvoke => "invoke",
    }
}

#[cfg(test)]
mod tests {
    use durable_service::model::{ErrorObject, ExecutionStatus, Timestamp};

    use super::*;
    use crate::Drawing;
    use crate::testing::{Subject, outline};

    fn drawn(outline: &Outline) -> String {
        let drawing = Drawing {
            function: "f",
            status: ExecutionStatus::Succeeded,
            error: None,
            started_at: Timestamp::from_millis(0),
            ended_at: Some(Timestamp::from_millis(0)),
            seen_at: Timestamp::from_millis(0),
            invocations: 1,
            outline,
        };
        drawing.to_string()
    }

    fn step(name: String) -> Subject {
        Subject::step(name)
    }

    #[test]
    fn what_differs_stays_and_alike_siblings_are_folded() {
        let mut steps: Vec<Subject> = (0..3_000).map(|n| step(format!("step-{n}"))).collect();
        steps[1_500] = step("broken".into()).failed(&ErrorObject::new("Busy", "later"));
        steps[2_000] = step("open".into()).open();

        insta::assert_snapshot!(drawn(&outline(steps)));
    }

    #[test]
    fn a_loop_of_failures_is_folded_although_its_operations_alternate() {
        let mut operations = Vec::new();
        for turn in 0..500 {
            let error = ErrorObject::new("Busy", format!("turn {turn}"));
            operations.push(step(format!("poll-{turn}")).failed(&error));
            operations.push(Subject::wait(format!("pause-{turn}")));
        }

        insta::assert_snapshot!(drawn(&outline(operations)));
    }

    #[test]
    fn folded_contexts_say_what_is_inside_them() {
        let items = (0..200).map(|n| {
            let charge = step("charge".into());
            Subject::context(format!("item-{n}")).with([charge, step("mail".into())])
        });

        insta::assert_snapshot!(drawn(&outline([Subject::context("batch").with(items)])));
    }

    #[test]
    fn many_kinds_of_outcome_end_at_the_limit_of_lines() {
        let steps = (0..900).map(|n| {
            let error = ErrorObject::new(format!("Error{n}"), "it failed");
            step(format!("step-{n}")).failed(&error)
        });
        let drawn = drawn(&outline(steps));
        assert_eq!(drawn.lines().count(), 1 + LINES + 1);
        assert!(drawn.contains("\n⋮  780 more lines\n"), "{drawn}");
        assert!(drawn.contains("step-899"), "{drawn}");
    }

    #[test]
    fn deep_nesting_needs_no_deep_stack() {
        let mut inner = step("bottom".into()).failed(&ErrorObject::new("Busy", "later"));
        for level in (0..3_000).rev() {
            inner = Subject::context(format!("level-{level}")).with([inner]);
        }
        let drawn = drawn(&outline([inner]));
        assert!(drawn.lines().count() <= LINES + 2, "{drawn}");
        assert!(drawn.contains("⋯3000 └─ bottom"), "{drawn}");
        assert!(
            drawn.lines().all(|line| line.chars().count() < 160),
            "{drawn}"
        );
    }
}

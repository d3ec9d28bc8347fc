//! Compares two runs of a workflow in what must not depend on how it ran.

use std::collections::HashMap;
use std::fmt;

use durable_host::sdk::{equality, errors, payload};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::results::{ErrorObject, ExecutionResult, Operation, OperationType};

/// Maximum length of a side in a message.
const MAX_SHOWN: usize = 200;

/// Number of common characters that a message shows before the difference of long texts.
const CONTEXT: usize = 30;

/// A difference between two runs.
///
/// One of the [`Finding`](super::Finding)s of a failed exploration, as of
/// [`explore_crashes`](crate::Run::explore_crashes).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The property that differs.
    pub subject: Subject,
    /// Path of the chained invoke that started the differing execution; empty for the execution itself.
    pub execution: String,
    /// The value in the first run.
    pub expected: String,
    /// The value in the other run.
    pub actual: String,
    /// Whether both values have the same elements, in another order.
    pub is_of_order_alone: bool,
}

/// The properties in which two runs can differ.
///
/// [`Difference::subject`] holds it; [`Run::explore_crashes`](crate::Run::explore_crashes) has an example
/// of an exploration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The status of the execution.
    Status,
    /// Its result.
    Result,
    /// Its error.
    Error,
    /// An operation.
    Operation {
        /// Its path.
        path: String,
        /// The differing property; `None` for the operation as a whole.
        property: Option<&'static str>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Status => f.write_str("status")?,
            Subject::Result => f.write_str("result")?,
            Subject::Error => f.write_str("error")?,
            Subject::Operation { path, property } => {
                if let Some(property) = property {
                    write!(f, "{property} of ")?;
                }
                write!(f, "\"{path}\"")?;
            }
        }
        if !self.execution.is_empty() {
            write!(f, " in the execution that \"{}\" called", self.execution)?;
        }
        Ok(())
    }
}

/// All differences between two runs, those of the executions that they called included: statuses, results,
/// errors with their types, and operations by their ids. Times and attempts are not compared. On several threads
/// it is by chance how far a branch came that was not awaited.
pub(super) fn differences(
    expected: &ExecutionResult,
    actual: &ExecutionResult,
    threads: Threads,
) -> Vec<Difference> {
    let mut found = Found {
        differences: Vec::new(),
        threads,
    };
    found.executions("", expected, actual);
    found.differences
}

/// How many threads ran the tasks of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    One,
    Several,
}

impl Threads {
    /// Those of the runtime that this is called in.
    pub(super) fn here() -> Self {
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::CurrentThread) | Err(_) => Self::One,
            Ok(_) => Self::Several,
        }
    }
}

struct Found {
    differences: Vec<Difference>,
    threads: Threads,
}

impl Found {
    fn executions(&mut self, at: &str, expected: &ExecutionResult, actual: &ExecutionResult) {
        self.texts(
            at,
            || Subject::Status,
            expected.status().as_str(),
            actual.status().as_str(),
        );
        self.results(
            at,
            || Subject::Result,
            text(expected.result_json()),
            text(actual.result_json()),
        );
        let (one, other) = (expected.error(), actual.error());
        if !same_errors(one, other) {
            self.push(at, Subject::Error, &error(one), &error(other));
        }
        self.operations(at, expected, actual);
        for (id, child) in expected.called() {
            let other = actual.called().find(|(other, _)| *other == id);
            let (Some((_, other)), Some(one), Some(two)) =
                (other, with_id(expected, id), with_id(actual, id))
            else {
                continue;
            };
            // How far it has progressed depends on the time alone.
            if is_unawaited(one, two) {
                continue;
            }
            let path = one.numbered_path();
            let at = if at.is_empty() {
                path
            } else {
                format!("{at}/{path}")
            };
            self.executions(&at, child, other);
        }
    }

    fn operations(&mut self, at: &str, expected: &ExecutionResult, actual: &ExecutionResult) {
        let others: HashMap<&str, &Operation> = actual
            .operations()
            .iter()
            .map(|operation| (operation.id(), operation))
            .collect();
        let known: HashMap<&str, &Operation> = expected
            .operations()
            .iter()
            .map(|operation| (operation.id(), operation))
            .collect();
        for operation in expected.operations() {
            match others.get(operation.id()) {
                Some(other) => self.operation(at, operation, other),
                None => self.whole(at, operation, Some(operation), None),
            }
        }
        for operation in actual.operations() {
            if !known.contains_key(operation.id()) {
                self.whole(at, operation, None, Some(operation));
            }
        }
    }

    fn operation(&mut self, at: &str, expected: &Operation, actual: &Operation) {
        if !is_of_one_kind(expected, actual) || expected.name() != actual.name() {
            self.whole(at, expected, Some(expected), Some(actual));
            return;
        }
        if is_unawaited(expected, actual) {
            return;
        }
        let subject = |property| Subject::Operation {
            path: expected.numbered_path(),
            property: Some(property),
        };
        self.texts(
            at,
            || subject("status"),
            expected.status().as_str(),
            actual.status().as_str(),
        );
        let (one, other) = (text(expected.result_json()), text(actual.result_json()));
        let is_record = expected.operation_type() == OperationType::Context;
        if !(is_record && equality::record_eq(one, other)) {
            self.results(at, || subject("result"), one, other);
        }
        let (one, other) = (expected.error(), actual.error());
        if expected.status() == actual.status() && !same_errors(one, other) {
            self.push(at, subject("error"), &error(one), &error(other));
        }
    }

    /// Results are compared as JSON: a `HashMap` serializes in any order.
    fn results(
        &mut self,
        at: &str,
        subject: impl FnOnce() -> Subject,
        expected: &str,
        actual: &str,
    ) {
        if !payload::json_eq(Some(expected), Some(actual)) {
            let is_of_order_alone = payload::differ_in_order_alone(Some(expected), Some(actual));
            self.push(at, subject(), expected, actual);
            if let Some(last) = self.differences.last_mut() {
                last.is_of_order_alone = is_of_order_alone;
            }
        }
    }

    fn texts(&mut self, at: &str, subject: impl FnOnce() -> Subject, expected: &str, actual: &str) {
        if !equality::text_eq(expected, actual) {
            self.push(at, subject(), expected, actual);
        }
    }

    fn push(&mut self, at: &str, subject: Subject, expected: &str, actual: &str) {
        let (expected, actual) = excerpts(expected, actual);
        self.differences.push(Difference {
            subject,
            execution: at.to_owned(),
            expected,
            actual,
            is_of_order_alone: false,
        });
    }

    fn whole(
        &mut self,
        at: &str,
        operation: &Operation,
        expected: Option<&Operation>,
        actual: Option<&Operation>,
    ) {
        let only = expected.xor(actual);
        if self.threads == Threads::Several && only.is_some_and(is_left_behind) {
            return;
        }
        let side = |operation: Option<&Operation>| {
            operation.map_or_else(
                || "none".to_owned(),
                |operation| {
                    format!(
                        "{} \"{}\" ({})",
                        kind(operation),
                        operation.label(),
                        operation.status()
                    )
                },
            )
        };
        self.differences.push(Difference {
            subject: Subject::Operation {
                path: operation.numbered_path(),
                property: None,
            },
            execution: at.to_owned(),
            expected: side(expected),
            actual: side(actual),
            is_of_order_alone: false,
        });
    }
}

/// Whether an operation was not awaited, such as the loser of a race. It may end in one run and stay open in
/// the other, but only if its end came from outside, without the handler.
fn is_unawaited(expected: &Operation, actual: &Operation) -> bool {
    let ends_from_outside = expected.operation_type().ends_from_outside();
    match (
        expected.status().is_terminal(),
        actual.status().is_terminal(),
    ) {
        (true, true) => false,
        (false, false) => true,
        (true, false) | (false, true) => ends_from_outside,
    }
}

/// Whether an operation was open when its execution ended, or belongs to one that was.
fn is_left_behind(operation: &Operation) -> bool {
    !operation.status().is_terminal() || operation.parent().is_some_and(is_left_behind)
}

fn with_id<'a>(execution: &'a ExecutionResult, id: &str) -> Option<&'a Operation> {
    let mut operations = execution.operations().iter();
    operations.find(|operation| operation.id() == id)
}

/// Whether both have the same [`kind`].
fn is_of_one_kind(one: &Operation, other: &Operation) -> bool {
    match (one.sub_type(), other.sub_type()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.operation_type() == other.operation_type(),
        (Some(_), None) | (None, Some(_)) => kind(one) == kind(other),
    }
}

/// The kind of an operation: the SDK's sub-type, else its type.
pub(super) fn kind(operation: &Operation) -> String {
    operation
        .sub_type()
        .map_or_else(|| operation.operation_type().to_string(), str::to_owned)
}

fn text(json: Option<&str>) -> &str {
    json.unwrap_or("none")
}

fn error(error: Option<&ErrorObject>) -> String {
    error.map_or_else(|| "none".to_owned(), ToString::to_string)
}

/// Whether two errors are equal, except for what a replay changes.
pub(super) fn same_errors(one: Option<&ErrorObject>, other: Option<&ErrorObject>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_none() && other.is_none();
    };
    let message = |error: &ErrorObject| error.error_message.clone().unwrap_or_default();
    let (expected, actual) = (message(one), message(other));
    // A replay loses the type only of an operation's error.
    let may_lose = [&expected, &actual]
        .iter()
        .any(|text| errors::may_lose_its_type(text));
    let is_lost = |error: &ErrorObject| {
        let kind = error.error_type.as_deref();
        may_lose && kind.is_some_and(errors::is_untyped)
    };
    (one.error_type == other.error_type || is_lost(one) || is_lost(other))
        && (equality::text_eq(&expected, &actual) || equality::cause_eq(&expected, &actual))
}

/// Both sides; long ones are cut to the part around the first difference.
fn excerpts(one: &str, other: &str) -> (String, String) {
    let longest = one.chars().count().max(other.chars().count());
    if longest <= MAX_SHOWN {
        return (one.to_owned(), other.to_owned());
    }
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let skipped = common.saturating_sub(CONTEXT);
    let cut = |text: &str| {
        let start = if skipped > 0 { "…" } else { "" };
        let rest: String = text.chars().skip(skipped).take(MAX_SHOWN).collect();
        let end = if text.chars().count() > skipped + MAX_SHOWN {
            "…"
        } else {
            ""
        };
        format!("{start}{rest}{end}")
    };
    (cut(one), cut(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_to_the_part_that_differs() {
        let one = format!("{}one{}", "a".repeat(500), "b".repeat(500));
        let two = format!("{}two", "a".repeat(500));
        let (one, two) = excerpts(&one, &two);
        assert!(one.starts_with("…aaa") && one.contains("aone") && one.ends_with("b…"));
        assert_eq!(two, format!("…{}two", "a".repeat(CONTEXT)));
        assert_eq!(
            excerpts("short", "shorter"),
            ("short".to_owned(), "shorter".to_owned())
        );
    }
}

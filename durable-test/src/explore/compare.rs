//! Two runs of a workflow, compared: what must not depend on how it ran.

use std::collections::HashMap;
use std::fmt;

use durable_runtime::local::same;

use crate::{ExecutionResult, Operation, OperationType};

/// Longest text of a side that a message shows.
const MOST: usize = 200;

/// How much of what both sides have in common is shown before a difference of long texts.
const CONTEXT: usize = 30;

/// Something in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub subject: Subject,
    /// Path of the chained invoke whose execution it is about; empty for the execution itself.
    pub execution: String,
    /// How the first run had it.
    pub expected: String,
    /// How the other run had it.
    pub actual: String,
}

/// What two runs can differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// How the execution ended.
    Status,
    /// What it returned.
    Result,
    /// What it failed with.
    Error,
    /// An operation.
    Operation {
        /// Its path.
        path: String,
        /// Which of its properties; none for the operation as a whole.
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

/// All differences between two runs, those of the executions that they called included: statuses,
/// results, errors and operations by their ids. Times and attempts do not count.
pub(super) fn differences(expected: &ExecutionResult, actual: &ExecutionResult) -> Vec<Difference> {
    let mut found = Found::default();
    found.executions("", expected, actual);
    found.0
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn executions(&mut self, at: &str, expected: &ExecutionResult, actual: &ExecutionResult) {
        self.texts(
            at,
            Subject::Status,
            expected.status().as_str(),
            actual.status().as_str(),
        );
        self.texts(
            at,
            Subject::Result,
            text(expected.result_json()),
            text(actual.result_json()),
        );
        let (one, other) = (message(expected), message(actual));
        if !same::causes(one, other) {
            self.texts(at, Subject::Error, one, other);
        }
        self.operations(at, expected, actual);
        for (operation, child) in expected.called() {
            let other = actual.called().find(|(other, _)| *other == operation);
            if let Some((_, other)) = other {
                let path = expected
                    .operations()
                    .iter()
                    .find(|candidate| candidate.id() == operation)
                    .map_or_else(String::new, Operation::path);
                let at = if at.is_empty() {
                    path
                } else {
                    format!("{at}/{path}")
                };
                self.executions(&at, child, other);
            }
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
        if kind(expected) != kind(actual) || expected.name() != actual.name() {
            self.whole(at, expected, Some(expected), Some(actual));
            return;
        }
        // Nobody waited for its end.
        if !expected.status().is_terminal() && !actual.status().is_terminal() {
            return;
        }
        let subject = |property| Subject::Operation {
            path: expected.path(),
            property: Some(property),
        };
        self.texts(
            at,
            subject("status"),
            expected.status().as_str(),
            actual.status().as_str(),
        );
        let (one, other) = (text(expected.result_json()), text(actual.result_json()));
        let is_record = expected.operation_type() == OperationType::Context;
        if !(is_record && same::records(one, other)) {
            self.texts(at, subject("result"), one, other);
        }
    }

    fn texts(&mut self, at: &str, subject: Subject, expected: &str, actual: &str) {
        if !same::texts(expected, actual) {
            let (expected, actual) = excerpts(expected, actual);
            self.0.push(Difference {
                subject,
                execution: at.to_owned(),
                expected,
                actual,
            });
        }
    }

    fn whole(
        &mut self,
        at: &str,
        operation: &Operation,
        expected: Option<&Operation>,
        actual: Option<&Operation>,
    ) {
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
        self.0.push(Difference {
            subject: Subject::Operation {
                path: operation.path(),
                property: None,
            },
            execution: at.to_owned(),
            expected: side(expected),
            actual: side(actual),
        });
    }
}

/// What an operation is: what the SDK calls its kind, else its type.
fn kind(operation: &Operation) -> String {
    operation
        .sub_type()
        .map_or_else(|| operation.operation_type().to_string(), str::to_owned)
}

fn text(json: Option<&str>) -> &str {
    json.unwrap_or("none")
}

fn message(execution: &ExecutionResult) -> &str {
    execution
        .error()
        .map_or("none", |error| error.error_message().unwrap_or("an error"))
}

/// Both sides, cut to where they begin to differ if they are long.
fn excerpts(one: &str, other: &str) -> (String, String) {
    let longest = one.chars().count().max(other.chars().count());
    if longest <= MOST {
        return (one.to_owned(), other.to_owned());
    }
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let skipped = common.saturating_sub(CONTEXT);
    let cut = |text: &str| {
        let begin = if skipped > 0 { "…" } else { "" };
        let rest: String = text.chars().skip(skipped).take(MOST).collect();
        let end = if text.chars().count() > skipped + MOST {
            "…"
        } else {
            ""
        };
        format!("{begin}{rest}{end}")
    };
    (cut(one), cut(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_to_where_they_differ() {
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

//! Whether the ids of operations depend on the order in which tasks run.

use std::collections::HashMap;

use durable_host::sdk::payload;

use super::compare::{kind, same_errors};
use crate::results::{ExecutionResult, Operation};

/// Whether an id stands for different operations in two undisturbed runs although all that the handler knew
/// when it began them was the same. No clock and no random number of a step explains that: the tasks of the
/// handler race for ids, and a replay would mix up their operations.
pub(super) fn depends_on_order(first: &ExecutionResult, again: &ExecutionResult) -> bool {
    let (one, other) = (Lives::of(first), Lives::of(again));
    let in_both = one.0.iter().filter_map(|(id, life)| {
        let in_other = other.0.get(id)?;
        Some((life, in_other))
    });
    let (same, mixed_up): (Vec<_>, Vec<_>) =
        in_both.partition(|(one, other)| is_same(one.operation, other.operation));
    let known_differs = |(one, other): &(&Life<'_>, &Life<'_>)| {
        same.iter().any(|(value, in_other)| {
            value.ended_before(one)
                && in_other.ended_before(other)
                && !has_same_value(value.operation, in_other.operation)
        })
    };
    mixed_up.iter().any(|pair| !known_differs(pair))
}

/// The operations of a run by id.
struct Lives<'a>(HashMap<&'a str, Life<'a>>);

/// An operation, and the positions in the history at which it began and ended.
struct Life<'a> {
    operation: &'a Operation,
    began: usize,
    ended: Option<usize>,
}

impl<'a> Lives<'a> {
    fn of(run: &'a ExecutionResult) -> Self {
        let mut began = HashMap::new();
        let mut ended = HashMap::new();
        for (position, event) in run.history().iter().enumerate() {
            let Some(id) = event.id() else { continue };
            began.entry(id).or_insert(position);
            if event.details.closes() {
                ended.insert(id, position);
            }
        }
        let lives = run.operations().iter().filter_map(|operation| {
            let life = Life {
                operation,
                began: *began.get(operation.id())?,
                ended: ended.get(operation.id()).copied(),
            };
            Some((operation.id(), life))
        });
        Self(lives.collect())
    }
}

impl Life<'_> {
    fn ended_before(&self, other: &Life<'_>) -> bool {
        self.ended.is_some_and(|ended| ended < other.began)
    }
}

fn is_same(one: &Operation, other: &Operation) -> bool {
    kind(one) == kind(other) && one.name() == other.name()
}

fn has_same_value(one: &Operation, other: &Operation) -> bool {
    payload::json_eq(one.result_json(), other.result_json())
        && same_errors(one.error(), other.error())
}

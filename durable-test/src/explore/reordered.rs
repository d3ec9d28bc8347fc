//! Which operations ended in another order.

use std::collections::HashMap;

use crate::ExecutionResult;

/// The first pair of operations that ended in the other order: `"ship" finished before "charge"`.
pub(super) fn reordered(first: &ExecutionResult, other: &ExecutionResult) -> Option<String> {
    let (before, now) = (ends(first), ends(other));
    let position: HashMap<&str, usize> = before
        .iter()
        .enumerate()
        .map(|(at, id)| (*id, at))
        .collect();
    let known: Vec<&str> = now
        .into_iter()
        .filter(|id| position.contains_key(id))
        .collect();
    let name = |id: &str| {
        let mut operations = other.operations().iter();
        let operation = operations.find(|operation| operation.id() == id)?;
        Some(operation.numbered_path())
    };
    known.iter().enumerate().find_map(|(at, early)| {
        let mut later = known.iter().skip(at + 1);
        let late = later.find(|late| position.get(*late) < position.get(early))?;
        Some(format!(
            "\"{}\" finished before \"{}\"",
            name(early)?,
            name(late)?
        ))
    })
}

/// The ids of the operations that ended, in their order.
fn ends(result: &ExecutionResult) -> Vec<&str> {
    let ended = result
        .history()
        .iter()
        .filter(|event| event.details.closes());
    ended.filter_map(|event| event.id()).collect()
}

//! The executions whose last changes may not be written yet.

use std::collections::{HashMap, VecDeque};

/// The executions whose last changes may not be written yet, and the batches of these changes.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    /// Number of the last batch of each execution; only looked up.
    last: HashMap<u64, u64>,
    /// Batches with an execution that each changes, in the order of the batches.
    order: VecDeque<(u64, u64)>,
}

impl Unwritten {
    /// Adds a batch that changes an execution. Batches come in the order of their numbers.
    pub(super) fn add(&mut self, batch: u64, execution: u64) {
        if self.last.insert(execution, batch) != Some(batch) {
            self.order.push_back((batch, execution));
        }
    }

    /// Removes all batches up to one, which are written.
    pub(super) fn remove_until(&mut self, written: u64) {
        while let Some((batch, execution)) = self.order.front().copied()
            && batch <= written
        {
            self.order.pop_front();
            if self.last.get(&execution) == Some(&batch) {
                self.last.remove(&execution);
            }
        }
    }

    /// Number of the last batch that changes an execution; none if all of them are written.
    pub(super) fn last(&self, execution: u64) -> Option<u64> {
        self.last.get(&execution).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_unwritten_until_its_last_batch_is_written() {
        let mut unwritten = Unwritten::default();
        for (batch, execution) in [(1, 7), (1, 7), (1, 8), (2, 7), (3, 9)] {
            unwritten.add(batch, execution);
        }
        let last = |unwritten: &Unwritten| [7, 8, 9].map(|execution| unwritten.last(execution));
        assert_eq!(last(&unwritten), [Some(2), Some(1), Some(3)]);
        unwritten.remove_until(1);
        assert_eq!(last(&unwritten), [Some(2), None, Some(3)]);
        unwritten.remove_until(3);
        assert_eq!(last(&unwritten), [None; 3]);
        assert!(unwritten.order.is_empty() && unwritten.last.is_empty());
    }
}

//! What an execution left open when it ended.

use durable_host::sdk::sub_types;
use durable_service::model::{OperationStatus, OperationType};

use super::{ExecutionResult, Operation};
use crate::screen::listed;

impl ExecutionResult {
    /// The operations that were open when the execution ended, in start order: started and never awaited,
    /// unanswered callbacks included. On AWS they stay open, and systems outside may still wait for them.
    ///
    /// Operations that lost a race are left out where the history shows it: branches of a map or parallel
    /// that completed without them, and inputs of a `race`, `select_ok` or `try_join_all`. Empty while the
    /// execution runs.
    pub fn unfinished(&self) -> impl Iterator<Item = &Operation> {
        let has_ended = self.ended_at().is_some();
        self.operations()
            .iter()
            .filter(move |operation| has_ended && self.is_unfinished(operation))
    }

    /// The unfinished operations in words, for the report; of many, the first ones and their number.
    pub(super) fn unfinished_line(&self, is_whole: bool) -> String {
        let words = self.unfinished().map(|operation| {
            let kind = operation.operation_type().as_str().to_lowercase();
            // A step ends by itself, unless its future is dropped: its body may have done half of its work.
            let is_step = operation.operation_type() == OperationType::Step;
            let how = if is_step && operation.status() == OperationStatus::Started {
                " (abandoned: its future was dropped while it ran)"
            } else {
                ""
            };
            format!("{} \"{}\"{how}", kind.replace('_', " "), operation.path())
        });
        let words: Vec<String> = words.collect();
        if is_whole {
            words.join(", ")
        } else {
            listed(&words)
        }
    }

    fn is_unfinished(&self, operation: &Operation) -> bool {
        // A context is open because an operation inside it is.
        let says_nothing_itself = operation.operation_type() == OperationType::Context
            && operation.children().next().is_some();
        !operation.status().is_terminal()
            && !says_nothing_itself
            && !self.lost(operation)
            && !ancestors(operation).any(|ancestor| self.lost(ancestor))
    }

    /// Whether an operation is open because another one won.
    fn lost(&self, operation: &Operation) -> bool {
        if operation.status().is_terminal() {
            return false;
        }
        let in_a_decided_batch = operation.parent().is_some_and(|parent| {
            let is_batch = sub_types::is_batch(parent.sub_type());
            is_batch && parent.status().is_terminal()
        });
        in_a_decided_batch || self.was_input(operation)
    }

    /// Whether an operation started while a sibling combinator ran. A combinator is recorded as a context
    /// without operations inside: its inputs are its siblings.
    fn was_input(&self, operation: &Operation) -> bool {
        let parent = operation.parent().map(Operation::id);
        let Some((start, _)) = self.span(operation.id()) else {
            return false;
        };
        self.contexts()
            .filter(|other| {
                other.parent().map(Operation::id) == parent
                    && other.status().is_terminal()
                    && other.children().next().is_none()
            })
            .filter_map(|other| self.span(other.id()))
            .any(|(from, to)| from < start && start < to)
    }

    /// The numbers of an operation's first and last event.
    fn span(&self, id: &str) -> Option<(u64, u64)> {
        let mut events = self
            .history()
            .iter()
            .filter(|event| event.id() == Some(id))
            .map(|event| event.event_id);
        let first = events.next()?;
        Some((first, events.next_back().unwrap_or(first)))
    }
}

fn ancestors(operation: &Operation) -> impl Iterator<Item = &Operation> {
    std::iter::successors(operation.parent(), |ancestor| ancestor.parent())
}

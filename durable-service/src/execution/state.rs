//! The state that a running function sees: operations in pages, without what closed contexts hide.

use std::collections::HashSet;

use super::Execution;
use crate::ServiceError;
use crate::model::{Operation, OperationDetails, OperationId};

/// A page of an execution's state.
///
/// [`Service::state`](crate::Service::state) returns one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePage {
    /// Operations in the order of their creation; on the first page the EXECUTION one leads.
    pub operations: Vec<Operation>,
    /// Marker of the next page; none on the last one.
    pub next_marker: Option<String>,
}

impl Execution {
    /// A page of the state, of up to `max_items` operations. `bytes` bounds the operation data on it, but
    /// for the first operation, so that no page is empty.
    pub(crate) fn page(
        &self,
        marker: Option<&str>,
        max_items: usize,
        bytes: usize,
    ) -> Result<StatePage, ServiceError> {
        let start = match marker {
            None | Some("") => 0,
            Some(marker) => marker
                .parse::<usize>()
                .ok()
                .filter(|index| *index <= self.operations.len())
                .ok_or_else(|| ServiceError::invalid("Invalid Marker"))?,
        };
        let mut page = StatePage {
            operations: Vec::new(),
            next_marker: None,
        };
        let mut size = 0_usize;
        for (index, operation) in self.visible() {
            if index < start {
                continue;
            }
            size = size.saturating_add(operation.data_size());
            let full = page.operations.len() >= max_items || size > bytes;
            if full && !page.operations.is_empty() {
                page.next_marker = Some(index.to_string());
                break;
            }
            page.operations.push(operation.clone());
        }
        Ok(page)
    }

    /// The operations that a replay can need, with their indices.
    fn visible(&self) -> impl Iterator<Item = (usize, &Operation)> {
        let all = self.operations.values().enumerate();
        let prune = self.policy.prune_closed_contexts;
        let mut pruning = Pruning::default();
        all.filter(move |(_, operation)| pruning.shows(operation) || !prune)
    }
}

/// The operations, in the order of their creation, that a replay can need. Those under a closed context
/// are left out, unless the context asks for its children to be replayed (docs/service.md, 3.4).
///
/// They may be those of an [`Execution`], or of a [`Fold`](crate::fold::Fold).
pub fn needed_by_replay<'a>(
    operations: impl IntoIterator<Item = &'a Operation>,
) -> impl Iterator<Item = &'a Operation> {
    let mut pruning = Pruning::default();
    operations
        .into_iter()
        .filter(move |operation| pruning.shows(operation))
}

/// Finds the operations under closed contexts.
#[derive(Default)]
struct Pruning<'a> {
    hiding: HashSet<&'a OperationId>,
}

impl<'a> Pruning<'a> {
    /// Returns whether the operation is visible. Call in creation order.
    fn shows(&mut self, operation: &'a Operation) -> bool {
        let parent = operation.parent_id.as_ref();
        let is_hidden = parent.is_some_and(|parent| self.hiding.contains(parent));
        let hides = match &operation.details {
            OperationDetails::Context(context) => {
                operation.status.is_terminal() && !context.replay_children
            }
            _ => false,
        };
        if is_hidden || hides {
            self.hiding.insert(&operation.id);
        }
        !is_hidden
    }
}

//! The state that a running function sees: operations in pages, without what closed contexts hide.

use std::collections::HashSet;

use super::Execution;
use crate::ServiceError;
use crate::model::{Operation, OperationDetails, OperationId};

/// A page of an execution's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePage {
    /// Operations in the order of their creation; on the first page the EXECUTION one leads.
    pub operations: Vec<Operation>,
    /// Where the next page begins; none on the last one.
    pub next_marker: Option<String>,
}

impl Execution {
    /// A page of the state. `most` bounds its length; `bytes` bounds the operation data on it, but
    /// for the first operation, so that every page moves on.
    pub(crate) fn page(
        &self,
        marker: Option<&str>,
        most: usize,
        bytes: usize,
    ) -> Result<StatePage, ServiceError> {
        let begin = match marker {
            None | Some("") => 0,
            Some(marker) => marker
                .parse::<usize>()
                .ok()
                .filter(|place| *place <= self.operations.len())
                .ok_or_else(|| ServiceError::invalid("Invalid Marker"))?,
        };
        let mut page = StatePage {
            operations: Vec::new(),
            next_marker: None,
        };
        let mut size = 0_usize;
        for (place, operation) in self.visible() {
            if place < begin {
                continue;
            }
            size = size.saturating_add(operation.data_size());
            let full = page.operations.len() >= most || size > bytes;
            if full && !page.operations.is_empty() {
                page.next_marker = Some(place.to_string());
                break;
            }
            page.operations.push(operation.clone());
        }
        Ok(page)
    }

    /// The operations that a replay can need, with their places. What is under a closed context is
    /// not among them, unless the context asks for its children to be replayed (contract,
    /// section 3.4).
    fn visible(&self) -> impl Iterator<Item = (usize, &Operation)> {
        let prune = self.origin.policy.prune_closed_contexts;
        let mut hiding: HashSet<&OperationId> = HashSet::new();
        self.operations
            .values()
            .enumerate()
            .filter(move |(_, operation)| {
                let hidden = operation
                    .parent_id
                    .as_ref()
                    .is_some_and(|parent| hiding.contains(parent));
                let hides = match &operation.details {
                    OperationDetails::Context(context) => {
                        operation.status.is_terminal() && !context.replay_children
                    }
                    _ => false,
                };
                if prune && (hidden || hides) {
                    hiding.insert(&operation.id);
                }
                !hidden
            })
    }
}

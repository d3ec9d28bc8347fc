//! The operations of an execution as a tree, each with a label.

use std::collections::HashMap;

use durable_service::model::{Operation, OperationId};

/// The operations of an execution as a tree.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, Default)]
pub struct Outline(Vec<Node>);

/// An operation within an [`Outline`].
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Node {
    /// The operation.
    pub operation: Operation,
    /// Its name; for an unnamed operation, its kind and its number among the unnamed siblings of that kind,
    /// as in `Step#1`.
    pub label: String,
    /// Index of the CONTEXT operation that it belongs to; none at the top level.
    pub parent: Option<usize>,
    /// Indices of the operations that belong to it, in the order of their starts.
    pub children: Vec<usize>,
    /// Its own index.
    pub(crate) index: usize,
}

impl Outline {
    /// Arranges operations, which are in the order of their starts and without the EXECUTION operation.
    #[must_use]
    pub fn new(operations: Vec<Operation>) -> Self {
        let indices: HashMap<OperationId, usize> = operations
            .iter()
            .enumerate()
            .map(|(index, operation)| (operation.id.clone(), index))
            .collect();
        let parents: Vec<Option<usize>> = operations
            .iter()
            .map(|operation| indices.get(operation.parent_id.as_ref()?).copied())
            .collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
        for (index, parent) in parents.iter().enumerate() {
            if let Some(siblings) = parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(index);
            }
        }
        let mut unnamed: HashMap<(Option<usize>, String), usize> = HashMap::new();
        let nodes = operations
            .into_iter()
            .zip(parents)
            .zip(children)
            .enumerate()
            .map(|(index, ((operation, parent), children))| {
                let label = operation.name.clone().unwrap_or_else(|| {
                    let kind = operation
                        .sub_type
                        .clone()
                        .unwrap_or_else(|| operation.operation_type().to_string());
                    let number = unnamed.entry((parent, kind.clone())).or_default();
                    *number += 1;
                    format!("{kind}#{number}")
                });
                Node {
                    operation,
                    label,
                    parent,
                    children,
                    index,
                }
            })
            .collect();
        Self(nodes)
    }

    /// The operations in the order of their starts. [`Node::parent`] and [`Node::children`] are indices
    /// of this slice.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// The operations at the top level.
    pub(crate) fn roots(&self) -> Vec<&Node> {
        self.0.iter().filter(|node| node.parent.is_none()).collect()
    }

    /// The operations that belong to a node.
    pub(crate) fn children(&self, node: &Node) -> Vec<&Node> {
        let indices = node.children.iter();
        indices.filter_map(|index| self.0.get(*index)).collect()
    }
}

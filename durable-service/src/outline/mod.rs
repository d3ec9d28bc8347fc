//! The operations of an execution as people look at them: who belongs to whom, what each is called,
//! and the tree that is printed of them.

mod drawing;

use std::collections::HashMap;

use crate::model::{Operation, OperationId};

pub use drawing::{Drawing, human};

/// The operations of an execution with their family relations.
#[derive(Debug, Clone, Default)]
pub struct Outline(Vec<Node>);

/// An operation in its place among the others.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Node {
    /// The operation.
    pub operation: Operation,
    /// Its name; without one its kind and its number among the unnamed siblings of that kind, as in
    /// `Step#1`.
    pub label: String,
    /// Place of the CONTEXT operation that it belongs to; none at the top level.
    pub parent: Option<usize>,
    /// Places of the operations that belong to it, in their order.
    pub children: Vec<usize>,
}

impl Outline {
    /// The outline of operations that are in the order of their starts, the EXECUTION one left out.
    #[must_use]
    pub fn new(operations: Vec<Operation>) -> Self {
        let places: HashMap<OperationId, usize> = operations
            .iter()
            .enumerate()
            .map(|(place, operation)| (operation.id.clone(), place))
            .collect();
        let parents: Vec<Option<usize>> = operations
            .iter()
            .map(|operation| places.get(operation.parent_id.as_ref()?).copied())
            .collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
        for (place, parent) in parents.iter().enumerate() {
            if let Some(siblings) = parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(place);
            }
        }
        let mut unnamed: HashMap<(Option<usize>, String), usize> = HashMap::new();
        let nodes = operations
            .into_iter()
            .zip(parents)
            .zip(children)
            .map(|((operation, parent), children)| {
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
                }
            })
            .collect();
        Self(nodes)
    }

    /// The operations in the order of their starts; [`Node`]s name each other by their places in it.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// The operations at the top level.
    fn top(&self) -> Vec<&Node> {
        self.0.iter().filter(|node| node.parent.is_none()).collect()
    }

    /// The operations that belong to one.
    fn children(&self, node: &Node) -> Vec<&Node> {
        let places = node.children.iter();
        places.filter_map(|place| self.0.get(*place)).collect()
    }
}

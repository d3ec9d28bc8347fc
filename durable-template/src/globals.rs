//! SAM's `Globals`, merged into the properties of its functions.

use std::sync::Arc;

use crate::node::{Members, Node};

/// The properties of a function with those of `Globals.Function`, less the ones that it ignores.
pub(crate) fn merged(globals: &Node, own: &Node) -> Node {
    let (Some(all), Some(properties)) = (globals.as_map(), own.as_map()) else {
        return own.clone();
    };
    let ignored = properties.get("IgnoreGlobals");
    let wanted: Members = match ignored {
        Some(Node::Text(all)) if all.as_ref() == "*" => Members::new(),
        Some(Node::List(names)) => all
            .iter()
            .filter(|(name, _)| !names.iter().any(|it| it.as_text() == Some(name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        _ => all.as_ref().clone(),
    };
    merge(&Node::Map(Arc::new(wanted)), own, &mut { MAX_MERGES })
}

/// Limit on the values that are merged for one function: aliases can make objects that are far larger than
/// their text.
const MAX_MERGES: usize = 100_000;

/// Objects are merged member by member, lists are joined, and any other value overrides the global one. An
/// intrinsic function is such a value.
fn merge(global: &Node, own: &Node, left: &mut usize) -> Node {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return own.clone();
    }
    match (global, own) {
        (Node::Map(global), Node::Map(own)) => {
            let mut all = global.as_ref().clone();
            for (name, value) in own.as_ref() {
                let value = match global.get(name) {
                    Some(global) => merge(global, value, left),
                    None => value.clone(),
                };
                all.insert(name.clone(), value);
            }
            Node::Map(Arc::new(all))
        }
        (Node::List(global), Node::List(own)) => {
            let items = global.iter().chain(own.iter()).cloned();
            Node::List(Arc::new(items.collect()))
        }
        _ => own.clone(),
    }
}

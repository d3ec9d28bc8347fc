//! `Fn::ForEach`: members that are repeated for each item of a list.

use std::sync::Arc;

use super::Scope;
use crate::node::{Call, Members, Node};
use crate::value::Value;

/// How deep loops may nest.
const MAX_LOOPS: usize = 5;

impl Scope<'_> {
    /// The members of an object with its loops expanded. A loop that cannot be expanded stays as one
    /// member, which is unresolved.
    pub(super) fn members(&self, members: &Members) -> Members {
        if !members.keys().any(|name| name.starts_with("Fn::ForEach")) {
            return members.clone();
        }
        self.expanded(members, 0)
    }

    fn expanded(&self, members: &Members, loops: usize) -> Members {
        let mut all = Members::new();
        for (name, node) in members {
            if !name.starts_with("Fn::ForEach") {
                all.insert(name.clone(), node.clone());
                continue;
            }
            match self.repeated(node, loops) {
                Ok(repeated) => all.extend(repeated),
                Err(reason) => {
                    all.insert(name.clone(), Node::call(name, Node::text(reason)));
                }
            }
        }
        all
    }

    fn repeated(&self, node: &Node, loops: usize) -> Result<Members, String> {
        if loops >= MAX_LOOPS {
            return Err("its loops are nested too deeply".to_owned());
        }
        let wrong = || "it needs an identifier, a list and the members to repeat".to_owned();
        let Node::List(parts) = node else {
            return Err(wrong());
        };
        let [Node::Text(identifier), list, Node::Map(body)] = parts.as_slice() else {
            return Err(wrong());
        };
        let items = match self.known(list)? {
            Value::List(items) => items,
            single => vec![single],
        };
        let mut all = Members::new();
        for item in &items {
            let item = super::text_of(item)?;
            let of_item = Item {
                identifier,
                value: &item,
                scope: self,
            };
            let members = of_item.members(body)?;
            all.extend(self.expanded(&members, loops + 1));
        }
        Ok(all)
    }
}

/// One round of a loop.
struct Item<'a> {
    identifier: &'a str,
    value: &'a str,
    scope: &'a Scope<'a>,
}

impl Item<'_> {
    fn members(&self, members: &Members) -> Result<Members, String> {
        members
            .iter()
            .map(|(name, node)| Ok((self.text(name), self.node(node)?)))
            .collect()
    }

    fn node(&self, node: &Node) -> Result<Node, String> {
        if !self.scope.spend(1) {
            return Err("the template is too large once its loops are expanded".to_owned());
        }
        Ok(match node {
            Node::Text(text) => Node::text(self.text(text)),
            Node::List(items) => {
                let items = items.iter().map(|item| self.node(item));
                Node::List(Arc::new(items.collect::<Result<_, _>>()?))
            }
            Node::Map(members) => Node::object(self.members(members)?),
            Node::Call(call) if call.function == "Ref" && self.is_named(&call.argument) => {
                Node::text(self.value)
            }
            Node::Call(call) => Node::Call(Arc::new(Call {
                function: call.function.clone(),
                argument: self.node(&call.argument)?,
            })),
            other => other.clone(),
        })
    }

    fn is_named(&self, node: &Node) -> bool {
        node.as_text() == Some(self.identifier)
    }

    /// A text with the item in its places. `&{..}` leaves out what a logical id must not have.
    fn text(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let plain: String = self
            .value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        text.replace(&format!("${{{}}}", self.identifier), self.value)
            .replace(&format!("&{{{}}}", self.identifier), &plain)
    }
}

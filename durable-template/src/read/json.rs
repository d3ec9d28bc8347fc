//! JSON. Numbers keep the text that they have, because CloudFormation hands them on as texts.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scalar::shortest;
use super::{MAX_DEPTH, SyntaxError};
use crate::node::{Members, Node};

/// What a text in JSON holds; none if it is not JSON.
pub(super) fn read(text: &str) -> Option<Result<(Node, Vec<String>), SyntaxError>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut notes = Vec::new();
    let node = node(text, 0, &mut notes);
    Some(node.map(|node| (node, notes)))
}

fn node(text: &str, depth: usize, notes: &mut Vec<String>) -> Result<Node, SyntaxError> {
    if depth > MAX_DEPTH {
        return Err(SyntaxError::too_deep());
    }
    let text = text.trim();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let wrong = |error: serde_json::Error| SyntaxError::new(error.to_string());
    match text.as_bytes().first() {
        Some(b'{') => {
            let Pairs(pairs) = deserializer
                .deserialize_map(Pairs::default())
                .map_err(wrong)?;
            let mut seen = HashSet::new();
            let mut members = Members::new();
            for (name, value) in pairs {
                if !seen.insert(name.clone()) {
                    notes.push(format!("{name:?} is there twice; the last one counts"));
                }
                let value = node(value.get(), depth + 1, notes)?;
                members.insert(name, value);
            }
            Ok(Node::object(members))
        }
        Some(b'[') => {
            let Items(items) = deserializer
                .deserialize_seq(Items::default())
                .map_err(wrong)?;
            let items = items.iter().map(|item| node(item.get(), depth + 1, notes));
            Ok(Node::List(Arc::new(items.collect::<Result<_, _>>()?)))
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(text).map_err(wrong)?;
            Ok(Node::text(text))
        }
        Some(b't') => Ok(Node::Bool(true)),
        Some(b'f') => Ok(Node::Bool(false)),
        Some(b'n') | None => Ok(Node::Null),
        Some(_) => {
            let whole = text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
            let number = if whole {
                text.to_owned()
            } else {
                shortest(text).unwrap_or_else(|| text.to_owned())
            };
            Ok(Node::Number(number.into()))
        }
    }
}

/// The members of an object, unread.
#[derive(Default)]
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Visitor<'de> for Pairs {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(pair) = map.next_entry()? {
            self.0.push(pair);
        }
        Ok(self)
    }
}

/// The items of a list, unread.
#[derive(Default)]
struct Items(Vec<Box<RawValue>>);

impl<'de> Visitor<'de> for Items {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self, A::Error> {
        while let Some(item) = list.next_element()? {
            self.0.push(item);
        }
        Ok(self)
    }
}

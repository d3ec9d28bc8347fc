//! YAML, with CloudFormation's tags and with merge keys.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::scalar;
use super::{MAX_DEPTH, SyntaxError};
use crate::node::{Members, Node};

/// Says no more than this about the scalars of a file.
const MAX_NOTES: usize = 20;

/// Limit on the members that merge keys copy in one file.
const MAX_MERGED: usize = 1_000_000;

/// What a text in YAML holds, and what is said about it.
pub(super) fn read(text: &str) -> Result<(Node, Vec<String>), SyntaxError> {
    let mut builder = Builder::default();
    let mut document = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        match event {
            Event::DocumentStart(_) if document.is_some() => {
                return Err(SyntaxError::new("it holds more than one document"));
            }
            Event::DocumentEnd => document = builder.root.take(),
            event => builder.take(event, span)?,
        }
    }
    Ok((document.unwrap_or(Node::Null), builder.notes))
}

fn syntax(error: &ScanError) -> SyntaxError {
    let marker = error.marker();
    let (line, column) = (marker.line(), marker.col() + 1);
    SyntaxError::new(format!("{} at line {line} column {column}", error.info()))
}

/// A list or an object that is not complete yet.
struct Open {
    anchor: usize,
    /// The intrinsic function that its tag names.
    function: Option<String>,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map {
        members: Members,
        /// What merge keys bring, the first one first.
        merged: Vec<Node>,
        key: Option<Key>,
    },
}

enum Key {
    Member(String),
    Merge,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    notes: Vec<String>,
    /// Members that merge keys copied so far.
    copied: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| at(span, "an alias is part of its own anchor"))?;
                self.add(node, None, span)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let merge = plain && text == "<<";
                let node = self.scalar(&text, style, tag.as_deref(), span);
                self.anchor(anchor, &node);
                self.add(node, Some((&text, merge)), span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(anchor, tag.as_deref(), Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Map {
                    members: Members::new(),
                    merged: Vec::new(),
                    key: None,
                };
                self.start(anchor, tag.as_deref(), kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            _ => Ok(()),
        }
    }

    fn start(&mut self, anchor: usize, tag: Option<&Tag>, kind: Kind) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(SyntaxError::too_deep());
        }
        self.open.push(Open {
            anchor,
            function: tag.and_then(function),
            kind,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let node = match open.kind {
            Kind::List(items) => Node::List(Arc::new(items)),
            Kind::Map {
                members, merged, ..
            } => Node::object(self.merge(members, merged, span)?),
        };
        let node = match open.function {
            Some(function) => Node::call(&function, node),
            None => node,
        };
        self.anchor(open.anchor, &node);
        self.add(node, None, span)
    }

    fn anchor(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Node {
        match tag {
            Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
                "str" | "binary" => Node::text(text),
                _ => scalar::plain(text).0,
            },
            Some(tag) => match function(tag) {
                Some(function) => Node::call(&function, Node::text(text)),
                None => Node::text(text),
            },
            None if style == ScalarStyle::Plain => {
                let (node, said) = scalar::plain(text);
                if let Some(said) = said {
                    self.note(&format!("line {}: {said}", span.start.line()));
                }
                node
            }
            None => Node::text(text),
        }
    }

    /// Adds a node to what is open. Of a scalar, the text as it is written is its name as a key.
    fn add(
        &mut self,
        node: Node,
        written: Option<(&str, bool)>,
        span: Span,
    ) -> Result<(), SyntaxError> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map {
                members,
                merged,
                key,
            } => match key.take() {
                None => {
                    *key = Some(match (written, &node) {
                        (Some((_, true)), _) => Key::Merge,
                        (Some((_, false)), Node::Call(_))
                        | (None, Node::List(_) | Node::Map(_) | Node::Call(_)) => {
                            return Err(at(span, "a member's name must be a text"));
                        }
                        (Some((text, false)), _) => Key::Member(text.to_owned()),
                        (None, scalar) => Key::Member(scalar.scalar().unwrap_or_default()),
                    });
                }
                Some(Key::Merge) => merged.push(node),
                Some(Key::Member(name)) => {
                    let twice = members.contains_key(&name);
                    if twice {
                        let line = span.start.line();
                        let said =
                            format!("line {line}: {name:?} is there twice; the last one counts");
                        members.insert(name, node);
                        self.note(&said);
                    } else {
                        members.insert(name, node);
                    }
                }
            },
        }
        Ok(())
    }

    /// The members of an object with those that merge keys bring: its own win, then the first that has one.
    fn merge(
        &mut self,
        mut members: Members,
        merged: Vec<Node>,
        span: Span,
    ) -> Result<Members, SyntaxError> {
        if merged.is_empty() {
            return Ok(members);
        }
        let own = std::mem::take(&mut members);
        let wrong = || {
            at(
                span,
                "a merge key (<<) needs an object or a list of objects",
            )
        };
        for source in merged {
            let sources = match source {
                Node::List(items) => items.as_ref().clone(),
                other => vec![other],
            };
            for source in sources {
                let source = source.as_map().ok_or_else(wrong)?;
                self.copied += source.len();
                if self.copied > MAX_MERGED {
                    return Err(at(span, "merge keys copy too many members"));
                }
                for (name, value) in source.as_ref() {
                    members.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        members.extend(own);
        Ok(members)
    }

    fn note(&mut self, note: &str) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note.to_owned());
        }
    }
}

/// The intrinsic function that a tag names.
fn function(tag: &Tag) -> Option<String> {
    let name = format!("{}{}", tag.handle, tag.suffix);
    let name = name.strip_prefix('!')?;
    let is_intrinsic = !tag.is_yaml_core_schema() && !name.is_empty();
    is_intrinsic.then(|| name.to_owned())
}

fn at(span: Span, cause: &str) -> SyntaxError {
    let line = span.start.line();
    SyntaxError::new(format!("{cause} at line {line}"))
}

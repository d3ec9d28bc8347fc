//! What a template says, before its intrinsic functions are evaluated.

use std::sync::Arc;

use indexmap::IndexMap;

/// The members of an object, in their order.
pub(crate) type Members = IndexMap<String, Node>;

/// A value as it is written. Clones share what they hold, so that an alias costs no more than its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// A number, as text: whole ones may have any number of digits.
    Number(Arc<str>),
    Text(Arc<str>),
    List(Arc<Vec<Node>>),
    Map(Arc<Members>),
    /// An intrinsic function, in the short form or the long one.
    Call(Arc<Call>),
}

/// A call of an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Its name, without `!` or `Fn::`.
    pub(crate) function: String,
    pub(crate) argument: Node,
}

impl Node {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// An object; with an intrinsic function's name as its only member, a call.
    pub(crate) fn object(members: Members) -> Self {
        if members.len() == 1
            && let Some((name, argument)) = members.first()
            && let Some(function) = intrinsic(name)
        {
            return Self::call(function, argument.clone());
        }
        Self::Map(Arc::new(members))
    }

    pub(crate) fn call(function: &str, argument: Self) -> Self {
        Self::Call(Arc::new(Call {
            function: function.to_owned(),
            argument,
        }))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&Arc<Members>> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Number(text) | Self::Text(text) => Some(text.as_ref().to_owned()),
            _ => None,
        }
    }

    /// The member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.as_map()?.get(name)
    }
}

/// The intrinsic function that a member's name stands for. A loop is none: it stands for several members.
fn intrinsic(name: &str) -> Option<&str> {
    match name.strip_prefix("Fn::") {
        Some(function) => (!function.starts_with("ForEach")).then_some(function),
        None => (name == "Ref").then_some(name),
    }
}

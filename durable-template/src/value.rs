//! What a template means, once its intrinsic functions are evaluated.

use std::fmt;

use indexmap::IndexMap;

/// An evaluated value.
///
/// The [crate](crate) has an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, as text: whole ones may have any number of digits.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// An object, with its members in their order.
    Map(IndexMap<String, Value>),
    /// A value that is not known without an account, or that the template gets wrong.
    Unresolved(Unresolved),
}

/// Why a value is not known.
///
/// ```
/// use durable_template::{Inputs, Template, Value};
///
/// let template = Template::read("
/// Parameters: {Stage: {Type: String}}
/// Resources:
///   Order: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Ref Stage}}
/// ")?;
/// let stack = template.evaluate(&Inputs::default());
/// let Value::Unresolved(why) = &stack.functions[0].name else { panic!("{stack:?}") };
/// assert_eq!(why.reason, "the parameter Stage has no Default");
/// # Ok::<(), durable_template::SyntaxError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The reason, as the end of a sentence: `the parameter Stage has no Default`.
    pub reason: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Value {
    pub(crate) fn unresolved(reason: impl Into<String>) -> Self {
        Self::Unresolved(Unresolved {
            reason: reason.into(),
        })
    }

    /// The text of a scalar, as CloudFormation passes it on.
    #[must_use]
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Number(text) | Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members.get(name),
            _ => None,
        }
    }

    /// The text of a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The first reason for which a part of the value is not known.
    #[must_use]
    pub fn first_unresolved(&self) -> Option<&Unresolved> {
        match self {
            Self::Unresolved(unresolved) => Some(unresolved),
            Self::List(items) => items.iter().find_map(Self::first_unresolved),
            Self::Map(members) => members.values().find_map(Self::first_unresolved),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Unresolved(_) => "not known",
        }
    }
}

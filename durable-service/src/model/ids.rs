//! Ids and tokens: opaque texts that are only compared; cheap to clone.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

/// Declares a text of its own type.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::from("")
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(text.into())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl PartialEq<$name> for &str {
            fn eq(&self, text: &$name) -> bool {
                *self == text.as_str()
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, text: &String) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<$name> for String {
            fn eq(&self, text: &$name) -> bool {
                self == text.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

text_type! {
    /// The id of an operation, unique within its execution.
    ///
    /// SDKs derive it from the operation's position in the workflow, so the same operation has the same
    /// id in every invocation.
    ///
    /// The [module](crate::model#example) has an example.
    OperationId
}

text_type! {
    /// The id by which a callback is completed from outside.
    ///
    /// [`Service::complete_callback`](crate::Service::complete_callback) takes it.
    CallbackId
}

text_type! {
    /// The token of a checkpoint call, for one use.
    ///
    /// The [module](crate::model#example) has an example.
    CheckpointToken
}

text_type! {
    /// The Lambda request id of an invocation.
    ///
    /// [`Service::complete_invocation`](crate::Service::complete_invocation) takes it; the [crate](crate#example)
    /// has an example.
    RequestId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_type_compares_and_serializes_as_its_text() {
        let id = CallbackId::from("a");
        assert_eq!(id, "a");
        assert_eq!(id, *"a");
        assert_eq!(format!("{id} {id:?} {id:<3}|"), "a \"a\" a  |");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"a\"");
        assert_eq!(serde_json::from_str::<CallbackId>("\"a\"").unwrap(), id);
    }
}

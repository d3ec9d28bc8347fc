//! Calls that cannot do what they say.
//!
//! A call that configures a runner, a run or an exploration returns the thing itself, so that calls can be
//! chained. What is wrong with its arguments is kept, and the next call that returns a `Result` fails with
//! it: `build()` of a builder, or the awaited run. The error names the call and where it stands.

use std::panic::Location;

use crate::{Error, ErrorKind};

/// The place of a call in the test.
pub(crate) type Place = &'static Location<'static>;

/// A call that cannot do what it says.
#[derive(Debug, Clone)]
pub(crate) enum Misuse {
    /// Only local mode has it.
    LocalOnly { what: &'static str, at: Place },
    /// Its arguments cannot be used.
    Argument {
        /// The call, as code.
        call: String,
        /// What is wrong, and the way out.
        reason: String,
        at: Place,
    },
}

impl Misuse {
    /// A call that failed with an error.
    pub(crate) fn of(error: &Error, call: &str, at: Place) -> Self {
        match error.kind() {
            ErrorKind::LocalOnly { what, .. } => Self::LocalOnly { what, at },
            other => Self::Argument {
                call: format!("{call}(..)"),
                reason: other.to_string(),
                at,
            },
        }
    }
}

impl From<Misuse> for ErrorKind {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::LocalOnly { what, at } => Self::LocalOnly { what, at: Some(at) },
            Misuse::Argument { call, reason, at } => Self::Argument { call, reason, at },
        }
    }
}

//! Misused calls, reported by the next fallible call.
//!
//! A call that configures a runner, a run or an exploration returns the thing itself, so that calls can be
//! chained. A misuse is recorded, and the next call that returns a `Result` fails with it: `build()` of a
//! builder, or the awaited run. The error names the call and its line.

use std::borrow::Cow;
use std::panic::Location;

use crate::{Error, ErrorKind};

/// The source location of a call in the test.
pub(crate) type CallSite = &'static Location<'static>;

/// A misused call.
#[derive(Debug, Clone)]
pub(crate) enum Misuse {
    /// The call belongs to local mode.
    LocalOnly {
        what: Cow<'static, str>,
        at: CallSite,
    },
    /// Its arguments are invalid.
    Argument {
        /// The call, as code.
        call: String,
        /// What is wrong, and how to fix it.
        reason: String,
        at: CallSite,
    },
}

impl Misuse {
    /// A call of a runner in cloud mode, as code, that belongs to local mode.
    pub(crate) fn local_only(call: &str, at: CallSite) -> Self {
        Self::LocalOnly {
            what: format!("`{call}`").into(),
            at,
        }
    }

    /// A call that failed with an error.
    pub(crate) fn of(error: &Error, call: &str, at: CallSite) -> Self {
        match error.kind() {
            ErrorKind::LocalOnly { what, .. } => Self::LocalOnly {
                what: what.clone(),
                at,
            },
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

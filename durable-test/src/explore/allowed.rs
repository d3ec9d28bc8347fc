//! What a test allows in an exploration, and whether that was needed.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::allow::{Allow, is_at_or_below};
use super::compare::Difference;
use super::steps::Step;
use crate::results::Operation;
use crate::{Error, ErrorKind, ExecutionResult};

/// The differences that a test allows.
pub(super) struct Allowed(Vec<(Allow, AtomicBool)>);

impl Allowed {
    pub(super) fn new(allowed: Vec<Allow>) -> Self {
        let with_use = |allow| (allow, AtomicBool::new(false));
        Self(allowed.into_iter().map(with_use).collect())
    }

    /// Whether one of them is needed for that.
    fn any(&self, is_needed: impl Fn(&Allow) -> bool) -> bool {
        let needed = self.0.iter().find(|(allow, _)| is_needed(allow));
        needed.inspect(|(_, is_used)| is_used.store(true, Ordering::Relaxed));
        needed.is_some()
    }

    /// Whether two runs with different outcomes are both correct.
    pub(super) fn accept(&self, expected: &ExecutionResult, actual: &ExecutionResult) -> bool {
        self.any(|allow| allow.accepts(expected, actual))
    }

    pub(super) fn cover(&self, difference: &Difference, steps: &[Step]) -> bool {
        self.any(|allow| allow.covers(difference, steps))
    }

    /// Whether the SDK may lose its checkpoint token.
    pub(super) fn cover_lost_token(&self) -> bool {
        self.any(Allow::is_of_lost_token)
    }

    /// The steps whose interruption is allowed.
    pub(super) fn interruptions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(allow, _)| allow.interruption())
    }

    /// Those that no run needed, as code. Interruptions are left out: such a step is interrupted in every full
    /// exploration, whether or not that makes a difference.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.unused_ones();
        unused.map(ToString::to_string).collect()
    }

    /// Checks that those which no run needed are about operations that there are.
    ///
    /// # Errors
    ///
    /// The name of an operation that the run does not have: it is misspelt.
    pub(super) fn check_names(&self, run: &ExecutionResult) -> Result<(), Error> {
        let paths: Vec<String> = run.operations().iter().map(Operation::path).collect();
        let mut names = self.unused_ones().filter_map(Allow::operation_name);
        let strange = names.find(|name| !paths.iter().any(|path| is_at_or_below(path, name)));
        let Some(wanted) = strange else {
            return Ok(());
        };
        let known: Vec<String> = paths.iter().map(|path| format!("\"{path}\"")).collect();
        let known = if known.is_empty() {
            "it has none".to_owned()
        } else {
            format!("its operations: {}", known.join(", "))
        };
        Err(ErrorKind::NoOperation {
            what: "operation",
            wanted: wanted.to_owned(),
            known,
        }
        .into())
    }

    fn unused_ones(&self) -> impl Iterator<Item = &Allow> {
        let is_unused = |(allow, is_used): &(Allow, AtomicBool)| {
            allow.interruption().is_none() && !is_used.load(Ordering::Relaxed)
        };
        let unused = self.0.iter().filter(move |one| is_unused(one));
        unused.map(|(allow, _)| allow)
    }
}

/// What was allowed and never needed, as lines of a report.
pub(super) struct Unused<'a>(pub(super) &'a [String]);

impl fmt::Display for Unused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for allow in self.0 {
            write!(f, "\nno run needed `.allow({allow})`; leave it out")?;
        }
        Ok(())
    }
}

//! What differs between two undisturbed runs, and is therefore no crash's and no order's doing.

use std::fmt;

use serde::Serialize;

use super::compare::{Difference, Subject};

/// Something that differs between two runs that nothing disturbed, such as the result of a step that reads
/// the clock. An exploration does not compare it.
///
/// Reports list them, as does [`CrashReport::unstable`](super::CrashReport::unstable).
///
/// [`Run::explore_crashes`](crate::Run::explore_crashes) has an example of an exploration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unstable {
    /// What differs: the result of a step, or that of the execution.
    pub what: String,
    /// The call that accepts the difference, as code.
    pub allow: String,
    #[serde(skip)]
    subject: Subject,
    #[serde(skip)]
    execution: String,
}

impl Unstable {
    pub(super) fn new(difference: &Difference) -> Self {
        Self {
            what: if difference.is_of_order_alone {
                format!("{difference} (the order of its elements, as of a `HashSet`)")
            } else {
                difference.to_string()
            },
            allow: allow(&difference.subject),
            subject: difference.subject.clone(),
            execution: difference.execution.clone(),
        }
    }

    pub(super) fn is_of(&self, difference: &Difference) -> bool {
        self.subject == difference.subject && self.execution == difference.execution
    }
}

fn allow(subject: &Subject) -> String {
    match subject {
        Subject::Status | Subject::Error => ".allow(Allow::outcome())".to_owned(),
        Subject::Result => ".allow(Allow::result())".to_owned(),
        Subject::Operation { path, .. } => format!(".allow(Allow::operation({path:?}))"),
    }
}

/// The lines of a report about what was not compared.
pub(super) struct Listed<'a>(pub(super) &'a [Unstable]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(
            "\nnot compared, for it differs between two runs that nothing disturbed (the clock, a random \
             number, state that outlives a run):",
        )?;
        for Unstable { what, allow, .. } in self.0 {
            write!(f, "\n  the {what}; say so with `{allow}`")?;
        }
        Ok(())
    }
}

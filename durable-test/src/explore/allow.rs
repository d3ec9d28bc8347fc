//! Differences that explored runs may have.

use std::fmt;
use std::sync::Arc;

use super::compare::{Difference, Subject};
use super::steps::Step;
use crate::ExecutionResult;

/// A difference that runs of an exploration may have, for `.allow(..)` of
/// [`ExploreCrashes`](super::ExploreCrashes::allow) and [`ExploreOrders`](super::ExploreOrders::allow).
#[derive(Debug, Clone)]
pub struct Allow(What);

#[derive(Debug, Clone)]
enum What {
    Outcome,
    OutcomeIf(Accepts),
    Result,
    Operations,
    Operation(String),
    Interruption(String),
    LostToken,
}

/// Decides whether the outcomes of two runs are both correct.
#[derive(Clone)]
struct Accepts(Arc<Judge>);

type Judge = dyn Fn(&ExecutionResult, &ExecutionResult) -> bool + Send + Sync;

impl fmt::Debug for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// As code: `Allow::operation("approval")`.
impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            What::Outcome => f.write_str("Allow::outcome()"),
            What::OutcomeIf(accepts) => write!(f, "Allow::outcome_if({accepts:?})"),
            What::Result => f.write_str("Allow::result()"),
            What::Operations => f.write_str("Allow::operations()"),
            What::Operation(name) => write!(f, "Allow::operation({name:?})"),
            What::Interruption(step) => write!(f, "Allow::interruption_of({step:?})"),
            What::LostToken => f.write_str("Allow::lost_token()"),
        }
    }
}

impl Allow {
    /// How executions end: status, result and error.
    #[must_use]
    pub fn outcome() -> Self {
        Self(What::Outcome)
    }

    /// How executions end, if the closure accepts both outcomes, and then their operations too, which follow
    /// from the outcome. The closure is called with the first run of the exploration and a run with another
    /// status, result or error.
    #[must_use]
    pub fn outcome_if(
        accepts: impl Fn(&ExecutionResult, &ExecutionResult) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self(What::OutcomeIf(Accepts(Arc::new(accepts))))
    }

    /// What executions return.
    #[must_use]
    pub fn result() -> Self {
        Self(What::Result)
    }

    /// Which operations there are, and how they end.
    #[must_use]
    pub fn operations() -> Self {
        Self(What::Operations)
    }

    /// The operation with that name or path, and its descendants.
    #[must_use]
    pub fn operation(name: impl Into<String>) -> Self {
        Self(What::Operation(name.into()))
    }

    /// Every difference in runs in which that at-most-once step was interrupted: the SDK does not run its
    /// body again in the same attempt.
    #[must_use]
    pub fn interruption_of(step: impl Into<String>) -> Self {
        Self(What::Interruption(step.into()))
    }

    /// Runs in which the SDK loses its checkpoint token. Version 0.1.0 does when `race`, `select_ok`, a
    /// failed join or a dropped handle gives up a branch whose checkpoint call is in
    /// flight: the next call is refused, and the execution fails. Such runs are then counted, and neither
    /// compared nor checked.
    ///
    /// It happens on AWS as well. With the SDK's `checkpoint_batching`, for which
    /// [`RunnerBuilder::checkpoint_batching`](crate::RunnerBuilder::checkpoint_batching) stands in a test, no
    /// branch makes its calls itself, so none can be given up in the middle of one.
    #[must_use]
    pub fn lost_token() -> Self {
        Self(What::LostToken)
    }

    /// The operation that it is about.
    pub(super) fn operation_name(&self) -> Option<&str> {
        match &self.0 {
            What::Operation(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn is_of_lost_token(&self) -> bool {
        matches!(self.0, What::LostToken)
    }

    /// The step whose interruption is allowed.
    pub(super) fn interruption(&self) -> Option<&str> {
        match &self.0 {
            What::Interruption(step) => Some(step),
            _ => None,
        }
    }

    /// Whether two runs with different outcomes are both correct.
    pub(super) fn accepts(&self, expected: &ExecutionResult, actual: &ExecutionResult) -> bool {
        match &self.0 {
            What::OutcomeIf(Accepts(accepts)) => accepts(expected, actual),
            _ => false,
        }
    }

    pub(super) fn covers(&self, difference: &Difference, steps: &[Step]) -> bool {
        match (&self.0, &difference.subject) {
            (What::Outcome, Subject::Status | Subject::Result | Subject::Error)
            | (What::Result, Subject::Result)
            | (What::Operations, Subject::Operation { .. }) => true,
            (What::Operation(wanted), Subject::Operation { path, .. }) => {
                is_at_or_below(path, wanted)
            }
            (What::Interruption(name), _) => steps
                .iter()
                .any(|step| step.was_interrupted && step.is_named(name)),
            _ => false,
        }
    }
}

/// Whether a path is that of an operation of a name or path, or of one below it. A label without a number stands
/// for each operation of its name.
pub(super) fn is_at_or_below(path: &str, wanted: &str) -> bool {
    let is_label = |label: &str, wanted: &str| label == wanted || name(label) == wanted;
    let count = wanted.split('/').count();
    let mut both = path.split('/').zip(wanted.split('/'));
    path.split('/').any(|label| is_label(label, wanted))
        || count <= path.split('/').count() && both.all(|(label, wanted)| is_label(label, wanted))
}

/// A label without its number.
fn name(label: &str) -> &str {
    match label.rsplit_once('#') {
        Some((name, number)) if number.parse::<usize>().is_ok() => name,
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(allowed: &str, path: &str) -> bool {
        let difference = Difference {
            subject: Subject::Operation {
                path: path.to_owned(),
                property: None,
            },
            execution: String::new(),
            expected: String::new(),
            actual: String::new(),
            is_of_order_alone: false,
        };
        Allow::operation(allowed).covers(&difference, &[])
    }

    #[test]
    fn an_operation_is_allowed_by_name_path_and_number_with_what_is_below() {
        for allowed in [
            "batch",
            "batch#2",
            "charge",
            "charge#3",
            "batch#2/charge",
            "batch/charge",
        ] {
            assert!(covers(allowed, "batch#2/charge#3"), "{allowed}");
        }
        for other in ["bat", "batch#1", "charge#2", "batch#2/charge#4", "harge"] {
            assert!(!covers(other, "batch#2/charge#3"), "{other}");
        }
        assert!(covers("outer/batch", "outer/batch#2/charge"));
    }
}

//! What explored runs may differ in.

use std::fmt;
use std::sync::Arc;

use super::compare::{Difference, Subject};
use super::steps::Step;
use crate::ExecutionResult;

/// Something in which runs of an exploration may differ, for `.allow(..)` of
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
}

/// Whether the outcomes of two runs are both right.
#[derive(Clone)]
struct Accepts(Arc<Judge>);

type Judge = dyn Fn(&ExecutionResult, &ExecutionResult) -> bool + Send + Sync;

impl fmt::Debug for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl Allow {
    /// How executions end: status, result and error.
    #[must_use]
    pub fn outcome() -> Self {
        Self(What::Outcome)
    }

    /// How executions end, where a closure says that both are right, and then which operations there are:
    /// they come out as the outcome does. It is called with the first run of the exploration and another
    /// one whose status, result or error is not the same.
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

    /// The operation of that name or path, and those beneath it.
    #[must_use]
    pub fn operation(name: impl Into<String>) -> Self {
        Self(What::Operation(name.into()))
    }

    /// Everything that ends otherwise because that at-most-once step was interrupted: the SDK does not
    /// run its body again in the same attempt.
    #[must_use]
    pub fn interruption_of(step: impl Into<String>) -> Self {
        Self(What::Interruption(step.into()))
    }

    /// Whether two runs that end otherwise are both right.
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
                path == wanted || path.split('/').any(|label| label == wanted)
            }
            (What::Interruption(name), _) => steps
                .iter()
                .any(|step| step.was_interrupted && step.is_called(name)),
            _ => false,
        }
    }
}

//! What a crash may change.

use super::steps::Step;
use crate::explore::compare::{Difference, Subject};

/// Something that a crash may change, for [`allow`](super::ExploreCrashes::allow).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow(What);

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Outcome,
    Result,
    Operations,
    Operation(String),
    Interruption(String),
}

impl Allow {
    /// How executions end: status, result and error.
    #[must_use]
    pub fn outcome() -> Self {
        Self(What::Outcome)
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

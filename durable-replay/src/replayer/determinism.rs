//! The check of an execution that is over: whether its handler is deterministic.
//!
//! The handler is replayed on what the execution itself recorded, so each difference is the handler's own: there is
//! no changed code to accept one of.

use durable_service::model::ErrorObject;

use super::{Part, Replayer, removed};
use crate::divergence::{Divergence, Outcome};
use crate::invoker::{Invoker, When};
use crate::pass::View;
use crate::recorded::{Awaited, Ending};
use crate::sdk::mismatch;

/// Limit of the invocations that the check of a finished execution replays besides the last one.
const MAX_CHECKED: usize = 100;

/// What shows that a handler is not deterministic.
///
/// [`Replayer::check`] returns it; the [crate](crate#example) has an example of a [`Replayer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nondeterminism {
    /// Number of the invocation, from 1, in which the SDK itself found it and ended the execution; none if it
    /// shows only when the execution that is over is replayed.
    pub during: Option<usize>,
    /// Whether it shows only when the replay is on a later day than the execution was.
    pub on_a_later_day: bool,
    /// What differs.
    pub divergence: Divergence,
}

/// What the check of an execution that is over came to.
///
/// [`Replayer::check`] returns it; the [crate](crate#example) has an example of a [`Replayer`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The first thing that shows that the handler is not deterministic.
    pub nondeterminism: Option<Nondeterminism>,
    /// What was compared without the order of its elements, for that is another one in each replay.
    pub unordered: Vec<Divergence>,
}

impl<I: Invoker> Replayer<'_, I> {
    /// What the SDK itself found, if that ended the execution with this error.
    #[must_use]
    pub fn found_by_the_sdk(&self, error: &ErrorObject) -> Option<Nondeterminism> {
        let divergence = Some(error)
            .filter(|error| mismatch::is_mismatch(error))
            .and_then(|error| self.recorded.mismatch(error))?;
        Some(Nondeterminism {
            during: Some(self.recorded.invocations().len()),
            on_a_later_day: false,
            divergence,
        })
    }

    /// Replays an execution that is over, invocation by invocation, and looks at the end whether its last operation
    /// is made again. Of a long one the first and the last invocations are replayed.
    ///
    /// # Errors
    ///
    /// If the handler cannot be invoked, or does not come to an end.
    pub async fn check(&self) -> Result<Checked, I::Error> {
        let nondeterminism = self.find_nondeterminism().await?;
        let mut unordered = self.passed_over();
        unordered.retain(|divergence| self.accepted.lock().is_unordered(divergence));
        Ok(Checked {
            nondeterminism,
            unordered,
        })
    }

    async fn find_nondeterminism(&self) -> Result<Option<Nondeterminism>, I::Error> {
        let found = |divergence| {
            Ok(Some(Nondeterminism {
                during: None,
                on_a_later_day: false,
                divergence,
            }))
        };
        let (Ending::Returned(outcome), Some((invocation, before))) = (
            self.recorded.ending(),
            self.recorded.invocations().split_last(),
        ) else {
            return Ok(None);
        };
        let last_ones = before.len().saturating_sub(MAX_CHECKED / 2);
        for (index, suspended) in before.iter().enumerate() {
            if index >= MAX_CHECKED / 2 && index < last_ones {
                continue;
            }
            let part = Part::Suspended(suspended);
            if let Some(divergence) = self.replay_part(part, &mut 0).await? {
                return found(divergence);
            }
        }
        let view = View::Last(invocation);
        let part = Part::Last(outcome, invocation);
        if let Some(divergence) = self.replay_part(part, &mut 0).await? {
            return found(divergence);
        }
        if let Some(later) = self.compare_later(view, outcome)? {
            return Ok(Some(later));
        }
        let awaited = self.recorded.awaited(invocation, false);
        let last = awaited
            .into_iter()
            .rfind(|one| one.operation().sketch.parent_id.is_none());
        let Some(last) = last else {
            return Ok(None);
        };
        let is_gone = self.is_removed(view, last, &mut 1).await?
            || self.is_made_by_chance(view, outcome, last).await?;
        if is_gone {
            found(removed(last))
        } else {
            Ok(None)
        }
    }

    /// Whether the handler makes an operation in some invocations and not in others: the SDK said nothing of it when the
    /// last invocation was compared, and says that it takes it from its record now. Of a group it may say either.
    async fn is_made_by_chance(
        &self,
        view: View<'_>,
        recorded: &Outcome,
        one: Awaited<'_>,
    ) -> Result<bool, I::Error> {
        let Awaited::Single(operation) = one else {
            return Ok(false);
        };
        let id = &operation.sketch.id;
        {
            let seen = self.seen.lock();
            if seen.has(id) || !seen.hears() {
                return Ok(false);
            }
        }
        let (divergence, seen) = self.compare_last(view, recorded, When::Recorded).await?;
        Ok(divergence.is_none() && seen.has_heard_of(id))
    }

    /// Compares the last invocation on a later day, by the clocks that are the host's.
    fn compare_later(
        &self,
        view: View<'_>,
        outcome: &Outcome,
    ) -> Result<Option<Nondeterminism>, I::Error> {
        let compare = |when: When| {
            let compared = self
                .invoker
                .on_clock(when, self.compare_last(view, outcome, when))?;
            let compared = compared.transpose()?;
            Ok::<_, I::Error>(compared.and_then(|(divergence, _)| divergence))
        };
        let later = compare(When::Later)?.filter(|later| !later.is_of_order_alone());
        let Some(divergence) = later else {
            return Ok(None);
        };
        // What differs on the other thread on the same day differs for another reason.
        let is_by_day = compare(When::Recorded)?.is_none();
        Ok(is_by_day.then_some(Nondeterminism {
            during: None,
            on_a_later_day: true,
            divergence,
        }))
    }
}

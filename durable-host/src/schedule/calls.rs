//! What an order does to checkpoint calls.

use super::order::{Order, Rule};
use crate::quiescence::Method;
use crate::world::CallTrace;

/// The answer to one in so many calls is late in an order that is drawn at random.
const LATE_ONE_IN: u64 = 4;

/// A checkpoint call that a scheduler saw.
///
/// A [`Scheduler`](crate::Scheduler) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCall {
    /// Its number, from 1 across all executions of the host.
    pub number: u64,
    /// How many choices were made before it.
    pub choices_before: usize,
    /// Whether its answer was late.
    pub late_answer: bool,
}

impl Order {
    /// Whether the answer to a call that the service has stored is late.
    pub(super) fn delays(&self, random: &mut fastrand::Rng, call: &CallTrace) -> bool {
        let is_drawn = matches!(self.rule, Rule::Seed(_))
            // Calls of several threads come in no fixed order.
            && Method::here() != Method::Timed
            && call.caller.is_some_and(|caller| caller.beside > 0)
            && random.u64(..LATE_ONE_IN) == 0;
        is_drawn || self.late_answers.contains(&call.number.unwrap_or_default())
    }
}

//! The plans that are still to be run: those with fewer deviations first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::plan::Plan;

/// What a plan does, in the order in which plans of equally many deviations run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It crashes, and nothing else.
    Crashes,
    /// It runs on a variant of the service.
    Variant,
    /// It has a fault.
    Fault,
    /// It has another order.
    Order,
    /// It has several of these.
    Mixed,
}

impl Rank {
    fn of(plan: &Plan) -> Self {
        let of_order = plan.clone().without_order().deviations() < plan.deviations();
        let parts = [
            (!plan.crashes().is_empty(), Self::Crashes),
            (!plan.variants().is_empty(), Self::Variant),
            (!plan.faults().is_empty(), Self::Fault),
            (of_order, Self::Order),
        ];
        let mut present = parts.iter().filter(|(is_present, _)| *is_present);
        match (present.next(), present.next()) {
            (Some((_, rank)), None) => *rank,
            (None, _) => Self::Crashes,
            (Some(_), Some(_)) => Self::Mixed,
        }
    }
}

/// A place in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// A checkpoint call by its number.
    Call(u64),
    /// An invocation by its number.
    Invocation(u64),
    /// A choice by its index.
    Choice(usize),
}

/// What follows a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The invocation is over.
    NextInvocation,
    /// The same invocation goes on.
    SameInvocation,
    /// Nothing that is explored.
    Nothing,
}

/// A plan to run.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) plan: Plan,
    /// Where its last deviation is.
    pub(super) at: Point,
    pub(super) after: After,
    /// The state from which its last deviation goes off.
    pub(super) from: Arc<str>,
}

/// The plans to run.
#[derive(Debug, Default)]
pub(super) struct Frontier(BTreeMap<(usize, Rank), VecDeque<Waiting>>);

impl Frontier {
    pub(super) fn push(&mut self, waiting: Waiting) {
        let key = (waiting.plan.deviations(), Rank::of(&waiting.plan));
        self.0.entry(key).or_default().push_back(waiting);
    }

    /// The next plans, up to so many of equal rank.
    pub(super) fn pop(&mut self, number: usize) -> Vec<Waiting> {
        let Some(mut first) = self.0.first_entry() else {
            return Vec::new();
        };
        let list = first.get_mut();
        let next = list.drain(..number.min(list.len())).collect();
        if list.is_empty() {
            first.remove();
        }
        next
    }

    /// Takes all of them.
    #[cfg(test)]
    pub(super) fn pop_all(&mut self) -> impl Iterator<Item = Waiting> + use<> {
        std::mem::take(&mut self.0).into_values().flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// The states from which a crash is still to be tried by a plan that has nothing but crashes.
    pub(super) fn states_without_a_crash(&self) -> usize {
        let crashes = self
            .0
            .iter()
            .filter(|((_, rank), _)| *rank == Rank::Crashes);
        let from = crashes.flat_map(|(_, list)| list.iter().map(|waiting| &waiting.from));
        from.collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// Whether a plan has nothing but crashes.
pub(super) fn is_of_crashes(plan: &Plan) -> bool {
    Rank::of(plan) == Rank::Crashes
}

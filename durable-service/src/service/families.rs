//! Families of executions: one that a call from outside started, and those that it invokes.

use std::collections::{BTreeSet, HashMap};

/// An execution that a call from outside started, with the executions that it invokes, directly or not.
/// They share one time, because a caller sees when those that it invoked ended.
///
/// [`Service::family_of`](crate::Service::family_of) returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(u64);

/// The families of the open executions.
#[derive(Debug, Default)]
pub(super) struct Families {
    /// The family of each open execution, by number; only looked up.
    of: HashMap<u64, Family>,
    /// The open executions, those of one family after each other.
    members: BTreeSet<(Family, u64)>,
    /// Families that changed; none unless they are tracked.
    changed: Option<BTreeSet<Family>>,
}

impl Families {
    /// Adds an open execution to the family of its caller; without an open caller it founds one.
    pub(super) fn join(&mut self, execution: u64, caller: Option<u64>) {
        let family = caller.and_then(|caller| self.of.get(&caller).copied());
        let family = family.unwrap_or(Family(execution));
        self.of.insert(execution, family);
        self.members.insert((family, execution));
        self.change(execution);
    }

    /// Removes an execution that has ended.
    pub(super) fn leave(&mut self, execution: u64) {
        if let Some(family) = self.of.remove(&execution) {
            self.members.remove(&(family, execution));
        }
    }

    /// Marks the family of an execution as changed.
    pub(super) fn change(&mut self, execution: u64) {
        if let (Some(changed), Some(family)) = (&mut self.changed, self.of.get(&execution)) {
            changed.insert(*family);
        }
    }

    /// The open executions of a family, in the order of their starts.
    pub(super) fn members(&self, family: Family) -> impl Iterator<Item = u64> {
        let members = self.members.range((family, 0)..=(family, u64::MAX));
        members.map(|(_, execution)| *execution)
    }

    /// The family of an open execution.
    pub(super) fn family_of(&self, execution: u64) -> Option<Family> {
        self.of.get(&execution).copied()
    }

    /// All families with an open execution.
    pub(super) fn all(&self) -> BTreeSet<Family> {
        self.members.iter().map(|(family, _)| *family).collect()
    }

    /// Starts to track changes, with all families as changed ones.
    pub(super) fn track(&mut self) {
        self.changed = Some(self.all());
    }

    /// Takes the families that changed since the last call.
    pub(super) fn take_changed(&mut self) -> BTreeSet<Family> {
        self.changed
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }
}

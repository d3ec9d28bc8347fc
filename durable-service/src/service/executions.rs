//! The executions of a service, and which of them a store has to hear of.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::{IndexMap, IndexSet};

use crate::Execution;
use crate::model::{ExecutionArn, Timestamp};
use crate::storage::Change;

/// Executions in the order of their starts.
#[derive(Default)]
pub(super) struct Executions {
    all: IndexMap<ExecutionArn, Execution>,
    /// Those that were not over when [`forget_expired`](Self::forget_expired) looked last, and those begun
    /// since, by their numbers. Only they can move, and they are few beside all that are kept.
    open: BTreeMap<u64, ExecutionArn>,
    /// Nothing is forgotten before this time, of what was over then.
    next_expiry: Option<Timestamp>,
    /// What to look at when changes are asked for; none while nobody tracks them.
    touched: Option<Touched>,
}

/// What may have changed since changes were taken last.
#[derive(Default)]
struct Touched {
    executions: IndexSet<ExecutionArn>,
    /// Numbers of executions that are gone.
    gone: Vec<u64>,
}

/// What may have changed is no part of what the executions are.
impl fmt::Debug for Executions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl Executions {
    pub(super) fn get(&self, arn: &ExecutionArn) -> Option<&Execution> {
        self.all.get(arn)
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.all.values()
    }

    /// Those that are not over, in the order of their starts.
    pub(super) fn open(&self) -> impl Iterator<Item = &Execution> {
        self.open
            .values()
            .filter_map(|arn| self.all.get(arn))
            .filter(|execution| !execution.is_closed())
    }

    /// The execution, to be changed. There is no other way to change one.
    pub(super) fn get_mut(&mut self, arn: &ExecutionArn) -> Option<&mut Execution> {
        let execution = self.all.get_mut(arn)?;
        if let Some(touched) = &mut self.touched {
            touched.executions.insert(arn.clone());
        }
        Some(execution)
    }

    pub(super) fn insert(&mut self, mut execution: Execution) {
        let arn = execution.arn().clone();
        if let Some(touched) = &mut self.touched {
            touched.executions.insert(arn.clone());
            execution.track();
        }
        self.open.insert(execution.number(), arn.clone());
        self.all.insert(arn, execution);
    }

    /// Forgets the executions whose retention is over.
    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        let Self {
            all,
            open,
            next_expiry,
            ..
        } = self;
        open.retain(|_, arn| {
            let Some(execution) = all.get(arn) else {
                return false;
            };
            let expiry = execution.kept_until();
            *next_expiry = [*next_expiry, expiry].into_iter().flatten().min();
            !execution.is_closed()
        });
        if next_expiry.is_some_and(|expiry| expiry <= now) {
            self.retain(|execution| execution.kept_until().is_none_or(|expiry| now < expiry));
            self.next_expiry = self.values().filter_map(Execution::kept_until).min();
        }
    }

    /// Forgets the executions that are not to be kept.
    pub(super) fn retain(&mut self, keep: impl Fn(&Execution) -> bool) {
        let touched = &mut self.touched;
        self.all.retain(|_, execution| {
            let keep = keep(execution);
            if let (false, Some(touched)) = (keep, touched.as_mut()) {
                touched.gone.push(execution.number());
            }
            keep
        });
    }

    /// Begins to note what changes, everything so far included.
    pub(super) fn track(&mut self) {
        for execution in self.all.values_mut() {
            execution.track();
        }
        self.touched = Some(Touched {
            executions: self.all.keys().cloned().collect(),
            gone: Vec::new(),
        });
    }

    /// Executions of which a store has everything.
    pub(super) fn restored(executions: impl Iterator<Item = Execution>) -> Self {
        let mut restored = Self::default();
        for execution in executions {
            restored.insert(execution);
        }
        restored.touched = Some(Touched::default());
        restored
    }

    pub(super) fn are_tracked(&self) -> bool {
        self.touched.is_some()
    }

    /// What changed since the last call, as records.
    pub(super) fn save(&mut self, changes: &mut Vec<Change>) {
        let Some(touched) = &mut self.touched else {
            return;
        };
        for arn in touched.executions.drain(..) {
            if let Some(execution) = self.all.get_mut(&arn) {
                execution.save(changes);
            }
        }
        changes.extend(
            touched
                .gone
                .drain(..)
                .map(|execution| Change::Forget { execution }),
        );
    }
}

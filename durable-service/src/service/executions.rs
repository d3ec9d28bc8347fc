//! The executions of a service, what is due in them, and which of them changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;
use std::time::Duration;

use super::due_index::{DueIndex, DueQueue};
use super::families::{Families, Family};
use crate::Execution;
use crate::change_count::ChangeCount;
use crate::execution::DueTimes;
use crate::map::{IndexSet, LookupMap, hash};
use crate::model::{ExecutionArn, Timestamp};
use crate::storage::Change;

/// Executions in the order of their starts.
#[derive(Default)]
pub(super) struct Executions {
    /// By their numbers, which follow the order of their starts. Boxed, as the nodes of the tree are half empty.
    all: BTreeMap<u64, Box<Execution>>,
    /// The number of each; only looked up, as its order is random.
    numbers: LookupMap<ExecutionArn, u64>,
    /// The numbers of the executions of each function, and of each of its names.
    by_function: HashMap<String, OfFunction>,
    /// Those that are open. Only they can change, and they are few among all that are kept.
    open: BTreeSet<u64>,
    /// Their due times.
    due: DueIndex,
    /// The families, by the numbers of the executions that founded them.
    families: Families,
    /// Executions that have ended; none unless ends are tracked.
    ended: Option<Vec<u64>>,
    /// What may have changed; none unless changes are tracked.
    touched: Option<Touched>,
    /// How many changes there were: of executions, and of their set.
    changes: ChangeCount,
}

/// The executions of one function.
#[derive(Default)]
struct OfFunction {
    all: BTreeSet<u64>,
    /// Their next invocations.
    due: DueQueue,
    /// With the hashes of their names: those of one hash follow each other, the first started leads.
    by_name: BTreeSet<(u64, u64)>,
}

/// What may have changed since changes were taken last.
#[derive(Default)]
struct Touched {
    /// Numbers of executions, in the order of their changes.
    executions: IndexSet<u64>,
    /// Numbers of executions that are gone.
    gone: Vec<u64>,
}

/// Neither the index, which follows from the executions, nor what may have changed is shown.
impl fmt::Debug for Executions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl Executions {
    pub(super) fn get(&self, arn: &ExecutionArn) -> Option<&Execution> {
        self.by_number(*self.numbers.get(arn)?)
    }

    pub(super) fn by_number(&self, number: u64) -> Option<&Execution> {
        self.all.get(&number).map(Box::as_ref)
    }

    /// The executions of those numbers, in the same order.
    pub(super) fn of(
        &self,
        numbers: impl Iterator<Item = u64>,
    ) -> impl Iterator<Item = &Execution> {
        numbers.filter_map(|number| self.by_number(number))
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.all.values().map(Box::as_ref)
    }

    /// The executions of a function whose numbers are within bounds, in the order of their starts.
    pub(super) fn of_function(
        &self,
        function: &str,
        numbers: (Bound<u64>, Bound<u64>),
    ) -> impl DoubleEndedIterator<Item = &Execution> {
        let of_function = self.by_function.get(function);
        let numbers = of_function.map(|of_function| of_function.all.range(numbers));
        let numbers = numbers.into_iter().flatten();
        numbers.filter_map(|number| self.by_number(*number))
    }

    /// The executions of a function with that name, in the order of their starts.
    pub(super) fn named(
        &self,
        function: &str,
        name: &str,
    ) -> impl DoubleEndedIterator<Item = &Execution> {
        let of_function = self.by_function.get(function);
        let hash = hash(name);
        let same_hash = of_function.map(|it| it.by_name.range((hash, 0)..=(hash, u64::MAX)));
        let same_hash = same_hash.into_iter().flatten();
        let executions = same_hash.filter_map(|(_, number)| self.by_number(*number));
        executions.filter(move |execution| execution.name() == name)
    }

    /// Those that are open, in the order of their starts.
    pub(super) fn open(&self) -> impl Iterator<Item = &Execution> {
        self.of(self.open.iter().copied())
    }

    /// The due times of all executions.
    pub(super) fn due(&self) -> &DueIndex {
        &self.due
    }

    /// Of each function the execution whose invocation is overdue the longest by a time, the longest overdue
    /// of them first.
    pub(super) fn due_by_function(&self, time: Timestamp) -> impl Iterator<Item = &Execution> {
        let first = |of_function: &OfFunction| of_function.due.first();
        let mut first: Vec<_> = self.by_function.values().filter_map(first).collect();
        first.retain(|(due, _)| *due <= time);
        first.sort_unstable();
        self.of(first.into_iter().map(|(_, number)| number))
    }

    /// Changes an execution at a time of the service, which the change sees as the execution's own.
    pub(super) fn change_at<T>(
        &mut self,
        arn: &ExecutionArn,
        now: Timestamp,
        change: impl FnOnce(&mut Execution, Timestamp) -> T,
    ) -> Option<T> {
        self.change(arn, |execution| {
            let now = execution.local(now);
            change(execution, now)
        })
    }

    /// Changes an execution, and follows its due times. There is no other way to change one.
    pub(super) fn change<T>(
        &mut self,
        arn: &ExecutionArn,
        change: impl FnOnce(&mut Execution) -> T,
    ) -> Option<T> {
        let number = *self.numbers.get(arn)?;
        let execution = self.all.get_mut(&number)?;
        let old = execution.due_times();
        let answer = change(execution);
        execution.count_change();
        self.changes.add();
        let new = execution.due_times();
        self.due.update(number, old, new);
        if old.invocation != new.invocation
            && let Some(of_function) = self.by_function.get_mut(execution.function())
        {
            let due = &mut of_function.due;
            due.update(number, old.invocation, new.invocation);
        }
        self.families.change(number);
        if execution.is_closed() {
            if self.open.remove(&number)
                && let Some(ended) = &mut self.ended
            {
                ended.push(number);
            }
            self.families.leave(number);
        }
        if let Some(touched) = &mut self.touched {
            touched.executions.insert(number);
        }
        Some(answer)
    }

    /// Adds an execution. It shares the family of its caller, and its time.
    pub(super) fn insert(&mut self, mut execution: Execution) {
        let number = execution.number();
        let caller = execution.caller().map(|caller| &caller.execution);
        let caller = caller.and_then(|arn| self.get(arn));
        let (caller, ahead) = caller.map_or((None, execution.ahead()), |caller| {
            (Some(caller.number()), caller.ahead())
        });
        execution.set_ahead(ahead);
        if let Some(touched) = &mut self.touched {
            touched.executions.insert(number);
            execution.track();
        }
        let due = execution.due_times();
        self.due.update(number, DueTimes::default(), due);
        if !execution.is_closed() {
            self.open.insert(number);
            self.families.join(number, caller);
        }
        self.numbers.insert(execution.arn().clone(), number);
        let function = execution.function().to_owned();
        let of_function = self.by_function.entry(function).or_default();
        of_function.all.insert(number);
        of_function.due.update(number, None, due.invocation);
        of_function.by_name.insert((hash(execution.name()), number));
        self.all.insert(number, Box::new(execution));
        self.changes.add();
    }

    /// How many changes there were since the service was made.
    pub(super) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Forgets the executions whose retention has ended.
    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        while let Some((expiry, number)) = self.due.expiries.first()
            && expiry <= now
        {
            self.remove(number);
        }
    }

    /// Forgets an execution.
    pub(super) fn forget(&mut self, arn: &ExecutionArn) {
        if let Some(number) = self.numbers.get(arn) {
            self.remove(*number);
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(execution) = self.all.remove(&number) else {
            return;
        };
        self.changes.add();
        let due = execution.due_times();
        self.due.update(number, due, DueTimes::default());
        self.open.remove(&number);
        self.families.leave(number);
        self.numbers.remove(execution.arn());
        if let Some(of_function) = self.by_function.get_mut(execution.function()) {
            of_function.all.remove(&number);
            of_function.due.update(number, due.invocation, None);
            of_function
                .by_name
                .remove(&(hash(execution.name()), number));
        }
        if let Some(touched) = &mut self.touched {
            touched.gone.push(number);
        }
    }

    /// Starts to track the ends of executions.
    pub(super) fn track_ends(&mut self) {
        self.ended = Some(Vec::new());
    }

    /// Takes the numbers of the executions that ended since the last call.
    pub(super) fn take_ended(&mut self) -> Vec<u64> {
        self.ended.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The families.
    pub(super) fn families(&self) -> &Families {
        &self.families
    }

    pub(super) fn families_mut(&mut self) -> &mut Families {
        &mut self.families
    }

    /// The open executions of a family, in the order of their starts.
    pub(super) fn of_family(&self, family: Family) -> impl Iterator<Item = &Execution> {
        self.of(self.families.members(family))
    }

    /// Sets how far the time of a family is ahead of the service's.
    pub(super) fn set_ahead(&mut self, family: Family, ahead: Duration) {
        let members: Vec<u64> = self.families.members(family).collect();
        for number in members {
            if let Some(execution) = self.all.get_mut(&number) {
                let old = execution.due_times();
                execution.set_ahead(ahead);
                execution.count_change();
                self.changes.add();
                let new = execution.due_times();
                self.due.update(number, old, new);
                if let Some(of_function) = self.by_function.get_mut(execution.function()) {
                    let due = &mut of_function.due;
                    due.update(number, old.invocation, new.invocation);
                }
            }
        }
    }

    /// Starts to track changes, everything so far included.
    pub(super) fn track(&mut self) {
        for execution in self.all.values_mut() {
            execution.track();
        }
        self.touched = Some(Touched {
            executions: self.all.keys().copied().collect(),
            gone: Vec::new(),
        });
    }

    /// Executions that a store holds in full.
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
        for number in touched.executions.drain(..) {
            if let Some(execution) = self.all.get_mut(&number) {
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

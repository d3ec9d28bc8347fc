//! A plan: everything that sets one run of an exploration apart from the undisturbed one, as one value and as text.

mod error;
mod fault;
mod loss;
mod parse;
mod request;
mod text;

use durable_host::Order;

pub use error::PlanError;
pub use fault::FaultKind;
pub use loss::Loss;
pub(crate) use request::Repeat;
pub(crate) use request::{invalid, requested};

use crate::faults::{CrashPoint, Faults, Variant};

/// What sets one run apart from the undisturbed one: crashes, faults, the order of concurrent events, and variants of
/// the service.
///
/// A failing exploration prints the plan of its failing run. `DURABLE_PLAN="…" cargo test NAME` repeats it,
/// `#[durable_test(plan = "…")]` keeps it as a regression test, and [`Run::plan`](crate::Run::plan) runs it.
///
/// # As text
///
/// Items with `;` between them, in any order; `none` is the plan of the undisturbed run.
///
/// | Item | Meaning |
/// |---|---|
/// | `crash:7/after-stored` | a loss at checkpoint call 7: `before-stored`, `after-stored`, `answer-lost`, `answer-late` or `given-up` |
/// | `crash:2/response-lost` | the response of invocation 2 is lost |
/// | `crash:"charge"/after-stored` | at the first call about that operation |
/// | `fault:7/throttled` | a fault at checkpoint call 7: `throttled` or `server-error` |
/// | `fault:2/delivered-twice` | a fault of invocation 2: `delivered-twice` or `overrun` |
/// | `order:0,2` | the first choices among concurrent events, from 0; later ones are 0 |
/// | `order:default` | every choice is 0: bodies one at a time, in their order |
/// | `order:seed-7` | choices drawn at random by that seed |
/// | `late:4,9` | the answers to these checkpoint calls come late |
/// | `newest-first` | tasks run newest first |
/// | `variant:page-of-one` | a variant of the service, by its [name](Variant) |
///
/// Calls and invocations are counted from 1 across all executions of the run.
///
/// ```
/// use durable_test::explore::Plan;
///
/// let plan: Plan = "crash:7/after-stored; order:0,2".parse()?;
/// assert_eq!(plan.to_string(), "crash:7/after-stored;order:0,2");
/// assert_eq!(plan.deviations(), 2);
/// # Ok::<(), durable_test::explore::PlanError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    crashes: Vec<CrashPoint>,
    faults: Vec<(u64, FaultKind)>,
    order: Option<Order>,
    variants: Vec<Variant>,
}

impl Plan {
    /// The plan of the undisturbed run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This plan and a crash.
    #[must_use]
    pub fn crash(mut self, point: CrashPoint) -> Self {
        self.crashes.push(point);
        self
    }

    /// This plan and a fault, at the checkpoint call or invocation of that number.
    #[must_use]
    pub fn fault(mut self, number: u64, kind: FaultKind) -> Self {
        self.faults.push((number, kind));
        self
    }

    /// This plan in that order.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// This plan on a variant of the service.
    #[must_use]
    pub fn variant(mut self, variant: Variant) -> Self {
        if !self.variants.contains(&variant) {
            self.variants.push(variant);
        }
        self
    }

    /// Its crashes.
    #[must_use]
    pub fn crashes(&self) -> &[CrashPoint] {
        &self.crashes
    }

    /// Its faults, each with the number of its checkpoint call or invocation.
    #[must_use]
    pub fn faults(&self) -> &[(u64, FaultKind)] {
        &self.faults
    }

    /// Its order, if it chooses one.
    #[must_use]
    pub fn chosen_order(&self) -> Option<&Order> {
        self.order.as_ref()
    }

    /// Its variants of the service.
    #[must_use]
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// Whether it does nothing differently but for its order.
    pub(crate) fn has_order_alone(&self) -> bool {
        self.crashes.is_empty() && self.faults.is_empty() && self.variants.is_empty()
    }

    /// How many things it does differently: crashes, faults, late answers, choices other than the first, variants.
    #[must_use]
    pub fn deviations(&self) -> usize {
        let of_order = self.order.as_ref().map_or(0, |order| {
            let choices = order.first_choices().iter().filter(|choice| **choice > 0);
            choices.count()
                + order.late_calls().count()
                + usize::from(order.is_newest_first() || order.drawn_by().is_some())
        });
        self.crashes.len() + self.faults.len() + self.variants.len() + of_order
    }

    /// Its crashes, faults and variants, as faults of a run. Crashes come first: if several faults match a call, the
    /// first one strikes.
    pub(crate) fn as_faults(&self) -> Faults {
        let crashes = self.crashes.iter().cloned();
        let faults = crashes.fold(Faults::new(), Faults::crash);
        let own = self.faults.iter();
        let faults = own.fold(faults, |faults, (number, kind)| kind.at(*number, faults));
        let variants = self.variants.iter();
        variants.fold(faults, |faults, variant| faults.variant(*variant))
    }

    /// Whether the function keeps running after one of its crashes.
    pub(super) fn runs_on(&self) -> bool {
        self.crashes.iter().any(CrashPoint::runs_on)
    }

    /// The largest number of a call at which it does something.
    pub(super) fn last_call(&self) -> u64 {
        let crashes = self.crashes.iter().filter_map(CrashPoint::number);
        let faults = self.faults.iter().filter(|(_, kind)| kind.is_of_call());
        let faults = faults.map(|(number, _)| *number);
        let late = self.order.iter().flat_map(Order::late_calls);
        crashes.chain(faults).chain(late).max().unwrap_or_default()
    }

    /// The same without an order.
    pub(crate) fn without_order(mut self) -> Self {
        self.order = None;
        self
    }

    /// The same without a crash.
    pub(super) fn without_crash(&self, index: usize) -> Self {
        let mut plan = self.clone();
        if index < plan.crashes.len() {
            plan.crashes.remove(index);
        }
        plan
    }

    /// The same with another crash in the place of one.
    pub(super) fn with_crash(&self, index: usize, point: CrashPoint) -> Self {
        let mut plan = self.clone();
        if let Some(crash) = plan.crashes.get_mut(index) {
            *crash = point;
        }
        plan
    }

    /// The same without a fault.
    pub(super) fn without_fault(&self, index: usize) -> Self {
        let mut plan = self.clone();
        if index < plan.faults.len() {
            plan.faults.remove(index);
        }
        plan
    }

    /// The same without a variant.
    pub(super) fn without_variant(&self, index: usize) -> Self {
        let mut plan = self.clone();
        if index < plan.variants.len() {
            plan.variants.remove(index);
        }
        plan
    }
}

#[cfg(test)]
mod tests;

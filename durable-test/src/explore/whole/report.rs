//! The report of an exploration.

use std::fmt;

use durable_view::count;
use serde::Serialize;

use super::coverage::StepCoverage;
use crate::explore::allowed::Unused;
use crate::explore::budget::Cut;
use crate::explore::crashes::report::RepeatedStep;
use crate::explore::reduction::NotIndependent;
use crate::explore::unstable::{Listed, Unstable};

/// The report of an exploration in which the workflow survived every plan.
///
/// `Display` is a statement of what was covered, and a table of the steps.
///
/// Returned by [`explore`](crate::Run::explore), with an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplorationReport {
    pub(super) function: String,
    pub(super) plans: usize,
    pub(super) states: usize,
    pub(super) closure: Closure,
    pub(super) unclaimed: Vec<String>,
    pub(super) repeats: Option<String>,
    pub(super) free_bodies: bool,
    pub(super) merged: usize,
    pub(super) orders: usize,
    pub(super) classes: usize,
    pub(super) left_out: usize,
    pub(super) cut: Option<Cut>,
    pub(super) coverage: Vec<StepCoverage>,
    pub(super) repeated: Vec<RepeatedStep>,
    pub(super) repetitions: usize,
    pub(super) uncontrolled: Vec<String>,
    pub(super) counts_bodies: bool,
    pub(super) lost_tokens: usize,
    pub(super) unstable: Vec<Unstable>,
    #[serde(rename = "unused_allows")]
    pub(super) unused: Vec<String>,
    pub(super) not_independent: Vec<String>,
}

/// What an exploration can say that it covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Closure {
    /// Crashes are still to be tried from so many states.
    Open(usize),
    /// Every single crash was tried from every state that crashes lead to.
    Crashes,
    /// And every order, with every declared fault, was tried from every state that they lead to.
    Everything,
    /// Nothing can be claimed: not all losses were tried, or not all is under the harness's control.
    NotClaimed,
}

impl ExplorationReport {
    pub(super) fn new(function: String) -> Self {
        Self {
            function,
            plans: 0,
            states: 0,
            closure: Closure::NotClaimed,
            unclaimed: Vec::new(),
            repeats: None,
            free_bodies: false,
            merged: 0,
            orders: 0,
            classes: 0,
            left_out: 0,
            cut: None,
            coverage: Vec::new(),
            repeated: Vec::new(),
            repetitions: 0,
            uncontrolled: Vec::new(),
            counts_bodies: false,
            lost_tokens: 0,
            unstable: Vec::new(),
            unused: Vec::new(),
            not_independent: Vec::new(),
        }
    }

    /// Number of plans that were run, the undisturbed one included.
    #[must_use]
    pub fn plans(&self) -> usize {
        self.plans
    }

    /// Number of different states in which invocations started.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states
    }

    /// Whether every sequence of crashes is covered: every single crash was tried from every state that crashes lead to.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.closure, Closure::Crashes | Closure::Everything)
    }

    /// Why nothing is claimed about sequences of crashes, in words. Empty if something is.
    #[must_use]
    pub fn unclaimed(&self) -> &[String] {
        &self.unclaimed
    }

    /// Number of states from which a crash is still to be tried.
    #[must_use]
    pub fn open_states(&self) -> usize {
        match self.closure {
            Closure::Open(states) => states,
            _ => 0,
        }
    }

    /// Number of orders that were run by themselves, without crashes, faults and variants; the undisturbed run is one.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders
    }

    /// Number of classes of these orders: in orders of one class the same things happened.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of crashes that were not run, for they leave exactly what another one left.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.merged
    }

    /// Number of plans that were left out, for a limit of the exploration; more may follow from them.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Why some were left out.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// What each step met, by path.
    #[must_use]
    pub fn coverage(&self) -> &[StepCoverage] {
        &self.coverage
    }

    /// Steps whose bodies ran again, by path.
    #[must_use]
    pub fn repeated_steps(&self) -> &[RepeatedStep] {
        &self.repeated
    }

    /// The plans of which two runs did not agree, or one did not reach all of the plan: something is not under the harness's control.
    #[must_use]
    pub fn uncontrolled(&self) -> &[String] {
        &self.uncontrolled
    }

    /// Number of runs in which the SDK lost its checkpoint token, as
    /// [`Allow::lost_token`](crate::explore::Allow::lost_token) allows.
    #[must_use]
    pub fn lost_tokens(&self) -> usize {
        self.lost_tokens
    }

    /// What was not compared, for it differs between two undisturbed runs as well.
    #[must_use]
    pub fn unstable(&self) -> &[Unstable] {
        &self.unstable
    }

    /// What the test allows and no run needed, as code. Empty if the exploration was not a full one.
    #[must_use]
    pub fn unused_allows(&self) -> &[String] {
        &self.unused
    }

    /// The steps that the test calls [independent](crate::explore::Explore::independent) and that are not, for the
    /// handler gave up a body of theirs.
    #[must_use]
    pub fn not_independent(&self) -> &[String] {
        &self.not_independent
    }
}

/// `order: 97 plans, 31 states, closed: every sequence of crashes`
impl fmt::Display for ExplorationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, .. } = self;
        if let Some(plan) = &self.repeats {
            return write!(
                f,
                "{function}: repeats the plan {plan} alone; nothing else was explored"
            );
        }
        let (plans, states) = (count(self.plans), count(self.states));
        write!(f, "{function}: {plans} plans, {states} states, ")?;
        match self.closure {
            Closure::Open(1) => f.write_str("open: 1 state left")?,
            Closure::Open(states) => write!(f, "open: {} states left", count(states))?,
            Closure::Crashes => f.write_str("closed: every sequence of crashes")?,
            Closure::Everything => {
                f.write_str("closed: every sequence of crashes, orders and declared faults")?;
            }
            Closure::NotClaimed => {
                f.write_str("nothing claimed about sequences of crashes")?;
                for (position, reason) in self.unclaimed.iter().enumerate() {
                    write!(f, "{} {reason}", if position == 0 { ':' } else { ';' })?;
                }
            }
        }
        write!(
            f,
            "\n{} orders, {} classes",
            count(self.orders),
            count(self.classes)
        )?;
        match self.cut {
            Some(cut) => write!(f, "; {} plans were left out: {cut}", count(self.left_out))?,
            None => f.write_str(", all tried")?,
        }
        if self.counts_bodies {
            f.write_str(
                "\nstates count the runs of bodies, for the test has state outside of the workflow; \
                 `.outside(|| hash)` tells them apart by that state alone",
            )?;
        }
        if self.free_bodies {
            f.write_str(
                "\nsteps run side by side whose bodies the harness does not hold, for they are not those of a \
                 #[durable_step]: not all of their orders were tried",
            )?;
        }
        for plan in &self.uncontrolled {
            write!(
                f,
                "\ntwo runs of the plan {plan} did not agree, or one did not reach all of it: something is not under the harness's control"
            )?;
        }
        if self.lost_tokens > 0 {
            write!(
                f,
                "\nin {} runs the SDK lost its checkpoint token, as the test allows",
                self.lost_tokens
            )?;
        }
        NotIndependent(&self.not_independent).fmt(f)?;
        self.write_coverage(f)?;
        Listed(&self.unstable).fmt(f)?;
        Unused(&self.unused).fmt(f)
    }
}

impl ExplorationReport {
    fn write_coverage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.coverage.iter().map(|step| step.path.chars().count());
        let Some(widest) = lengths.max() else {
            return Ok(());
        };
        let widest = widest.max("step".len());
        write!(
            f,
            "\n{:widest$}  cut before stored  cut after stored  replayed  retried  timed out",
            "step"
        )?;
        for step in &self.coverage {
            write!(
                f,
                "\n{:widest$}  {:17}  {:16}  {:8}  {:7}  {:9}",
                step.path,
                step.cut_before_stored,
                step.cut_after_stored,
                step.replayed,
                step.retried,
                step.timed_out
            )?;
        }
        Ok(())
    }
}

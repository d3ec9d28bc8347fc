//! The runs of an exploration, and what is wrong with each.

use std::sync::Arc;

use durable_host::{Order, Scheduler};

use super::Choice;
use super::deviations::{Deviation, Ran, Segment};
use crate::Error;
use crate::explore::compare::Threads;
use crate::explore::crashes::report::Finding;
use crate::explore::judge::Judge;
use crate::explore::orders::possibly_late;
use crate::explore::reduction::{Offers, Reduction, segments};
use crate::explore::repeated::{Job, Repeated};
use crate::plan::Plan;

/// Makes runs, and compares each with the undisturbed one.
pub(super) struct Trials {
    pub(super) run: Arc<Repeated>,
    pub(super) choice: Choice,
    /// The undisturbed run.
    pub(super) first: Arc<Ran>,
    /// Failed invocations in a row that end an execution.
    attempts: usize,
    threads: Threads,
    judge: Judge,
    /// Runs in which the SDK lost its token, as the test allows.
    pub(super) lost_tokens: usize,
    /// Plans that the workflow survived.
    pub(super) survived: usize,
    pub(super) reduction: Reduction,
}

impl Trials {
    /// Makes the undisturbed run.
    pub(super) async fn start(
        run: Arc<Repeated>,
        choice: Choice,
        mut reduction: Reduction,
    ) -> Result<Self, Error> {
        let scheduler = Scheduler::new(&Order::choices([]));
        let mut explored = run.run(Some(scheduler.clone())).await?;
        if let Some(error) = explored.error.take() {
            return Err(error);
        }
        let mut judge = Judge::new(choice.never_repeats.clone());
        judge.record(&explored.steps);
        reduction.look_at(&explored.trace);
        let plan = Plan::new().order(Order::choices([]));
        let trials = Self {
            attempts: run.invocation_attempts()?,
            threads: Threads::here(),
            first: Arc::new(Ran::new(plan, Some(&scheduler), explored)),
            run,
            choice,
            judge,
            lost_tokens: 0,
            survived: 0,
            reduction,
        };
        if let Err(message) = &trials.first.explored.checked {
            let findings = vec![Finding::Check(message.clone())];
            let result = trials.first.explored.result.clone();
            return Err(trials.failure(Plan::new(), Vec::new(), findings, result, Vec::new()));
        }
        Ok(trials)
    }

    /// Makes one run.
    pub(super) async fn make(&self, plan: &Plan) -> Result<Ran, Error> {
        let job = Job::of(plan);
        let scheduler = job.scheduler.clone();
        let explored = self.run.run_job(job).await?;
        Ok(Ran::new(plan.clone(), scheduler.as_ref(), explored))
    }

    /// What is wrong with a run.
    pub(super) async fn findings(&mut self, ran: &mut Ran) -> Result<Vec<Finding>, Error> {
        self.judge.record(&ran.explored.steps);
        if self.run.is_lost_as_allowed(&ran.explored) {
            self.lost_tokens += 1;
            return Ok(Vec::new());
        }
        let undisturbed = Job::of(&Plan::new().order(Order::choices([])));
        let differs = if ran.explored.error.is_some() {
            Vec::new()
        } else {
            let first = &self.first.explored.result;
            self.run
                .forbidden(first, &ran.explored, undisturbed)
                .await?
        };
        let runs_on = ran.plan.runs_on();
        let mut findings = self.judge.findings(&ran.explored, runs_on, differs);
        if let Some(error) = ran.explored.error.take() {
            findings.insert(0, Finding::NoEnd(error));
        }
        if let (false, Some(lost)) = (findings.is_empty(), ran.explored.lost_token.take()) {
            findings.insert(0, Finding::LostToken(lost));
        }
        Ok(findings)
    }

    /// The orders that a run offers; none if orders are not explored. What the test calls independent is not known to
    /// be so where something else goes wrong.
    pub(super) fn offers(&self, ran: &Ran) -> Option<Offers> {
        if !self.choice.orders || !self.is_on_one_thread() {
            return None;
        }
        let careful = self.reduction.without_independent();
        let reduction = if ran.plan.has_order_alone() {
            &self.reduction
        } else {
            &careful
        };
        let segments = segments(&ran.choices, &ran.explored.states);
        let trace = &ran.explored.trace;
        Some(reduction.offers(
            &ran.choices,
            &segments,
            (&ran.calls, trace),
            possibly_late(trace),
        ))
    }

    /// All deviations within a segment of a run, which offers these orders.
    pub(super) fn deviations(
        &self,
        ran: &Ran,
        segment: &Segment,
        offers: Option<&Offers>,
    ) -> Vec<Deviation> {
        let mut found = ran.deviations(segment, &self.choice, self.attempts);
        if let Some(offers) = offers {
            found.extend(ran.reorders(segment, offers));
        }
        found
    }

    pub(super) fn is_on_one_thread(&self) -> bool {
        self.threads == Threads::One
    }

    /// Whether a second run of its plan must be the same.
    pub(super) fn can_repeat(&self, ran: &Ran) -> bool {
        self.is_on_one_thread() && ran.explored.lost_token.is_none()
    }
}

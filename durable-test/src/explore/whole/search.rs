//! The search itself: which plans run, what they lead to, and what they must not do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use durable_host::Scheduler;

use super::Choice;
use super::claims::Claims;
use super::coverage::Matrix;
use super::deviations::{Ran, Segment};
use super::frontier::{After, Frontier, Point, Waiting, is_of_crashes};
use super::report::{Closure, ExplorationReport};
use super::trials::Trials;
use super::words;
use crate::explore::budget::{Cut, Limits, Meter};
use crate::explore::crashes::report::RepeatedStep;
use crate::explore::orders::{fingerprint, has_due_times};
use crate::explore::progress::Progress;
use crate::explore::reduction::{Offers, Reduction};
use crate::explore::repeated::{Job, Repeated};
use crate::explore::workers::Workers;
use crate::plan::Plan;
use crate::{Error, ErrorKind};

/// Every so many runs, one is made twice.
const TWICE_EVERY: usize = 20;

/// The state of an exploration.
pub(super) struct Search {
    pub(super) trials: Trials,
    workers: Workers,
    limits: Limits,
    meter: Meter,
    progress: Progress,
    frontier: Frontier,
    /// The states met, and whether crashes alone lead there.
    states: HashMap<Arc<str>, bool>,
    /// What killed functions left, by plans of crashes alone and by others.
    left: [HashSet<Arc<str>>; 2],
    coverage: Matrix,
    repeated: BTreeMap<String, RepeatedStep>,
    /// What happened in the runs that differ from the first one by their order alone.
    orders: HashSet<Vec<String>>,
    /// The last run that may be made twice.
    last: Option<Ran>,
    claims: Claims,
    report: ExplorationReport,
}

impl Search {
    /// Makes the undisturbed run.
    pub(super) async fn start(
        run: Arc<Repeated>,
        workers: Workers,
        choice: Choice,
        limits: Limits,
        counts_bodies: bool,
        reduction: Reduction,
    ) -> Result<Self, Error> {
        let meter = limits.start();
        let function = run.runner.function().to_owned();
        let mut report = ExplorationReport::new(function.clone());
        report.counts_bodies = counts_bodies;
        report.plans = 1;
        Ok(Self {
            trials: Trials::start(run, choice, reduction).await?,
            workers,
            limits,
            meter,
            progress: Progress::new(format!("plans of {function}")),
            frontier: Frontier::default(),
            states: HashMap::new(),
            left: Default::default(),
            coverage: Matrix::default(),
            repeated: BTreeMap::new(),
            orders: HashSet::new(),
            last: None,
            claims: Claims::default(),
            report,
        })
    }

    /// Makes the others.
    pub(super) async fn finish(mut self) -> Result<ExplorationReport, Error> {
        if let Some(plan) = self.trials.run.plan().cloned() {
            self.repeat(plan).await?;
            return Ok(self.report);
        }
        self.begin();
        while let Some(cut) = self.next_plans().await? {
            if let Some(cut) = cut {
                self.report.cut = Some(cut);
                break;
            }
        }
        if self.report.repetitions == 0
            && let Some(last) = self.last.take()
        {
            self.repeat_run(&last).await?;
        }
        self.conclude()
    }

    /// Runs the one plan that is to be repeated.
    async fn repeat(&mut self, plan: Plan) -> Result<(), Error> {
        let mut ran = self.trials.make(&plan).await?;
        if let Some(missed) = ran.explored.missed.take() {
            return Err(plan.not_reached(missed));
        }
        self.report.plans += 1;
        self.report.repeats = Some(plan.to_string());
        let findings = self.trials.findings(&mut ran).await?;
        self.report.lost_tokens = self.trials.lost_tokens;
        if findings.is_empty() {
            return Ok(());
        }
        let deviations = words::of(&ran, &self.trials.first);
        let result = ran.explored.result;
        Err(self
            .trials
            .failure(plan, deviations, findings, result, Vec::new()))
    }

    /// What the undisturbed run offers, and the variants of the service.
    fn begin(&mut self) {
        let first = Arc::clone(&self.trials.first);
        self.orders.insert(fingerprint(&first.explored.trace));
        self.coverage.saw(&first.plan, &first.explored);
        if !has_due_times(&first.explored.trace) {
            self.trials.run.forget_failures();
            self.claims.forgets_failures = true;
        }
        self.claims.look_at(&first.explored);
        self.follow(&first, None);
        for variant in self.trials.choice.variants.clone() {
            self.frontier.push(Waiting {
                plan: first.plan.clone().variant(variant),
                at: Point::Invocation(1),
                after: After::Nothing,
                from: Arc::from(""),
            });
        }
    }

    /// Runs the next plans; none if there are no more, and the reason if a limit forbids them.
    async fn next_plans(&mut self) -> Result<Option<Option<Cut>>, Error> {
        let sampled = self
            .limits
            .sample
            .filter(|sample| self.report.plans > *sample);
        let cut = sampled.map(Cut::Sample);
        let cut = cut.or_else(|| self.meter.used_up(self.report.plans));
        if cut.is_some() && self.frontier.len() > 0 {
            return Ok(Some(cut));
        }
        let left = self.limits.left(self.report.plans);
        let next = self.frontier.pop(self.workers.number().min(left));
        if next.is_empty() {
            return Ok(None);
        }
        let all = self.report.plans + self.frontier.len() + next.len();
        self.progress.show(self.report.plans, Some(all));
        let jobs: Vec<Job> = next.iter().map(|waiting| Job::of(&waiting.plan)).collect();
        let schedulers: Vec<Option<Scheduler>> =
            jobs.iter().map(|job| job.scheduler.clone()).collect();
        let made = self.workers.make(jobs).await;
        for ((waiting, scheduler), explored) in next.into_iter().zip(schedulers).zip(made) {
            let mut ran = Ran::new(waiting.plan.clone(), scheduler.as_ref(), explored?);
            self.report.plans += 1;
            self.judge(&mut ran).await?;
            self.check_repetition(&ran).await?;
            self.claims.look_at(&ran.explored);
            self.coverage.saw(&ran.plan, &ran.explored);
            if ran.plan.has_order_alone() {
                self.report.orders += 1;
                self.orders.insert(fingerprint(&ran.explored.trace));
                if ran.explored.lost_token.is_none() {
                    self.trials.reduction.look_at(&ran.explored.trace);
                }
            }
            self.follow(&ran, Some(&waiting));
            if self.report.repetitions == 0 && self.trials.can_repeat(&ran) {
                self.last = Some(ran);
            }
        }
        Ok(Some(None))
    }

    /// Adds what a run offers after its last deviation.
    fn follow(&mut self, ran: &Ran, waiting: Option<&Waiting>) {
        if waiting.is_some_and(|waiting| waiting.after == After::Nothing) {
            return;
        }
        let by_crashes = is_of_crashes(&ran.plan);
        let offers = self.trials.offers(ran);
        let segments = ran.segments();
        let mut next = 0;
        if let Some(waiting) = waiting {
            let Some(position) = Ran::position(&segments, waiting.at) else {
                return;
            };
            if let Some(segment) = segments.get(position) {
                let rest = match waiting.after {
                    After::SameInvocation => ran.rest(segment, waiting.at),
                    _ => ran.after_invocation(segment),
                };
                self.add(ran, &rest, offers.as_ref(), by_crashes);
            }
            next = position + 1;
        }
        for segment in segments.get(next..).unwrap_or_default() {
            // Beside a function that was given up and runs on, the future is not known.
            let Some(state) = &segment.state else {
                continue;
            };
            let is_pruned = !self.trials.choice.every_plan;
            match self.states.get_mut(state) {
                // The rest of this run is as that of the run that came here first.
                Some(known) if is_pruned && (*known || !by_crashes) => return,
                Some(known) => *known |= by_crashes,
                None => {
                    self.states.insert(Arc::clone(state), by_crashes);
                }
            }
            self.add(ran, segment, offers.as_ref(), by_crashes);
        }
    }

    /// Adds the deviations of a segment, but for crashes that leave what another one left.
    fn add(&mut self, ran: &Ran, segment: &Segment, offers: Option<&Offers>, by_crashes: bool) {
        for deviation in self.trials.deviations(ran, segment, offers) {
            // What a call leaves is compared without the test's own state, of which only a test that has none is
            // sure that it is equal.
            let may_merge = !self.trials.choice.every_plan && !self.trials.run.has_outside();
            if let Some(kill) = deviation.kill.filter(|_| may_merge)
                && let Some(left) = ran.left_by(kill)
            {
                let [alone, others] = &mut self.left;
                let is_new = if by_crashes {
                    alone.insert(left)
                } else {
                    !alone.contains(&left) && others.insert(left)
                };
                if !is_new {
                    self.report.merged += 1;
                    self.coverage.would_cut(&ran.explored, kill);
                    continue;
                }
            }
            self.frontier.push(deviation.waiting);
        }
    }

    /// Compares a run with the undisturbed one; an error if it fails.
    async fn judge(&mut self, ran: &mut Ran) -> Result<(), Error> {
        self.record_repeats(ran);
        let findings = self.trials.findings(ran).await?;
        if !findings.is_empty() {
            return Err(self.trials.explain(ran, findings).await?);
        }
        if ran.explored.missed.is_none() {
            self.trials.survived += 1;
        } else if self.trials.is_on_one_thread() {
            // The run that offered it came there, and this one is the same up to there.
            self.report.uncontrolled.push(ran.plan.to_string());
        }
        Ok(())
    }

    /// Makes every so many runs twice: what differs is not under control.
    async fn check_repetition(&mut self, ran: &Ran) -> Result<(), Error> {
        if self.report.plans.is_multiple_of(TWICE_EVERY) && self.trials.can_repeat(ran) {
            self.repeat_run(ran).await?;
        }
        Ok(())
    }

    async fn repeat_run(&mut self, ran: &Ran) -> Result<(), Error> {
        let again = self.trials.make(&ran.plan).await?;
        self.report.repetitions += 1;
        let is_same = fingerprint(&again.explored.trace) == fingerprint(&ran.explored.trace)
            && again.explored.calls == ran.explored.calls;
        if !is_same {
            self.report.uncontrolled.push(ran.plan.to_string());
        }
        Ok(())
    }

    fn record_repeats(&mut self, ran: &Ran) {
        for step in ran.explored.steps.iter().filter(|step| step.repeats() > 0) {
            let runs = step.repeats() + 1;
            let noted = self.repeated.entry(step.path.clone());
            let noted = noted.or_insert_with(|| RepeatedStep {
                path: step.path.clone(),
                in_runs: 0,
                max_executions: 0,
                first_seen_at: ran.plan.crashes().to_vec(),
            });
            noted.in_runs += 1;
            noted.max_executions = noted.max_executions.max(runs);
        }
    }

    fn conclude(mut self) -> Result<ExplorationReport, Error> {
        let Trials {
            run,
            choice,
            first,
            reduction,
            ..
        } = &self.trials;
        if self.report.cut.is_none() {
            reduction.check(&first.explored.trace)?;
        }
        let first = &first.explored.result;
        run.check_answers(first)?;
        run.check_sometimes()?;
        let open = self.frontier.states_without_a_crash();
        self.report.free_bodies = self.claims.has_free_bodies;
        self.report.unclaimed = self.claims.missing(
            choice,
            self.trials.is_on_one_thread(),
            self.report.uncontrolled.is_empty(),
            self.report.counts_bodies,
        );
        self.report.closure = if open > 0 {
            Closure::Open(open)
        } else if !self.report.unclaimed.is_empty() {
            Closure::NotClaimed
        } else if self.frontier.len() == 0
            && choice.orders
            && !self.report.free_bodies
            && !reduction.is_incomplete()
        {
            Closure::Everything
        } else {
            Closure::Crashes
        };
        if self.frontier.len() == 0 && self.report.cut.is_none() {
            self.report.unused = run.unused(first)?;
            self.check_names()?;
        }
        self.report.left_out = self.frontier.len();
        self.report.states = self.states.len();
        self.report.classes = self.orders.len();
        self.report.orders += 1;
        self.report.unstable = run.unstable();
        self.report.not_independent = reduction.given_up();
        self.report.lost_tokens = self.trials.lost_tokens;
        self.report.repeated = self.repeated.into_values().collect();
        self.report.coverage = self.coverage.finish();
        Ok(self.report)
    }

    /// Checks that every step that must not repeat, or may be interrupted, has run.
    fn check_names(&self) -> Result<(), Error> {
        let steps = &self.trials.first.explored.steps;
        let names = self.trials.choice.never_repeats.iter().map(String::as_str);
        let mut names = names.chain(self.trials.run.interruptions());
        let Some(wanted) = names
            .find(|name| !steps.iter().any(|step| step.is_named(name)) && !self.coverage.has(name))
        else {
            return Ok(());
        };
        let known: BTreeSet<String> = self
            .coverage
            .paths()
            .map(|path| format!("\"{path}\""))
            .collect();
        let known: Vec<String> = known.into_iter().collect();
        Err(ErrorKind::NoOperation {
            what: "step",
            wanted: wanted.to_owned(),
            known: format!("steps that ran: {}", known.join(", ")),
        }
        .into())
    }
}

#[cfg(test)]
mod tests {
    use durable_runtime::prelude::*;

    use super::super::tests::{run, search};
    use super::*;
    use crate::DurableRunner;

    /// Two steps, one after the other.
    async fn pays((): (), ctx: DurableContext) -> Result<u64, BoxError> {
        let one = ctx.step(|_| async { Ok(1_u64) }).name("one").await?;
        let two = ctx.step(|_| async { Ok(2_u64) }).name("two").await?;
        Ok(one + two)
    }

    /// Takes the plans that wait, as text.
    fn waiting(search: &mut Search) -> BTreeSet<String> {
        let waiting = search.frontier.pop_all();
        waiting.map(|waiting| waiting.plan.to_string()).collect()
    }

    #[tokio::test]
    async fn what_orders_met_first_is_explored_again_for_crashes_alone() {
        let mut fresh = search(DurableRunner::local(pays)).await;
        let mut search = search(DurableRunner::local(pays)).await;
        let first = Arc::clone(&fresh.trials.first);
        fresh.follow(&first, None);

        let ordered = run(&search, "newest-first").await;
        search.follow(&ordered, None);
        assert!(!search.states.is_empty());
        assert!(search.states.values().all(|by_crashes| !by_crashes));
        waiting(&mut search);
        let first = Arc::clone(&search.trials.first);
        search.follow(&first, None);

        assert!(search.states.values().all(|by_crashes| *by_crashes));
        let plans = waiting(&mut search);
        assert!(plans.contains("crash:1/before-stored;order:default"));
        assert_eq!(plans, waiting(&mut fresh));
    }

    #[tokio::test]
    async fn what_crashes_alone_met_is_not_explored_again() {
        let mut search = search(DurableRunner::local(pays)).await;
        let first = Arc::clone(&search.trials.first);
        search.follow(&first, None);
        waiting(&mut search);

        let ordered = run(&search, "newest-first").await;
        search.follow(&ordered, None);
        assert_eq!(waiting(&mut search), BTreeSet::new());
        assert!(search.states.values().all(|by_crashes| *by_crashes));
    }

    #[tokio::test]
    async fn a_plan_that_a_run_does_not_reach_is_not_under_control() {
        let mut search = search(DurableRunner::local(pays)).await;
        let mut reaches = run(&search, "crash:2/after-stored").await;
        search.judge(&mut reaches).await.unwrap();
        assert_eq!(search.report.uncontrolled, [""; 0]);
        assert_eq!(search.trials.survived, 1);

        let mut misses = run(&search, "crash:99/after-stored").await;
        search.judge(&mut misses).await.unwrap();
        assert_eq!(search.report.uncontrolled, ["crash:99/after-stored"]);
        assert_eq!(search.trials.survived, 1);
    }

    #[tokio::test]
    async fn orders_left_out_for_bodies_that_a_handler_gives_up_are_not_claimed() {
        for (reduction, closure) in [
            (Reduction::default(), Closure::Everything),
            (Reduction::incomplete(), Closure::Crashes),
        ] {
            let mut search = search(DurableRunner::local(pays)).await;
            search.trials.reduction = reduction;
            assert_eq!(search.conclude().unwrap().closure, closure);
        }
    }
}

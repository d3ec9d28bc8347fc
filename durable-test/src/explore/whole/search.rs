//! The search itself: which plans run, what they lead to, and what they must not do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use durable_host::{Order, Scheduler};

use super::Choice;
use super::coverage::Matrix;
use super::deviations::Ran;
use super::failure::ExplorationFailure;
use super::frontier::{After, Frontier, Point, Waiting, is_of_crashes};
use super::inevitable::Inevitable;
use super::report::{Closure, ExplorationReport};
use super::words;
use crate::explore::budget::{Cut, Limits, Meter};
use crate::explore::compare::Threads;
use crate::explore::crashes::report::{Finding, RepeatedStep};
use crate::explore::judge::Judge;
use crate::explore::orders::{fingerprint, has_due_times, has_free_bodies, unseen_bodies};
use crate::explore::progress::Progress;
use crate::explore::shrink::Shrink;
use crate::explore::template::{Explored, Job, Repeated};
use crate::explore::workers::Workers;
use crate::plan::Loss;
use crate::plan::{Plan, Repeat};
use crate::{Error, ErrorKind, ExecutionResult};

/// Every so many runs, one is made twice.
const TWICE_EVERY: usize = 20;

/// What a failing run may take to be made small.
const MAX_SHRINKING: usize = 60;

/// The losses that make up any sequence of crashes.
const NEEDED: &[Loss] = &[
    Loss::BeforeStored,
    Loss::AfterStored,
    Loss::ResponseLost,
    Loss::AnswerLost,
    Loss::GivenUp,
];

/// The state of an exploration.
pub(super) struct Search {
    run: Arc<Repeated>,
    workers: Workers,
    choice: Choice,
    limits: Limits,
    meter: Meter,
    progress: Progress,
    /// Failed invocations in a row that end an execution.
    attempts: usize,
    threads: Threads,
    /// The undisturbed run.
    first: Arc<Ran>,
    judge: Judge,
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
    /// Whether states leave failures out, for nothing is ever due in the undisturbed run.
    forgets_failures: bool,
    /// Whether something is due in another run all the same.
    has_late_times: bool,
    /// Steps whose bodies no hook saw.
    unseen: BTreeSet<String>,
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
    ) -> Result<Self, Error> {
        let meter = limits.start();
        let scheduler = Scheduler::new(&Order::choices([]));
        let mut explored = run.run(Some(scheduler.clone())).await?;
        if let Some(error) = explored.error.take() {
            return Err(error);
        }
        let function = run.runner.function().to_owned();
        let mut report = ExplorationReport::new(function.clone());
        report.counts_bodies = counts_bodies;
        let mut judge = Judge::new(choice.never_repeats.clone());
        judge.record(&explored.steps);
        let first = Arc::new(Ran {
            plan: Plan::new().order(Order::choices([])),
            choices: scheduler.choices(),
            calls: scheduler.calls(),
            explored,
        });
        let mut search = Self {
            attempts: run.invocation_attempts()?,
            threads: Threads::here(),
            progress: Progress::new(format!("plans of {function}")),
            run,
            workers,
            choice,
            limits,
            meter,
            first,
            judge,
            frontier: Frontier::default(),
            states: HashMap::new(),
            left: Default::default(),
            coverage: Matrix::default(),
            repeated: BTreeMap::new(),
            orders: HashSet::new(),
            last: None,
            forgets_failures: false,
            has_late_times: false,
            unseen: BTreeSet::new(),
            report,
        };
        search.report.plans = 1;
        if let Err(message) = &search.first.explored.checked {
            let findings = vec![Finding::Check(message.clone())];
            let result = search.first.explored.result.clone();
            return Err(search.failure(Plan::new(), Vec::new(), findings, result, Vec::new()));
        }
        Ok(search)
    }

    /// Makes the others.
    pub(super) async fn finish(mut self) -> Result<ExplorationReport, Error> {
        if let Some(plan) = self.run.plan().cloned() {
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
        let mut ran = self.make(&plan).await?;
        if let Some(missed) = ran.explored.missed.take() {
            return Err(plan.not_reached(missed));
        }
        self.report.plans += 1;
        self.report.repeats = Some(plan.to_string());
        let findings = self.findings(&mut ran).await?;
        if findings.is_empty() {
            return Ok(());
        }
        let words = words::of(&ran, &self.first);
        Err(self.failure(plan, words, findings, ran.explored.result, Vec::new()))
    }

    /// What the undisturbed run offers, and the variants of the service.
    fn begin(&mut self) {
        let first = Arc::clone(&self.first);
        self.orders.insert(fingerprint(&first.explored.trace));
        self.coverage.saw(&first.plan, &first.explored);
        if !has_due_times(&first.explored.trace) {
            self.run.forget_failures();
            self.forgets_failures = true;
        }
        self.look_at_bodies(&first);
        self.follow(&first, None);
        for variant in self.choice.variants.clone() {
            self.frontier.push(Waiting {
                plan: self.first.plan.clone().variant(variant),
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
            self.look_at_bodies(&ran);
            self.coverage.saw(&ran.plan, &ran.explored);
            if ran.plan.crashes().is_empty()
                && ran.plan.variants().is_empty()
                && ran.plan.faults().is_empty()
            {
                self.report.orders += 1;
                self.orders.insert(fingerprint(&ran.explored.trace));
            }
            self.follow(&ran, Some(&waiting));
            if self.report.repetitions == 0 && self.can_repeat(&ran) {
                self.last = Some(ran);
            }
        }
        Ok(Some(None))
    }

    /// Makes one run.
    async fn make(&self, plan: &Plan) -> Result<Ran, Error> {
        let job = Job::of(plan);
        let scheduler = job.scheduler.clone();
        let explored = self.run.run_job(job).await?;
        Ok(Ran::new(plan.clone(), scheduler.as_ref(), explored))
    }

    /// Adds what a run offers after its last deviation.
    fn follow(&mut self, ran: &Ran, waiting: Option<&Waiting>) {
        let by_crashes = is_of_crashes(&ran.plan);
        let segments = ran.segments();
        let mut next = 0;
        if let Some(waiting) = waiting {
            if waiting.after == After::Nothing {
                return;
            }
            let Some(position) = Ran::position(&segments, waiting.at) else {
                return;
            };
            if waiting.after == After::SameInvocation
                && let Some(segment) = segments.get(position)
            {
                let rest = ran.rest(segment, waiting.at);
                self.add(ran, &rest, by_crashes);
            }
            next = position + 1;
        }
        for segment in segments.get(next..).unwrap_or_default() {
            // Beside a function that was given up and runs on, the future is not known.
            let Some(state) = &segment.state else {
                continue;
            };
            match self.states.get_mut(state) {
                // The rest of this run is as that of the run that came here first.
                Some(known) if *known || !by_crashes => return,
                Some(known) => *known = true,
                None => {
                    self.states.insert(Arc::clone(state), by_crashes);
                }
            }
            self.add(ran, segment, by_crashes);
        }
    }

    /// Adds the deviations of a segment, but for crashes that leave what another one left.
    fn add(&mut self, ran: &Ran, segment: &super::deviations::Segment, by_crashes: bool) {
        let one_thread = self.threads == Threads::One;
        for deviation in ran.deviations(segment, &self.choice, self.attempts, one_thread) {
            // What a call leaves is compared without the test's own state, of which only a test that has none is
            // sure that it is equal.
            if let Some(kill) = deviation.kill.filter(|_| !self.run.has_outside())
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
        let findings = self.findings(ran).await?;
        if findings.is_empty() {
            if ran.explored.missed.is_none() {
                self.report.survived += 1;
            } else if self.threads == Threads::One {
                // The run that offered it came there, and this one is the same up to there.
                self.report.uncontrolled.push(ran.plan.to_string());
            }
            return Ok(());
        }
        Err(self.explain(ran, findings).await?)
    }

    /// What is wrong with a run.
    async fn findings(&mut self, ran: &mut Ran) -> Result<Vec<Finding>, Error> {
        self.judge.record(&ran.explored.steps);
        if self.run.is_lost_as_allowed(&ran.explored) {
            self.report.lost_tokens += 1;
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

    /// Makes a failing plan small, and says all that is to be said about it.
    async fn explain(&mut self, ran: &Ran, findings: Vec<Finding>) -> Result<Error, Error> {
        let wanted = kind_of(&findings);
        let mut shrink = Shrink::new(ran.plan.clone(), &ran.choices, MAX_SHRINKING);
        let mut smallest = (ran.plan.clone(), findings);
        while let Some(candidate) = shrink.next() {
            let found = self.failing(&candidate, &wanted).await?;
            shrink.answer(found.is_some());
            if let Some(found) = found {
                smallest = (candidate, found);
            }
        }
        let (plan, _) = smallest;
        let mut again = self.make(&plan).await?;
        let findings = self.findings(&mut again).await?;
        let mut notes = Vec::new();
        let is_same = kind_of(&findings) == wanted;
        let (plan, mut again, findings, disagreeing) = if is_same {
            (plan, again, findings, None)
        } else {
            let mut original = self.make(&ran.plan).await?;
            let findings = self.findings(&mut original).await?;
            let disagreeing = if kind_of(&findings) == wanted {
                plan
            } else {
                ran.plan.clone()
            };
            (ran.plan.clone(), original, findings, Some(disagreeing))
        };
        if let Some(disagreeing) = disagreeing {
            notes.push(format!(
                "two runs of the plan {disagreeing} do not agree: something is not under the harness's control, such \
                 as a clock, random numbers, the order of a HashMap or another thread"
            ));
        } else if let Some(note) = self.inevitable(&again, &wanted).await? {
            notes.push(note);
        }
        let findings = if findings.is_empty() {
            vec![Finding::Uncontrolled]
        } else {
            findings
        };
        let words = words::of(&again, &self.first);
        let result = std::mem::replace(
            &mut again.explored.result,
            self.first.explored.result.clone(),
        );
        Ok(self.failure(plan, words, findings, result, notes))
    }

    /// The findings of a plan, if it fails in that way and all of it strikes.
    async fn failing(&mut self, plan: &Plan, wanted: &str) -> Result<Option<Vec<Finding>>, Error> {
        let mut ran = self.make(plan).await?;
        if ran.explored.missed.is_some() {
            return Ok(None);
        }
        let findings = self.findings(&mut ran).await?;
        Ok((kind_of(&findings) == wanted).then_some(findings))
    }

    /// Which of the ways to go on avoid the failure.
    async fn inevitable(&mut self, ran: &Ran, wanted: &str) -> Result<Option<String>, Error> {
        let one_thread = self.threads == Threads::One;
        let segments = ran.segments();
        let mut later = Vec::new();
        let last = ran.plan.last_call();
        for segment in &segments {
            let deviations = ran.deviations(segment, &self.choice, self.attempts, one_thread);
            later.extend(
                deviations
                    .into_iter()
                    .filter(|deviation| match deviation.waiting.at {
                        Point::Call(number) => number > last,
                        _ => false,
                    }),
            );
        }
        later.sort_by_key(|deviation| match deviation.waiting.at {
            Point::Call(number) => number,
            _ => 0,
        });
        let mut inevitable = Inevitable::new(later.len());
        while let Some(index) = inevitable.next() {
            let Some(deviation) = later.get(index) else {
                break;
            };
            let fails = self
                .failing(&deviation.waiting.plan, wanted)
                .await?
                .is_some();
            inevitable.answer(fails, deviation.waiting.at);
        }
        Ok(inevitable.in_words(&ran.explored.trace))
    }

    fn failure(
        &self,
        plan: Plan,
        words: Vec<String>,
        findings: Vec<Finding>,
        actual: ExecutionResult,
        notes: Vec<String>,
    ) -> Error {
        let runner = &self.run.runner;
        let expected = self.first.explored.result.clone();
        runner.recent().record(&expected);
        if plan.deviations() > 0 {
            runner.recent().record(&actual);
        }
        let failure = ExplorationFailure {
            function: runner.function().to_owned(),
            repeat: Repeat::of(plan.clone()),
            plan,
            words,
            findings,
            expected,
            actual,
            notes,
            survived: self.report.survived,
        };
        ErrorKind::Exploration(Box::new(failure)).into()
    }

    /// Makes every so many runs twice: what differs is not under control.
    async fn check_repetition(&mut self, ran: &Ran) -> Result<(), Error> {
        if self.report.plans.is_multiple_of(TWICE_EVERY) && self.can_repeat(ran) {
            self.repeat_run(ran).await?;
        }
        Ok(())
    }

    fn can_repeat(&self, ran: &Ran) -> bool {
        self.threads == Threads::One && ran.explored.lost_token.is_none()
    }

    async fn repeat_run(&mut self, ran: &Ran) -> Result<(), Error> {
        let again = self.make(&ran.plan).await?;
        self.report.repetitions += 1;
        let is_same = fingerprint(&again.explored.trace) == fingerprint(&ran.explored.trace)
            && again.explored.calls == ran.explored.calls;
        if !is_same {
            self.report.uncontrolled.push(ran.plan.to_string());
        }
        Ok(())
    }

    /// Notes the bodies that the harness neither counts nor holds.
    fn look_at_bodies(&mut self, ran: &Ran) {
        self.unseen.extend(unseen_bodies(&ran.explored.trace));
        self.has_late_times |= self.forgets_failures && has_due_times(&ran.explored.trace);
        self.report.free_bodies |= has_free_bodies(&ran.explored.trace);
    }

    /// Why nothing is claimed about sequences of crashes.
    fn unclaimed(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let losses = &self.choice.losses;
        if !NEEDED.iter().all(|needed| losses.contains(needed)) {
            let tried: Vec<&str> = losses.iter().map(|loss| loss.name()).collect();
            reasons.push(if tried.is_empty() {
                "no losses were tried".to_owned()
            } else {
                format!("of the losses only {} were tried", tried.join(", "))
            });
        }
        if self.threads == Threads::Several {
            reasons.push("several threads run the function".to_owned());
        }
        if !self.report.uncontrolled.is_empty() {
            reasons.push("not all is under the harness's control".to_owned());
        }
        if self.has_late_times {
            reasons.push(
                "a run has a timer, a callback, a retry or an invoke, and the undisturbed one has none: by how many \
                 failures it was late is not compared"
                    .to_owned(),
            );
        }
        if self.report.counts_bodies && !self.unseen.is_empty() {
            let unseen: Vec<&str> = self.unseen.iter().map(String::as_str).collect();
            reasons.push(format!(
                "the test has state outside of the workflow, and the bodies of {} are not counted, for they are not \
                 those of a #[durable_step]; `.outside(|| hash)` tells the states apart",
                unseen.join(", ")
            ));
        }
        reasons
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
        let first = &self.first.explored.result;
        self.run.check_answers(first)?;
        self.run.check_sometimes()?;
        let open = self.frontier.states_without_a_crash();
        self.report.unclaimed = self.unclaimed();
        self.report.closure = if open > 0 {
            Closure::Open(open)
        } else if !self.report.unclaimed.is_empty() {
            Closure::NotClaimed
        } else if self.frontier.len() == 0 && self.choice.orders && !self.report.free_bodies {
            Closure::Everything
        } else {
            Closure::Crashes
        };
        if self.frontier.len() == 0 && self.report.cut.is_none() {
            self.report.unused = self.run.unused(first)?;
            self.check_names()?;
        }
        self.report.left_out = self.frontier.len();
        self.report.states = self.states.len();
        self.report.classes = self.orders.len();
        self.report.orders += 1;
        self.report.unstable = self.run.unstable();
        self.report.repeated = self.repeated.into_values().collect();
        self.report.coverage = self.coverage.finish();
        Ok(self.report)
    }

    /// Checks that every step that must not repeat, or may be interrupted, has run.
    fn check_names(&self) -> Result<(), Error> {
        let steps = &self.first.explored.steps;
        let names = self.choice.never_repeats.iter().map(String::as_str);
        let mut names = names.chain(self.run.interruptions());
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

impl Ran {
    fn new(plan: Plan, scheduler: Option<&Scheduler>, explored: Explored) -> Self {
        Self {
            plan,
            choices: scheduler.map(Scheduler::choices).unwrap_or_default(),
            calls: scheduler.map(Scheduler::calls).unwrap_or_default(),
            explored,
        }
    }
}

/// In which way a run fails: what makes two failures the same one.
fn kind_of(findings: &[Finding]) -> String {
    findings.first().map(Finding::kind).unwrap_or_default()
}

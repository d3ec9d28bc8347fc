//! Exploring crashes: the workflow runs once for every checkpoint call and every kind of loss, and must have
//! the same outcome.

mod alike;
mod pairs;
pub(super) mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use durable_host::{CallMark, Trace};
use serde::Serialize;

use alike::{Kept, SameAs, Trial};
use pairs::Single;
use report::location;
pub use report::{CrashFailure, CrashReport, Finding, RepeatedStep};

use super::budget::{Cut, Limits, Meter};
use super::judge::Judge;
use super::progress::Progress;
use super::repeated::{Explored, Job, Repeated};
use super::steps::Step;
use super::template::{Template, exploration_options};
use super::workers::Workers;
use crate::faults::CrashPoint;
use crate::misuse::Misuse;
use crate::options::order_option;
use crate::plan::{Loss, Plan, Repeat};
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult, Run};

impl DurableRunner {
    /// Explores the crashes of a run without options of its own: short for
    /// `runner.run(input).explore_crashes()`, see [`Run::explore_crashes`].
    pub fn explore_crashes(&self, input: impl Serialize) -> ExploreCrashes {
        self.run(input).explore_crashes()
    }
}

impl Run {
    /// Crashes the workflow at every point, one after the other, and checks that its outcome stays the same:
    /// await what this returns.
    ///
    /// The workflow runs once undisturbed. Then it runs once for each of its checkpoint calls and each
    /// [`Loss`], and once for each of its invocations whose response is lost, those of chained executions
    /// included; each run on a host of its own. After each, the execution must have the status, result, error
    /// and operations of the undisturbed run, with their results and errors. Times and attempts are not
    /// compared, nor whether an operation that is not awaited, such as a timer that lost a race, has ended.
    /// The body of an at-most-once step must run at most once per attempt, and the body of a succeeded step
    /// never again.
    ///
    /// The report lists each at-least-once step whose body ran again, with the number of runs. Such a step
    /// must be idempotent, which only the test can check: with
    /// [`never_repeats`](ExploreCrashes::never_repeats) and [`check`](ExploreCrashes::check).
    ///
    /// A call can override the declared semantics of a step, and the SDK does not expose that. So a step
    /// counts as at-most-once from the first run in which the SDK finds it interrupted and does not run its
    /// body again.
    ///
    /// Crash points that leave the same share a run, unless the test has code of its own in the runs:
    /// [`CrashReport::merged`] is the number of runs that this saves. Determinism of the handler is not checked
    /// here: a plain run checks it. Local mode only.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # #[durable_step]
    /// # async fn charge() -> u64 { 42 }
    /// # async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> { Ok(charge(&ctx).await?) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(order)?;
    /// let report = runner.run(()).explore_crashes().await?;
    ///
    /// // Two checkpoint calls, lost in four ways each, and one invocation.
    /// assert_eq!(report.points(), 9);
    /// assert_eq!(report.repeated_steps()[0].path, "charge");
    /// # Ok(())
    /// # }
    /// ```
    pub fn explore_crashes(self) -> ExploreCrashes {
        ExploreCrashes {
            template: Template::new(self),
            choice: Choice {
                losses: Loss::ALL.to_vec(),
                pairs: 0,
                seed: 0,
                never_repeats: Vec::new(),
            },
        }
    }
}

/// An exploration of crashes, with its options and those of its runs; it starts when it is awaited.
///
/// Made by [`Run::explore_crashes`](crate::Run::explore_crashes), with an example.
#[must_use = "nothing happens until it is awaited"]
pub struct ExploreCrashes {
    template: Template,
    choice: Choice,
}

/// The crashes to explore.
struct Choice {
    losses: Vec<Loss>,
    pairs: usize,
    seed: u64,
    never_repeats: Vec<String>,
}

exploration_options!(ExploreCrashes);
order_option!(ExploreCrashes);

impl ExploreCrashes {
    fn template(&mut self) -> &mut Template {
        &mut self.template
    }

    /// The kinds of loss to try; all by default.
    #[track_caller]
    pub fn losses(mut self, losses: impl IntoIterator<Item = Loss>) -> Self {
        self.choice.losses = losses.into_iter().collect();
        if self.choice.losses.is_empty() {
            self.options().refuse(Misuse::Argument {
                call: "losses([])".to_owned(),
                reason:
                    "an exploration tries one kind of loss at least; it tries all without this call"
                        .to_owned(),
                at: Location::caller(),
            });
        }
        self
    }

    /// After the single crashes, tries up to that many pairs of crashes at checkpoint calls; if there are
    /// more pairs, the seed selects them. A lost response ([`Loss::ResponseLost`]) is part of no pair.
    pub fn pairs(mut self, budget: usize) -> Self {
        self.choice.pairs = budget;
        self
    }

    /// The seed that selects pairs, and the points of a [`sample`](Self::sample); 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.choice.seed = seed;
        self
    }

    /// Requires that the bodies of these steps, by name or path, never run again after a run that did not
    /// fail.
    pub fn never_repeats<S: Into<String>>(mut self, steps: impl IntoIterator<Item = S>) -> Self {
        let steps = steps.into_iter().map(Into::into);
        self.choice.never_repeats.extend(steps);
        self
    }

    async fn explore(self) -> Result<CrashReport, Error> {
        let limits = self.template.limits;
        let threads = self.template.threads;
        let run = self.template.ready("`explore_crashes`")?;
        let workers = Workers::start(&run, threads)?;
        let plan = run.plan().cloned();
        let choice = self.choice;
        let meter = limits.start();
        let first = run.run(None).await?;
        if let Some(error) = first.error {
            return Err(error);
        }
        if let Err(message) = first.checked {
            let failure = CrashFailure {
                function: run.runner.function().to_owned(),
                points: Vec::new(),
                locations: Vec::new(),
                findings: vec![Finding::Check(message)],
                expected: first.result.clone(),
                actual: first.result,
                survived: 0,
                repeat: Repeat::of(Plan::new()),
                reproduction: run.reproduction(),
            };
            return Err(ErrorKind::Crash(Box::new(failure)).into());
        }
        let singles = choice.points(&first);
        let ran = |name: &String| first.steps.iter().any(|step| step.is_named(name));
        let never_repeats = choice.never_repeats.iter();
        let unseen = never_repeats.filter(|name| !ran(name)).cloned().collect();
        let mut exploration = Exploration {
            first: Kept::of(&first),
            marks: if run.is_self_contained()? {
                first.marks
            } else {
                Vec::new()
            },
            expected: first.result,
            survived: 0,
            steps: first.steps.into_iter().map(|step| step.path).collect(),
            unseen,
            judge: Judge::new(choice.never_repeats.clone()),
            repeated: BTreeMap::new(),
            report: CrashReport {
                function: run.runner.function().to_owned(),
                calls: first.calls,
                invocations: first.invocations,
                points: 0,
                pairs: 0,
                merged: 0,
                repeated: Vec::new(),
                left_out: 0,
                cut: None,
                lost_tokens: 0,
                unstable: Vec::new(),
                unused: Vec::new(),
            },
            progress: Progress::new(format!("crashes of {}", run.runner.function())),
            meter,
            run,
            workers,
        };
        if let Some(plan) = plan {
            exploration.repeat(&plan).await?;
            return Ok(exploration.report);
        }
        exploration.explore(singles, &choice, limits).await?;
        exploration.finish()
    }
}

impl Choice {
    /// All single points, loss by loss, so that the simplest crash is found first.
    fn points(&self, first: &Explored) -> Vec<(Loss, u64)> {
        let beside: Vec<u64> = first.trace.iter().filter_map(call_beside_others).collect();
        let of = |loss: &Loss| -> Vec<u64> {
            match loss {
                Loss::ResponseLost => (1..=first.invocations).collect(),
                Loss::AnswerLate => beside.clone(),
                _ => (1..=first.calls).collect(),
            }
        };
        let numbered = |loss: &Loss| {
            let numbers = of(loss).into_iter();
            let loss = *loss;
            numbers.map(move |number| (loss, number))
        };
        self.losses.iter().flat_map(numbered).collect()
    }
}

/// The number of a call beside which other tasks of the function are alive.
pub(super) fn call_beside_others(entry: &Trace) -> Option<u64> {
    match entry {
        Trace::Call(call) => {
            call.caller.filter(|caller| caller.beside > 0)?;
            call.number
        }
        _ => None,
    }
}

/// Of these points, as many as asked for, as a seed chooses them, in their order.
fn sample<T>(points: Vec<T>, number: Option<usize>, seed: u64) -> Vec<T> {
    let Some(number) = number.filter(|number| *number < points.len()) else {
        return points;
    };
    let mut chosen = fastrand::Rng::with_seed(seed).choose_multiple(0..points.len(), number);
    chosen.sort_unstable();
    let chosen: BTreeSet<usize> = chosen.into_iter().collect();
    let numbered = points.into_iter().enumerate();
    numbered
        .filter(|(index, _)| chosen.contains(index))
        .map(|(_, point)| point)
        .collect()
}

impl fmt::Debug for ExploreCrashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExploreCrashes")
            .field("run", &self.template.request)
            .field("losses", &self.choice.losses)
            .field("pairs", &self.choice.pairs)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for ExploreCrashes {
    type Output = Result<CrashReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.explore())
    }
}

/// The state of an exploration.
struct Exploration {
    run: Arc<Repeated>,
    workers: Workers,
    meter: Meter,
    progress: Progress,
    report: CrashReport,
    /// The undisturbed run.
    expected: ExecutionResult,
    /// What trials that would repeat it need of it.
    first: Kept,
    /// What sets its calls apart; empty if every run is to be made.
    marks: Vec<CallMark>,
    /// Runs with crashes that had the same outcome.
    survived: usize,
    /// Paths of the steps that ran.
    steps: BTreeSet<String>,
    judge: Judge,
    /// Those of them that have not run so far.
    unseen: Vec<String>,
    repeated: BTreeMap<String, RepeatedStep>,
}

impl Exploration {
    /// Tries the single crashes, then the pairs.
    async fn explore(
        &mut self,
        points: Vec<(Loss, u64)>,
        choice: &Choice,
        limits: Limits,
    ) -> Result<(), Error> {
        let all = points.len();
        let points = sample(points, limits.sample, choice.seed);
        self.leave_out(all - points.len(), limits.sample.map(Cut::Sample));
        let calls = self.try_all(alike::trials(&points, &self.marks)).await?;
        self.report.points = calls.len();
        if self
            .report
            .cut
            .is_some_and(|cut| !matches!(cut, Cut::Sample(_)))
        {
            return Ok(());
        }
        let tried = points.iter().zip(calls);
        let singles: Vec<Single> = tried
            .filter(|((loss, _), _)| loss.is_of_call())
            .map(|((loss, call), calls)| Single {
                loss: *loss,
                call: *call,
                calls,
            })
            .collect();
        let of_calls = choice.losses.iter().copied();
        let of_calls: Vec<Loss> = of_calls.filter(|loss| loss.is_of_call()).collect();
        let pairs = pairs::choose(&singles, &of_calls, choice.pairs, choice.seed);
        let left = limits
            .sample
            .map(|number| number.saturating_sub(self.report.points));
        let all = pairs.len();
        let pairs = sample(pairs, left, choice.seed);
        self.leave_out(all - pairs.len(), limits.sample.map(Cut::Sample));
        let pairs = pairs.into_iter().map(Vec::from).map(Trial::new);
        self.report.pairs = self.try_all(pairs.collect()).await?.len();
        Ok(())
    }

    /// Tries crashes one after the other, within the limits; returns how many calls each run made.
    async fn try_all(&mut self, trials: Vec<Trial>) -> Result<Vec<u64>, Error> {
        let mut kept: Vec<Kept> = Vec::with_capacity(trials.len());
        while let Some(rest) = trials.get(kept.len()..).filter(|rest| !rest.is_empty()) {
            let runs = 1 + self.report.points + kept.len();
            if let Some(cut) = self.meter.used_up(runs) {
                self.leave_out(rest.len(), Some(cut));
                break;
            }
            self.progress.show(kept.len(), Some(trials.len()));
            let some = self.next_trials(rest, self.meter.left(runs));
            let jobs = some.iter().filter(|trial| trial.same_as.is_none());
            let made = self.workers.make(jobs.map(Trial::job).collect()).await;
            let mut made = made.into_iter();
            for trial in some {
                let like = match trial.same_as {
                    None => None,
                    Some(SameAs::First) => Some(self.first.clone()),
                    Some(SameAs::Trial { position, body }) => {
                        kept.get(position).map(|kept| kept.without_a_call(body))
                    }
                };
                if let Some(like) = like.filter(|like| self.counts_again(trial, like)) {
                    kept.push(like);
                    continue;
                }
                let next = trial.same_as.is_none().then(|| made.next()).flatten();
                let explored = match next {
                    Some(made) => made?,
                    None => self.run.run_job(trial.job()).await?,
                };
                kept.push(Kept::of(&explored));
                self.judge(&trial.crashes, explored).await?;
            }
        }
        Ok(kept.into_iter().map(|kept| kept.calls).collect())
    }

    /// The next trials, up to as many runs as there are threads.
    fn next_trials<'a>(&self, rest: &'a [Trial], limit: usize) -> &'a [Trial] {
        let runs = rest.iter().enumerate();
        let mut runs = runs.filter(|(_, trial)| trial.same_as.is_none());
        let last = runs.nth(self.workers.number().saturating_sub(1));
        let number = last.map_or(rest.len(), |(position, _)| position + 1);
        rest.get(..number.min(limit)).unwrap_or(rest)
    }

    /// Counts a trial that would repeat a run as if it had been made; false if it must be made all the same.
    fn counts_again(&mut self, trial: &Trial, run: &Kept) -> bool {
        if run.has_lost_token || !self.judge.of_steps(&run.steps, false).is_empty() {
            return false;
        }
        self.record_repeats(&trial.crashes, &run.steps);
        self.survived += 1;
        self.report.merged += 1;
        true
    }

    fn leave_out(&mut self, number: usize, cut: Option<Cut>) {
        if number > 0 {
            self.report.left_out += number;
            self.report.cut = cut;
        }
    }

    fn finish(mut self) -> Result<CrashReport, Error> {
        // What was left out may be where the step runs.
        if self.report.cut.is_none() {
            self.check_names()?;
            self.report.unused = self.run.unused(&self.expected)?;
        }
        self.run.check_answers(&self.expected)?;
        self.run.check_sometimes()?;
        self.report.repeated = self.repeated.into_values().collect();
        self.report.unstable = self.run.unstable();
        Ok(self.report)
    }

    /// Compares a run with the undisturbed one.
    async fn judge(&mut self, points: &[CrashPoint], run: Explored) -> Result<(), Error> {
        let crashes = points.iter().cloned();
        let plan = crashes.fold(Plan::new(), Plan::crash);
        let plan = match self.run.order() {
            Some(order) => plan.order(order.clone()),
            None => plan,
        };
        self.judge_plan(plan, points, run).await
    }

    /// Runs the one plan that is to be repeated.
    async fn repeat(&mut self, plan: &Plan) -> Result<(), Error> {
        let mut run = self.run.run_job(Job::of(plan)).await?;
        if let Some(missed) = run.missed.take() {
            return Err(plan.not_reached(missed));
        }
        self.report.points = plan.crashes().len().min(1);
        self.judge_plan(plan.clone(), plan.crashes(), run).await
    }

    async fn judge_plan(
        &mut self,
        plan: Plan,
        points: &[CrashPoint],
        mut run: Explored,
    ) -> Result<(), Error> {
        self.record_repeats(points, &run.steps);
        if self.run.is_lost_as_allowed(&run) {
            self.report.lost_tokens += 1;
            self.survived += 1;
            return Ok(());
        }
        let differs = match &run.error {
            Some(_) => Vec::new(),
            None => {
                self.run
                    .forbidden(&self.expected, &run, Job::default())
                    .await?
            }
        };
        // A fenced function keeps running, and neither harness nor service can prevent its effects.
        let runs_on = points.iter().any(CrashPoint::runs_on);
        let mut findings = self.judge.findings(&run, runs_on, differs);
        if let Some(error) = run.error.take() {
            findings.insert(0, Finding::NoEnd(error));
        }
        if findings.is_empty() {
            self.survived += 1;
            return Ok(());
        }
        if let Some(lost) = run.lost_token.take() {
            findings.insert(0, Finding::LostToken(lost));
        }
        let runner = &self.run.runner;
        runner.recent().record(&self.expected);
        runner.recent().record(&run.result);
        let locations = points.iter().map(|point| location(point, &run.trace));
        let failure = CrashFailure {
            function: runner.function().to_owned(),
            points: points.to_vec(),
            locations: locations.collect(),
            findings,
            expected: self.expected.clone(),
            actual: run.result,
            survived: self.survived,
            repeat: Repeat::of(plan),
            reproduction: self.run.reproduction(),
        };
        Err(ErrorKind::Crash(Box::new(failure)).into())
    }

    fn record_repeats(&mut self, points: &[CrashPoint], steps: &[Step]) {
        self.judge.record(steps);
        // Siblings with the same name share a path, and a run counts once.
        let mut repeated: BTreeMap<&str, usize> = BTreeMap::new();
        for step in steps {
            self.steps.insert(step.path.clone());
            self.unseen.retain(|name| !step.is_named(name));
            if step.repeats() > 0 {
                let max = repeated.entry(&step.path).or_default();
                *max = step.repeats().max(*max);
            }
        }
        for (path, repeats) in repeated {
            let noted = self
                .repeated
                .entry(path.to_owned())
                .or_insert_with(|| RepeatedStep {
                    path: path.to_owned(),
                    in_runs: 0,
                    max_executions: 0,
                    first_seen_at: points.to_vec(),
                });
            noted.in_runs += 1;
            noted.max_executions = noted.max_executions.max(repeats + 1);
        }
    }

    /// Checks that every step that must not repeat, or may be interrupted, has run: a misspelt name would check
    /// or allow nothing.
    fn check_names(&self) -> Result<(), Error> {
        let has_run = |name: &str| {
            let mut steps = self.steps.iter();
            steps.any(|path| path == name || path.rsplit('/').next() == Some(name))
        };
        let strange = self.run.interruptions().find(|step| !has_run(step));
        let unseen = self.unseen.first().map(String::as_str);
        let Some(wanted) = unseen.or(strange) else {
            return Ok(());
        };
        let known: Vec<String> = self
            .steps
            .iter()
            .map(|path| format!("\"{path}\""))
            .collect();
        Err(ErrorKind::NoOperation {
            what: "step",
            wanted: wanted.to_owned(),
            known: format!("steps that ran: {}", known.join(", ")),
        }
        .into())
    }
}

//! Exploring crashes: the workflow is run once for every checkpoint call and every way to lose it, and
//! must come to the same end.

mod allow;
mod loss;
mod pairs;
mod report;
mod steps;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_host::{IntoResponder, Responder, Trace};
use serde::Serialize;

pub use allow::Allow;
pub use loss::Loss;
use pairs::Single;
pub use report::{CrashFailure, CrashReport, Finding, RepeatedStep};
use steps::{Key, Step};

use super::again::Again;
use super::compare::differences;
use crate::faults::CrashPoint;
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult, Start, TestOutcome};

impl DurableRunner {
    /// Crashes the workflow at every point, one after the other, and demands that it comes to the same
    /// end all the same: await what this returns.
    ///
    /// The workflow runs once undisturbed. Then it runs once for each of its checkpoint calls and each
    /// [`Loss`], and once for each of its invocations whose response is lost, those of chained executions
    /// included; each run on a host of its own. After each, the execution must have the status, result,
    /// error and operations of the undisturbed run, with their results and errors. Times and attempts are
    /// left out, and whether something that nobody awaits, such as a timer that lost a race, has ended by
    /// then. The body of each at-most-once step must have run at most once per attempt, and that of a step
    /// that has succeeded never again.
    ///
    /// A step whose body runs twice under at-least-once semantics is in the report, with how often. It
    /// must be idempotent, which only the test can tell:
    /// [`never_repeats`](ExploreCrashes::never_repeats) and [`check`](ExploreCrashes::check) are for that.
    ///
    /// A call can override the semantics that a step declares, and the SDK does not tell. So a step is
    /// taken for at-most-once from the first run on in which the SDK finds it interrupted and does not run
    /// its body again.
    ///
    /// Whether the handler is deterministic, a plain [`run`](DurableRunner::run) checks. Local mode only.
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
    /// let report = runner.explore_crashes(()).await?;
    ///
    /// // Two checkpoint calls, lost in four ways each, and one invocation.
    /// assert_eq!(report.points(), 9);
    /// assert_eq!(report.repeated_steps()[0].path, "charge");
    /// # Ok(())
    /// # }
    /// ```
    pub fn explore_crashes(&self, input: impl Serialize) -> ExploreCrashes {
        ExploreCrashes {
            runner: self.clone(),
            input: serde_json::to_string(&input).map_err(ErrorKind::Input),
            replies: Vec::new(),
            timeout: None,
            execution_timeout: None,
            max_invocations: None,
            losses: Loss::ALL.to_vec(),
            pairs: 0,
            seed: 0,
            never_repeats: Vec::new(),
            allowed: Vec::new(),
            setup: None,
            check: None,
        }
    }
}

/// What a test says of each run.
type Check = dyn Fn(&ExecutionResult) -> TestOutcome + Send + Sync;

/// An exploration of crashes, with its options; it begins when it is awaited.
#[must_use = "nothing happens until it is awaited"]
pub struct ExploreCrashes {
    runner: DurableRunner,
    input: Result<String, ErrorKind>,
    replies: Vec<(String, Responder)>,
    timeout: Option<Duration>,
    execution_timeout: Option<Duration>,
    max_invocations: Option<usize>,
    losses: Vec<Loss>,
    pairs: usize,
    seed: u64,
    never_repeats: Vec<String>,
    allowed: Vec<Allow>,
    setup: Option<Box<dyn Fn() + Send + Sync>>,
    check: Option<Box<Check>>,
}

impl ExploreCrashes {
    /// Answers the callbacks of that name in every run, as
    /// [`on_callback`](crate::Request::on_callback) of a run does.
    pub fn on_callback<K>(mut self, name: impl Into<String>, reply: impl IntoResponder<K>) -> Self {
        self.replies.push((name.into(), reply.into_responder()));
        self
    }

    /// How long each run may take, in **real** time; one minute by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long the execution may take in each run, in **virtual** time: the service's own limit.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.execution_timeout = Some(timeout);
        self
    }

    /// Most invocations of each run before it is given up as endless; 1 000 by default.
    pub fn max_invocations(mut self, most: usize) -> Self {
        self.max_invocations = Some(most);
        self
    }

    /// The kinds of loss to try; all by default.
    pub fn losses(mut self, losses: impl IntoIterator<Item = Loss>) -> Self {
        self.losses = losses.into_iter().collect();
        self
    }

    /// Tries that many pairs of crashes at checkpoint calls too, after the single ones: all if there are
    /// no more, else some that the seed chooses. A lost response ([`Loss::ResponseLost`]) is in none of
    /// them: it is tried by itself alone.
    pub fn pairs(mut self, budget: usize) -> Self {
        self.pairs = budget;
        self
    }

    /// The seed that chooses among pairs; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Demands that the bodies of these steps, by name or path, never run again once a run of them has
    /// not failed, whatever is lost.
    pub fn never_repeats<S: Into<String>>(mut self, steps: impl IntoIterator<Item = S>) -> Self {
        self.never_repeats.extend(steps.into_iter().map(Into::into));
        self
    }

    /// Lets a crash change something.
    pub fn allow(mut self, allowed: Allow) -> Self {
        self.allowed.push(allowed);
        self
    }

    /// Is called before every run, to put what the workflow works on into its first state.
    pub fn setup(mut self, setup: impl Fn() + Send + Sync + 'static) -> Self {
        self.setup = Some(Box::new(setup));
        self
    }

    /// Is called after every run, for what only the test knows: that the customer was charged once, say.
    /// It may return an error, or panic as `assert!` does. The undisturbed run must pass it too.
    pub fn check(
        mut self,
        check: impl Fn(&ExecutionResult) -> TestOutcome + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Box::new(check));
        self
    }

    async fn explore(mut self) -> Result<CrashReport, Error> {
        let input = std::mem::replace(&mut self.input, Ok(String::new()))?;
        let first = self.run(&input, &[]).await?;
        if let Some(error) = first.error {
            return Err(error);
        }
        let (calls, invocations) = (first.calls, first.invocations);
        if let Err(message) = self.checked(&first.result) {
            let failure = CrashFailure {
                function: self.runner.function().to_owned(),
                points: Vec::new(),
                places: Vec::new(),
                findings: vec![Finding::Check(message)],
                expected: first.result.clone(),
                actual: first.result,
                survived: 0,
                again: self.again(),
            };
            return Err(ErrorKind::Crash(Box::new(failure)).into());
        }
        let mut exploration = Exploration {
            expected: first.result,
            survived: 0,
            steps: first.steps.into_iter().map(|step| step.path).collect(),
            unseen: self.never_repeats.clone(),
            at_most_once: BTreeSet::new(),
            repeated: BTreeMap::new(),
        };

        let mut singles = Vec::new();
        for (loss, number) in self.points(calls, invocations) {
            let points = [loss.at(number)];
            let run = self.run(&input, &points).await?;
            if loss != Loss::ResponseLost {
                singles.push(Single {
                    loss,
                    call: number,
                    calls: run.calls,
                });
            }
            self.judge(&mut exploration, &points, run)?;
        }
        let of_calls: Vec<Loss> = self
            .losses
            .iter()
            .copied()
            .filter(|loss| loss.is_of_call())
            .collect();
        let pairs = pairs::choose(&singles, &of_calls, self.pairs, self.seed);
        for points in &pairs {
            let run = self.run(&input, points).await?;
            self.judge(&mut exploration, points, run)?;
        }
        exploration.check_names()?;
        Ok(CrashReport {
            function: self.runner.function().to_owned(),
            calls,
            invocations,
            points: self.points(calls, invocations).count(),
            pairs: pairs.len(),
            repeated: exploration.repeated.into_values().collect(),
        })
    }

    /// All single points: loss by loss, so that the plainest crash is found first.
    fn points(&self, calls: u64, invocations: u64) -> impl Iterator<Item = (Loss, u64)> {
        self.losses.iter().flat_map(move |loss| {
            let last = if loss.is_of_call() {
                calls
            } else {
                invocations
            };
            (1..=last).map(|number| (*loss, number))
        })
    }

    /// Runs the workflow with these crashes, on a host of its own.
    async fn run(&self, input: &str, points: &[CrashPoint]) -> Result<Explored, Error> {
        if let Some(setup) = &self.setup {
            setup();
        }
        let what = "`explore_crashes`";
        let runner = self.runner.fork_unreported(what, |settings| {
            let faults = points.iter().map(|point| point.fault().clone());
            settings.faults.extend(faults);
            settings.trace = true;
        })?;
        let running = self.request(runner.clone(), input).await?;
        let (result, error) = match running.result().await {
            Ok(result) => (result, None),
            Err(error) => (running.snapshot()?, Some(error)),
        };
        let host = runner.local_host(what)?;
        let trace = host.trace();
        Ok(Explored {
            steps: steps::steps(&result, &trace),
            trace,
            calls: host.checkpoint_calls(),
            invocations: host.invocations(),
            result,
            error,
        })
    }

    fn request(&self, runner: DurableRunner, input: &str) -> Start {
        // The check replays the handler, which would show the test's own check what it does outside of
        // steps.
        let mut start = Start::new(runner, Ok(input.to_owned())).check_determinism(false);
        if let Some(timeout) = self.timeout {
            start = start.timeout(timeout);
        }
        if let Some(timeout) = self.execution_timeout {
            start = start.execution_timeout(timeout);
        }
        if let Some(most) = self.max_invocations {
            start = start.max_invocations(most);
        }
        for (name, responder) in &self.replies {
            let responder = Arc::clone(responder);
            start = start.on_callback(name, move |request| responder(request));
        }
        start
    }

    /// The options of `request`, as code.
    fn again(&self) -> Again {
        Again::answered(&self.replies)
            .within("timeout", self.timeout)
            .within("execution_timeout", self.execution_timeout)
            .at_most("max_invocations", self.max_invocations)
    }

    /// Compares a run with the undisturbed one.
    fn judge(
        &self,
        exploration: &mut Exploration,
        points: &[CrashPoint],
        run: Explored,
    ) -> Result<(), Error> {
        exploration.note(points, &run.steps);
        let mut findings = self.findings(exploration, points, &run);
        if let Some(error) = run.error {
            findings.insert(0, Finding::NoEnd(error));
        }
        if findings.is_empty() {
            exploration.survived += 1;
            return Ok(());
        }
        self.runner.keep(exploration.expected.clone());
        self.runner.keep(run.result.clone());
        let places = points.iter().map(|point| report::place(point, &run.trace));
        let failure = CrashFailure {
            function: self.runner.function().to_owned(),
            points: points.to_vec(),
            places: places.collect(),
            findings,
            expected: exploration.expected.clone(),
            actual: run.result,
            survived: exploration.survived,
            again: self.again(),
        };
        Err(ErrorKind::Crash(Box::new(failure)).into())
    }

    fn findings(
        &self,
        exploration: &Exploration,
        points: &[CrashPoint],
        run: &Explored,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        if run.error.is_none() {
            let differs = differences(&exploration.expected, &run.result)
                .into_iter()
                .filter(|difference| {
                    let is_allowed = |allowed: &Allow| allowed.covers(difference, &run.steps);
                    !self.allowed.iter().any(is_allowed)
                })
                .map(Finding::Differs);
            findings.extend(differs);
            if !findings.is_empty() {
                let interrupted = run.steps.iter().filter(|step| step.was_interrupted);
                findings.extend(interrupted.map(|step| Finding::Interrupted {
                    step: step.path.clone(),
                }));
            }
        }
        // What the function does after it was given up, nobody can prevent.
        let runs_on = points.iter().any(CrashPoint::runs_on);
        for step in &run.steps {
            let path = || step.path.clone();
            if exploration.at_most_once.contains(&step.key)
                && let Some(attempt) = step.doubled_attempt()
            {
                findings.push(Finding::Doubled {
                    step: path(),
                    attempt,
                });
            }
            if step.after_success > 0 && !runs_on {
                findings.push(Finding::AfterSuccess { step: path() });
            }
            let never = self.never_repeats.iter().any(|name| step.is_called(name));
            if never && step.repeats() > 0 {
                findings.push(Finding::Repeated {
                    step: path(),
                    runs: step.repeats() + 1,
                });
            }
        }
        if run.error.is_none()
            && let Err(message) = self.checked(&run.result)
        {
            findings.push(Finding::Check(message));
        }
        findings
    }

    /// What the test's own check says.
    fn checked(&self, result: &ExecutionResult) -> Result<(), String> {
        let Some(check) = &self.check else {
            return Ok(());
        };
        match catch_unwind(AssertUnwindSafe(|| check(result))) {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(panic) => Err(panic_text(&*panic)),
        }
    }
}

impl fmt::Debug for ExploreCrashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExploreCrashes")
            .field("runner", &self.runner)
            .field("input", &self.input)
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

/// A run with crashes.
struct Explored {
    result: ExecutionResult,
    /// Why it did not come to its end.
    error: Option<Error>,
    trace: Vec<Trace>,
    steps: Vec<Step>,
    calls: u64,
    invocations: u64,
}

/// How far an exploration is.
struct Exploration {
    /// The undisturbed run.
    expected: ExecutionResult,
    /// Runs with crashes that came to the same end.
    survived: usize,
    /// Paths of the steps that ran.
    steps: BTreeSet<String>,
    /// Steps of which the test says that they never repeat, and that have not run so far.
    unseen: Vec<String>,
    /// Steps that the SDK found interrupted and did not run again.
    at_most_once: BTreeSet<Key>,
    repeated: BTreeMap<String, RepeatedStep>,
}

impl Exploration {
    fn note(&mut self, points: &[CrashPoint], steps: &[Step]) {
        // Siblings of one name share a path, and a run counts once.
        let mut repeated: BTreeMap<&str, usize> = BTreeMap::new();
        for step in steps {
            self.steps.insert(step.path.clone());
            self.unseen.retain(|name| !step.is_called(name));
            if step.was_interrupted {
                self.at_most_once.insert(step.key.clone());
            }
            if step.repeats() > 0 {
                let most = repeated.entry(&step.path).or_default();
                *most = step.repeats().max(*most);
            }
        }
        for (path, repeats) in repeated {
            let noted = self
                .repeated
                .entry(path.to_owned())
                .or_insert_with(|| RepeatedStep {
                    path: path.to_owned(),
                    runs: 0,
                    most: 0,
                    first: points.to_vec(),
                });
            noted.runs += 1;
            noted.most = noted.most.max(repeats + 1);
        }
    }

    /// Checks that every step that must not repeat has run: a misspelt name would demand nothing.
    fn check_names(&self) -> Result<(), Error> {
        let Some(wanted) = self.unseen.first() else {
            return Ok(());
        };
        let known: Vec<String> = self
            .steps
            .iter()
            .map(|path| format!("\"{path}\""))
            .collect();
        Err(ErrorKind::NoOperation {
            what: "step",
            wanted: wanted.clone(),
            known: format!("steps that ran: {}", known.join(", ")),
        }
        .into())
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

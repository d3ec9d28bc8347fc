//! What explorations share: the run that they repeat, and the test's checks of each repetition.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use durable_host::{Scheduler, Trace};
use parking_lot::Mutex;

use super::allow::Allow;
use super::compare::{Difference, Subject, differences};
use super::reproduction::Reproduction;
use super::steps::{self, Step};
use crate::backend::{Backend, Launch};
use crate::faults::{self, CrashPoint, Faults};
use crate::mock;
use crate::options::Options;
use crate::panic_text::panic_text;
use crate::recent::RecentResults;
use crate::replies;
use crate::run::Request;
use crate::{DurableRunner, Error, ExecutionResult, Run, TestOutcome};

/// A check of each run.
type Check = dyn Fn(&ExecutionResult) -> TestOutcome + Send + Sync;

/// A run to repeat, with the test's checks of each repetition.
pub(super) struct Template {
    pub(super) request: Request,
    pub(super) setup: Option<Box<dyn Fn() + Send + Sync>>,
    pub(super) check: Option<Box<Check>>,
    pub(super) allowed: Vec<Allow>,
}

impl Template {
    pub(super) fn new(run: Run) -> Self {
        Self {
            request: run.into_request(),
            setup: None,
            check: None,
            allowed: Vec::new(),
        }
    }

    /// Validates the run for repetition; `what` names the exploration.
    ///
    /// # Errors
    ///
    /// If a call that configured it is misused, or the runner is in cloud mode.
    pub(super) fn ready(self, what: &'static str) -> Result<Repeated, Error> {
        let (runner, input, options) = self.request.check()?;
        runner.local_backend(what)?;
        Ok(Repeated {
            runner,
            input,
            options,
            setup: self.setup,
            check: self.check,
            allowed: self.allowed,
            unasked: Mutex::default(),
            what,
        })
    }
}

/// Implements, for an exploration with `fn template(&mut self) -> &mut Template`, the methods that set it.
macro_rules! exploration_options {
    ($type:ty) => {
        $crate::options::run_options!($type);

        impl $type {
            fn options(&mut self) -> &mut $crate::options::Options {
                &mut self.template().request.options
            }

            /// Called before every run, to reset the state that the workflow works on.
            pub fn setup(mut self, setup: impl Fn() + Send + Sync + 'static) -> Self {
                self.template().setup = Some(Box::new(setup));
                self
            }

            /// Called after every run, for requirements of the test, such as that the customer was charged
            /// once. It may return an error, or panic as `assert!` does. The first run must pass it too.
            pub fn check(
                mut self,
                check: impl Fn(&$crate::ExecutionResult) -> $crate::TestOutcome + Send + Sync + 'static,
            ) -> Self {
                self.template().check = Some(Box::new(check));
                self
            }

            /// Allows runs to differ from the first one.
            pub fn allow(mut self, allowed: $crate::explore::Allow) -> Self {
                self.template().allowed.push(allowed);
                self
            }
        }
    };
}
pub(super) use exploration_options;

/// A run that is repeated, each time on a host of its own.
pub(super) struct Repeated {
    pub(super) runner: DurableRunner,
    input: String,
    options: Options,
    setup: Option<Box<dyn Fn() + Send + Sync>>,
    check: Option<Box<Check>>,
    allowed: Vec<Allow>,
    /// The positions of the answers to callbacks for which no run asked so far.
    unasked: Mutex<Option<BTreeSet<usize>>>,
    /// Names the exploration.
    what: &'static str,
}

/// One of the runs.
pub(super) struct Explored {
    pub(super) result: ExecutionResult,
    /// The error that ended the run early.
    pub(super) error: Option<Error>,
    pub(super) trace: Vec<Trace>,
    pub(super) steps: Vec<Step>,
    /// Checkpoint calls.
    pub(super) calls: u64,
    pub(super) invocations: u64,
    /// The mocks of the run.
    mocks: mock::Explored,
}

impl Repeated {
    /// Runs it unchanged. All of its faults must strike.
    pub(super) async fn run(&self, scheduler: Option<Scheduler>) -> Result<Explored, Error> {
        self.run_once(&[], scheduler, true).await
    }

    /// Runs it under other conditions: with these crashes, which must strike, and in the scheduler's order.
    pub(super) async fn run_again(
        &self,
        crashes: &[CrashPoint],
        scheduler: Option<Scheduler>,
    ) -> Result<Explored, Error> {
        self.run_once(crashes, scheduler, false).await
    }

    async fn run_once(
        &self,
        crashes: &[CrashPoint],
        scheduler: Option<Scheduler>,
        is_first: bool,
    ) -> Result<Explored, Error> {
        if let Some(setup) = &self.setup {
            setup();
        }
        let own = self.options.all_faults();
        // If several faults match a call, the first one strikes; it must be the exploration's.
        let crashes = crashes.iter().cloned();
        let all = crashes.fold(Faults::new(), Faults::crash).and(own.clone());
        let local = self.runner.local_backend(self.what)?.fork(|settings| {
            all.apply(settings);
            settings.trace = true;
        });
        let mocks = self.runner.mocks().explored(is_first);
        let stand_ins = self.runner.mocks().stand_ins(mocks.session());
        local.host().set_stand_ins(stand_ins);
        // The check of determinism replays the handler, and repeats its side effects outside of steps, which
        // the test's own check would count.
        let is_checked = self.options.check_determinism.unwrap_or(false);
        let launch = Launch {
            input: self.input.clone(),
            options: Options {
                check_determinism: Some(is_checked),
                ..self.options.clone()
            },
            scheduler,
            faults_must_strike: false,
            // The report of a failing test shows the runs that differ, and no others.
            recent: RecentResults::default(),
        };
        let execution = local.start(launch).await?;
        let host = local.host();
        let must_strike = is_first && !own.is_optional();
        let excused = if must_strike { &[] } else { own.list() };
        let ended = match execution.result().await {
            Ok(result) => faults::check_struck(host, excused).map(|()| result),
            Err(error) => Err(error),
        };
        let (result, error) = match ended {
            Ok(result) => (result, None),
            Err(error) => (execution.snapshot()?, Some(error)),
        };
        self.note_unasked(&replies::unasked(host, &execution.arn().parse()?));
        let trace = host.trace();
        Ok(Explored {
            steps: steps::steps(&result, &trace),
            trace,
            calls: host.checkpoint_calls(),
            invocations: host.invocations(),
            result,
            error,
            mocks,
        })
    }

    fn note_unasked(&self, unasked: &BTreeSet<usize>) {
        let mut all = self.unasked.lock();
        match &mut *all {
            Some(all) => all.retain(|position| unasked.contains(position)),
            none => *none = Some(unasked.clone()),
        }
    }

    /// Checks, at the end, what the test said about its runs: that in one of them a callback asked for each
    /// answer. `result` is that of a run.
    ///
    /// # Errors
    ///
    /// The names of the answers for which none asked.
    pub(super) fn check_answers(&self, result: &ExecutionResult) -> Result<(), Error> {
        let replies = self.options.replies.iter();
        let names: Vec<&str> = replies.map(|(name, _)| name.as_str()).collect();
        let unasked = self.unasked.lock().clone().unwrap_or_default();
        replies::check(&names, &self.options.required_replies, &unasked, result)
    }

    /// The steps whose interruption the test allows.
    pub(super) fn interruptions(&self) -> impl Iterator<Item = &str> {
        self.allowed.iter().filter_map(Allow::interruption)
    }

    /// Runs the test's own check.
    pub(super) fn checked(&self, explored: &Explored) -> Result<(), String> {
        let look = || self.check_result(&explored.result);
        explored.mocks.session().within(look)
    }

    fn check_result(&self, result: &ExecutionResult) -> Result<(), String> {
        let Some(check) = &self.check else {
            return Ok(());
        };
        match catch_unwind(AssertUnwindSafe(|| check(result))) {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(panic) => Err(panic_text(&*panic).to_owned()),
        }
    }

    /// The differences between two runs that the test does not allow.
    pub(super) fn forbidden(
        &self,
        expected: &ExecutionResult,
        actual: &Explored,
    ) -> Vec<Difference> {
        let mut found = differences(expected, &actual.result);
        let ends_otherwise = found.iter().any(is_outcome);
        if ends_otherwise {
            let accepts = |allowed: &Allow| allowed.accepts(expected, &actual.result);
            if self.allowed.iter().any(accepts) {
                return Vec::new();
            }
        }
        found.retain(|difference| {
            let covers = |allowed: &Allow| allowed.covers(difference, &actual.steps);
            !self.allowed.iter().any(covers)
        });
        found
    }

    /// The code that repeats a run, after its crashes or its order.
    pub(super) fn reproduction(&self) -> Reproduction {
        Reproduction::of(&self.options)
    }
}

/// Whether a difference is in the outcome of the execution itself.
fn is_outcome(difference: &Difference) -> bool {
    difference.execution.is_empty() && !matches!(difference.subject, Subject::Operation { .. })
}

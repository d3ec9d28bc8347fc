//! The runs of an exploration, each on a host of its own, and the test's checks of each.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_host::{
    CallMark, Instant, LostToken, NoteStates, Order, Scheduler, SeenState, Trace, Variants,
};
use durable_runtime::OperationEntry;
use parking_lot::Mutex;

use super::allowed::Allowed;
use super::compare::{Difference, Subject, Threads, differences};
use super::identity::depends_on_order;
use super::reproduction::Reproduction;
use super::steps::{self, Step};
use super::template::{Check, Outside, Template};
use super::unstable::Unstable;
use crate::backend::{Backend, Launch, MustStrike};
use crate::faults::{self, CrashPoint, Faults};
use crate::harness::current;
use crate::options::Options;
use crate::panic_text::panic_text;
use crate::plan::Plan;
use crate::recent::RecentResults;
use crate::replies;
use crate::sometimes::Reached;
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};

/// Limit of the undisturbed runs that find out whether the elements of a value are in another order in each.
const MAX_REORDERED: usize = 40;

/// A run that is repeated, each time on a host of its own.
pub(super) struct Repeated {
    pub(super) runner: DurableRunner,
    input: String,
    options: Options,
    setup: Option<Box<dyn Fn() + Send + Sync>>,
    check: Option<Box<Check>>,
    check_at: u32,
    allowed: Allowed,
    /// What differs between two undisturbed runs.
    unstable: Mutex<Vec<Unstable>>,
    /// Held by the run that works on the state that the test resets.
    turn: tokio::sync::Mutex<()>,
    /// The positions of the answers to callbacks for which no run asked so far.
    unasked: Mutex<Option<BTreeSet<usize>>>,
    /// The `sometimes!` that its runs reached.
    reached: Mutex<Reached>,
    /// The steps and blocks that ran.
    ran: Mutex<BTreeSet<&'static OperationEntry>>,
    /// Whether states are noted.
    note: Mutex<NoteStates>,
    /// Hashes the state that the test has outside of the workflow.
    outside: Option<Outside>,
    /// The one plan to run, if the exploration is to repeat one.
    plan: Option<Plan>,
    /// Names the exploration.
    what: &'static str,
}

/// A run to make.
#[derive(Debug, Clone, Default)]
pub(super) struct Job {
    pub(super) crashes: Vec<CrashPoint>,
    pub(super) scheduler: Option<Scheduler>,
    /// Faults and variants beside the crashes.
    pub(super) faults: Faults,
}

impl Job {
    /// The run of a plan, in its order if it has one.
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            crashes: Vec::new(),
            scheduler: plan.chosen_order().map(Scheduler::new),
            faults: plan.as_faults(),
        }
    }

    /// The same run once more.
    fn again(&self) -> Self {
        let scheduler = self.scheduler.as_ref();
        Self {
            scheduler: scheduler.map(|scheduler| Scheduler::new(&scheduler.order())),
            ..self.clone()
        }
    }
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
    /// What the test's own check said; not asked if the run ended early.
    pub(super) checked: Result<(), String>,
    /// The first checkpoint token that the SDK lost.
    pub(super) lost_token: Option<LostToken>,
    /// The states in which its invocations started, if they are noted.
    pub(super) states: Vec<SeenState>,
    /// What each of its checkpoint calls left if the function was killed before or after it, if that is noted.
    pub(super) instants: Vec<Instant>,
    /// What sets its checkpoint calls apart.
    pub(super) marks: Vec<CallMark>,
    /// The error about what its job asked for and the run did not reach.
    pub(super) missed: Option<Error>,
}

impl Template {
    /// Validates the run for repetition; `what` names the exploration.
    ///
    /// # Errors
    ///
    /// If a call that configured it is misused, or the runner is in cloud mode.
    pub(super) fn ready(self, what: &'static str) -> Result<Arc<Repeated>, Error> {
        let (runner, input, mut options) = self.request.check()?;
        runner.local_backend(what)?;
        let plan = options.plan.take();
        Ok(Arc::new(Repeated {
            runner,
            input,
            options,
            setup: self.setup,
            check: self.check,
            check_at: self.check_at,
            allowed: Allowed::new(self.allowed),
            unstable: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            unasked: Mutex::default(),
            reached: Mutex::default(),
            ran: Mutex::default(),
            note: Mutex::new(self.note),
            outside: self.outside,
            plan,
            what,
        }))
    }
}

impl Repeated {
    /// Whether time on tokio's clock counts in its runs.
    pub(super) fn follows_tokio(&self) -> Result<bool, Error> {
        let local = self.runner.local_backend(self.what)?;
        Ok(local.config().settings.follow_tokio)
    }

    /// Runs it unchanged. All of its faults must strike.
    pub(super) async fn run(&self, scheduler: Option<Scheduler>) -> Result<Explored, Error> {
        let job = Job {
            scheduler,
            ..Job::default()
        };
        self.run_once(job, true).await
    }

    /// Runs it under other conditions: with crashes, and in a scheduler's order.
    pub(super) async fn run_job(&self, job: Job) -> Result<Explored, Error> {
        self.run_once(job, false).await
    }

    async fn run_once(&self, job: Job, is_first: bool) -> Result<Explored, Error> {
        let Job {
            crashes,
            scheduler,
            faults,
        } = job;
        // What other runs of the test reached is none of the exploration's.
        let before = Reached::begin();
        let _turn = match &self.setup {
            None => None,
            Some(setup) => {
                let turn = self.turn.lock().await;
                setup();
                Some(turn)
            }
        };
        let own = self.options.all_faults();
        // If several faults match a call, the first one strikes; it must be the exploration's.
        let crashes = crashes.into_iter();
        let planned = crashes.fold(Faults::new(), Faults::crash).and(faults);
        let all = planned.clone().and(own.clone());
        let local = self.runner.local_backend(self.what)?.fork(|settings| {
            all.apply(settings);
            settings.trace = true;
            settings.states = *self.note.lock();
        });
        if let Some(outside) = &self.outside {
            local.host().set_outside(Arc::clone(outside));
        }
        let mocks = self.runner.mocks().explored(is_first);
        let stand_ins = self.runner.mocks().stand_ins(mocks.session());
        local.host().set_stand_ins(stand_ins);
        // The check of determinism replays the handler, and repeats its side effects outside of steps, which
        // the test's own check would count.
        let is_checked = self.options.check_determinism.unwrap_or(false);
        // A body that a crash or an order holds up is waited for in ways of the exploration's own.
        let waits_are_checked = self.options.check_waits.unwrap_or(false);
        let launch = Launch {
            input: self.input.clone(),
            options: Options {
                check_determinism: Some(is_checked),
                check_waits: Some(waits_are_checked),
                ..self.options.clone()
            },
            scheduler: scheduler.clone(),
            must_strike: MustStrike::None,
            // The report of a failing test shows the runs that differ, and no others.
            recent: RecentResults::default(),
        };
        let ordered = scheduler;
        let execution = local.start(launch).await?;
        let host = local.host();
        let ended = match execution.result().await {
            Ok(result) if is_first && !own.is_optional() => {
                faults::check_struck(host).map(|()| result)
            }
            // On several threads a run may make fewer calls than the first one: then its crash does not strike,
            // and it must have the same outcome all the same.
            ended => ended,
        };
        let (result, error) = match ended {
            Ok(result) => (result, None),
            Err(error) => (execution.snapshot()?, Some(error)),
        };
        self.note_unasked(&replies::unasked(host, &execution.arn().parse()?));
        self.ran.lock().extend(host.operations_run());
        let trace = host.take_trace();
        let checked = match &error {
            Some(_) => Ok(()),
            None => mocks.session().within(|| self.checked(&result)),
        };
        self.reached.lock().add(Reached::since(&before));
        Ok(Explored {
            checked,
            lost_token: host.lost_tokens().into_iter().next(),
            states: host.states(),
            instants: host.instants(),
            marks: host.call_marks(),
            missed: faults::check_these_struck(host, &planned, &own)
                .err()
                .or_else(|| ordered.as_ref().and_then(missed_by)),
            steps: steps::steps(&result, &trace),
            trace,
            calls: host.checkpoint_calls(),
            invocations: host.invocations(),
            result,
            error,
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

    /// Checks that every `sometimes!` of its runs held in one of them.
    ///
    /// # Errors
    ///
    /// Those that never did.
    pub(super) fn check_sometimes(&self) -> Result<(), Error> {
        let local = self.runner.local_backend(self.what)?;
        let test = current::function().map(|function| (function, self.check_at));
        let handler = (local.config().handler.name().clone(), 0);
        let functions: Vec<_> = test.into_iter().chain([handler]).collect();
        let ran: Vec<&'static OperationEntry> = self.ran.lock().iter().copied().collect();
        let never = self.reached.lock().never_met(&functions, &ran);
        if never.is_empty() {
            return Ok(());
        }
        Err(ErrorKind::NeverMet { assertions: never }.into())
    }

    /// Leaves failures out of the states of the runs to come, where nothing is due beside them.
    pub(super) fn forget_failures(&self) {
        if let NoteStates::Stored { failures, .. } = &mut *self.note.lock() {
            *failures = false;
        }
    }

    /// Whether a run depends on nothing but the function and what the service has stored: the test has no code of its
    /// own in it, and nothing counts calls.
    ///
    /// # Errors
    ///
    /// If the runner is not a local one.
    pub(super) fn is_self_contained(&self) -> Result<bool, Error> {
        let local = self.runner.local_backend(self.what)?;
        let settings = &local.config().settings;
        let has_own_code = self.setup.is_some()
            || self.check.is_some()
            || !self.options.replies.is_empty()
            || !self.runner.mocks().is_empty()
            || local.functions_may_have_state();
        let counts_calls = self.options.order.is_some()
            || !self.options.all_faults().is_empty()
            || !settings.faults.is_empty()
            || settings.variants != Variants::default();
        let checks_runs =
            self.options.check_determinism == Some(true) || self.options.check_waits == Some(true);
        let depends_on_time = settings.follow_tokio
            || settings.checkpoint_delay.is_some()
            || Threads::here() == Threads::Several;
        Ok(!has_own_code && !counts_calls && !checks_runs && !depends_on_time)
    }

    /// Whether the test hashes state outside of the workflow.
    pub(super) fn has_outside(&self) -> bool {
        self.outside.is_some()
    }

    /// The order of all runs, if the test sets one.
    pub(super) fn order(&self) -> Option<&Order> {
        self.options.order.as_ref()
    }

    /// The one plan to run, if the exploration is to repeat one.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// How many failed invocations in a row end an execution.
    pub(super) fn invocation_attempts(&self) -> Result<usize, Error> {
        let local = self.runner.local_backend(self.what)?;
        let attempts = local.config().settings.service.policy.invocation_attempts;
        Ok(usize::try_from(attempts).unwrap_or(usize::MAX))
    }

    /// The steps whose interruption the test allows.
    pub(super) fn interruptions(&self) -> impl Iterator<Item = &str> {
        self.allowed.interruptions()
    }

    /// What the test allows and no run needed, after an exploration that left nothing out.
    ///
    /// # Errors
    ///
    /// If that is about an operation that the first run does not have.
    pub(super) fn unused(&self, first: &ExecutionResult) -> Result<Vec<String>, Error> {
        self.allowed.check_names(first)?;
        Ok(self.allowed.unused())
    }

    /// Runs the test's own check.
    fn checked(&self, result: &ExecutionResult) -> Result<(), String> {
        let Some(check) = &self.check else {
            return Ok(());
        };
        match catch_unwind(AssertUnwindSafe(|| check(result))) {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(panic) => Err(panic_text(&*panic).to_owned()),
        }
    }

    /// Whether the SDK lost its token in a run, and the test allows that.
    pub(super) fn is_lost_as_allowed(&self, run: &Explored) -> bool {
        run.lost_token.is_some() && self.allowed.cover_lost_token()
    }

    /// The differences between the first run and another one that the test does not allow. What differs
    /// between two undisturbed runs, of which `undisturbed` makes another one, is none, unless tasks race for ids.
    ///
    /// # Errors
    ///
    /// If that run cannot be made.
    pub(super) async fn forbidden(
        &self,
        first: &ExecutionResult,
        actual: &Explored,
        undisturbed: Job,
    ) -> Result<Vec<Difference>, Error> {
        let mut found = self.not_allowed(first, actual);
        self.leave_out_unstable(&mut found);
        if found.is_empty() || actual.lost_token.is_some() {
            return Ok(found);
        }
        for _ in 0..MAX_REORDERED {
            let again = self.run_job(undisturbed.again()).await?;
            if again.error.is_none() && !depends_on_order(first, &again.result) {
                let differs = self.not_allowed(first, &again);
                self.unstable
                    .lock()
                    .extend(differs.iter().map(Unstable::new));
                self.leave_out_unstable(&mut found);
            }
            // A `HashSet` of two may have the same order twice by chance.
            let may_be_by_chance = found.iter().all(|one| one.is_of_order_alone);
            if found.is_empty() || !may_be_by_chance {
                break;
            }
        }
        Ok(found)
    }

    fn leave_out_unstable(&self, found: &mut Vec<Difference>) {
        let unstable = self.unstable.lock();
        found.retain(|difference| !unstable.iter().any(|one| one.is_of(difference)));
    }

    /// What was found to differ between undisturbed runs, by name.
    pub(super) fn unstable(&self) -> Vec<Unstable> {
        let mut unstable = self.unstable.lock().clone();
        unstable.sort_by(|one, other| one.what.cmp(&other.what));
        unstable.dedup();
        unstable
    }

    /// The differences between two runs that the test does not allow.
    fn not_allowed(&self, expected: &ExecutionResult, actual: &Explored) -> Vec<Difference> {
        let mut found = differences(expected, &actual.result, Threads::here());
        let ends_otherwise = found.iter().any(is_outcome);
        if ends_otherwise && self.allowed.accept(expected, &actual.result) {
            return Vec::new();
        }
        found.retain(|difference| !self.allowed.cover(difference, &actual.steps));
        found
    }

    /// The code that repeats a run, after its crashes or its order.
    pub(super) fn reproduction(&self) -> Reproduction {
        Reproduction::of(&self.options)
    }
}

/// The error about what an order has and a run did not offer.
fn missed_by(scheduler: &Scheduler) -> Option<Error> {
    let order = scheduler.order();
    if let Some(missed) = scheduler.missed_choice() {
        return Some(ErrorKind::NoSuchChoice { order, missed }.into());
    }
    let call = scheduler.missed_call()?;
    Some(ErrorKind::NoSuchCall { order, call }.into())
}

/// Whether a difference is in the outcome of the execution itself.
fn is_outcome(difference: &Difference) -> bool {
    difference.execution.is_empty() && !matches!(difference.subject, Subject::Operation { .. })
}

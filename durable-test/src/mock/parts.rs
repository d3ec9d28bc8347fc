//! One mock: what it does, and what it recorded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use durable_host::Run;
use durable_runtime::hook::{HookFuture, Instead, Substitute};
use durable_runtime::sdk::BoxError;
use durable_service::model::{ExecutionArn, OperationId};
use parking_lot::{Mutex, MutexGuard};

use super::session::Session;
use crate::misuse::CallSite;

/// What one run does with its arguments.
pub(super) type RunFn<A, T> = Arc<dyn Fn(A) -> HookFuture<Result<T, BoxError>> + Send + Sync>;

/// The outcome of each run.
pub(super) type ValueFn<T> = Arc<dyn Fn() -> Result<T, BoxError> + Send + Sync>;

/// The error of each run.
pub(super) type ErrorFn = Arc<dyn Fn() -> BoxError + Send + Sync>;

/// The attempt of an operation, which is decided once.
type Attempt = (ExecutionArn, OperationId, u32);

/// A mock of a function with arguments `A` and value `T`.
pub(super) struct Parts<A, T> {
    /// Name of the function.
    name: String,
    session: Session,
    state: Mutex<State<A, T>>,
}

struct State<A, T> {
    base: Base<A, T>,
    /// Failures to come first, with how many runs each takes.
    failures: Vec<(u32, ErrorFn)>,
    takes: Duration,
    records: HashMap<Session, Record<A>>,
    clone: Option<fn(&A) -> A>,
    show: Option<fn(&A) -> String>,
    expected: Option<(usize, CallSite)>,
}

/// What runs that do not fail do.
enum Base<A, T> {
    Body,
    Value(ValueFn<T>),
    Run(RunFn<A, T>),
}

impl<A, T> Clone for Base<A, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Body => Self::Body,
            Self::Value(value) => Self::Value(Arc::clone(value)),
            Self::Run(run) => Self::Run(Arc::clone(run)),
        }
    }
}

/// What was recorded in a session.
struct Record<A> {
    /// The arguments of each run, where they could be kept.
    calls: Vec<Option<A>>,
    /// Runs that failed by decision.
    failed: u32,
    /// Which of the failures each attempt met, or none.
    decided: HashMap<Attempt, Option<u32>>,
}

impl<A> Default for Record<A> {
    fn default() -> Self {
        Self {
            calls: Vec::new(),
            failed: 0,
            decided: HashMap::new(),
        }
    }
}

impl<A, T> Parts<A, T> {
    pub(super) fn new(name: &str, session: Session) -> Self {
        Self {
            name: name.to_owned(),
            session,
            state: Mutex::new(State {
                base: Base::Body,
                failures: Vec::new(),
                takes: Duration::ZERO,
                records: HashMap::new(),
                clone: None,
                show: None,
                expected: None,
            }),
        }
    }

    pub(super) fn set_real(&self) {
        self.lock().base = Base::Body;
    }

    pub(super) fn set_value(&self, value: ValueFn<T>) {
        self.lock().base = Base::Value(value);
    }

    pub(super) fn set_run(&self, run: RunFn<A, T>) {
        self.lock().base = Base::Run(run);
    }

    pub(super) fn add_failures(&self, runs: u32, error: ErrorFn) {
        self.lock().failures.push((runs, error));
    }

    pub(super) fn set_time(&self, takes: Duration) {
        self.lock().takes = takes;
    }

    pub(super) fn takes(&self) -> Duration {
        self.lock().takes
    }

    pub(super) fn clone_with(&self, clone: fn(&A) -> A) {
        self.lock().clone = Some(clone);
    }

    pub(super) fn show_with(&self, show: fn(&A) -> String) {
        self.lock().show = Some(show);
    }

    pub(super) fn expect(&self, runs: usize, at: CallSite) {
        self.lock().expected = Some((runs, at));
    }

    pub(super) fn count(&self) -> usize {
        let state = self.lock();
        let record = state.records.get(&self.session.looked_at());
        record.map_or(0, |record| record.calls.len())
    }

    /// The arguments of each run; none where they were not kept.
    pub(super) fn calls(&self) -> Vec<Option<A>>
    where
        A: Clone,
    {
        let state = self.lock();
        let record = state.records.get(&self.session.looked_at());
        record
            .map(|record| record.calls.clone())
            .unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Adds the runs of an explored run to those of the runner.
    pub(super) fn add_up(&self, explored: Session) {
        let mut state = self.lock();
        if let Some(record) = state.records.remove(&explored) {
            let own = state.records.entry(self.session).or_default();
            own.calls.extend(record.calls);
        }
    }

    /// Forgets an explored run.
    pub(super) fn forget(&self, explored: Session) {
        self.lock().records.remove(&explored);
    }

    /// What is wrong with the number of runs, unless that was asked before.
    pub(super) fn take_unmet(&self) -> Option<String> {
        let mut state = self.lock();
        let (expected, at) = state.expected.take()?;
        let none = Record::default();
        let record = state.records.get(&self.session).unwrap_or(&none);
        let runs = record.calls.len();
        if runs == expected {
            return None;
        }
        let times = |number: usize| match number {
            0 => "no run".to_owned(),
            1 => "one run".to_owned(),
            many => format!("{many} runs"),
        };
        let mut text = format!(
            "the mock of `{}` expects {}, but saw {} (`expects({expected})` at {at})",
            self.name,
            times(expected),
            times(runs),
        );
        if let Some(show) = state.show {
            for (number, call) in (1..).zip(&record.calls) {
                let arguments = call
                    .as_ref()
                    .map_or("arguments not recorded".to_owned(), show);
                text.extend([format!("\n  {number}. {arguments}")]);
            }
        }
        Some(text)
    }

    fn lock(&self) -> MutexGuard<'_, State<A, T>> {
        self.state.lock()
    }
}

impl<A: Send + 'static, T: Send + 'static> Parts<A, T> {
    /// The substitute for a run of the body.
    pub(super) fn substitute(self: &Arc<Self>, run: &Run, session: Session) -> Substitute<A, T> {
        let (parts, run) = (Arc::clone(self), run.clone());
        Substitute::new(move |arguments: A| parts.run(&run, session, arguments))
    }

    /// Decides a run, and records it.
    pub(super) fn run(&self, run: &Run, session: Session, arguments: A) -> Instead<A, T> {
        match self.decide(run, session) {
            Err(error) => {
                self.record(run, session, |_| Some(arguments));
                Instead::Future(Box::pin(async move { Err(error()) }))
            }
            Ok(Base::Value(value)) => {
                self.record(run, session, |_| Some(arguments));
                Instead::Future(Box::pin(async move { value() }))
            }
            Ok(Base::Body) => {
                self.record(run, session, |clone| clone.map(|clone| clone(&arguments)));
                Instead::Body(arguments)
            }
            Ok(Base::Run(function)) => {
                self.record(run, session, |clone| clone.map(|clone| clone(&arguments)));
                Instead::Future(function(arguments))
            }
        }
    }

    /// What a run does; an attempt that runs again does what it did before.
    fn decide(&self, run: &Run, session: Session) -> Result<Base<A, T>, ErrorFn> {
        let mut state = self.lock();
        let State {
            base,
            failures,
            records,
            ..
        } = &mut *state;
        let record = records.entry(session).or_default();
        let attempt = run
            .operation
            .clone()
            .map(|operation| (run.execution.clone(), operation, run.attempt));
        let known = attempt
            .as_ref()
            .and_then(|attempt| record.decided.get(attempt));
        let failure = match known {
            Some(decided) => *decided,
            None if !run.is_new => None,
            None => {
                let next = record.failed;
                let failure = failure(failures, next).map(|_| next);
                record.failed += u32::from(failure.is_some());
                if let Some(attempt) = attempt {
                    record.decided.insert(attempt, failure);
                }
                failure
            }
        };
        match failure.and_then(|number| self::failure(failures, number)) {
            Some(error) => Err(Arc::clone(error)),
            None => Ok(base.clone()),
        }
    }

    /// Records a run, if it is one of its own.
    fn record(
        &self,
        run: &Run,
        session: Session,
        arguments: impl FnOnce(Option<fn(&A) -> A>) -> Option<A>,
    ) {
        let clone = self.lock().clone;
        // User code, and so without the lock.
        let arguments = arguments(clone);
        if run.is_new {
            let mut state = self.lock();
            let record = state.records.entry(session).or_default();
            record.calls.push(arguments);
        }
    }
}

/// The failure of that number, from 0.
fn failure(failures: &[(u32, ErrorFn)], mut number: u32) -> Option<&ErrorFn> {
    for (runs, error) in failures {
        match number.checked_sub(*runs) {
            Some(rest) => number = rest,
            None => return Some(error),
        }
    }
    None
}

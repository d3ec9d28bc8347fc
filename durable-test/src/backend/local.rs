//! The backend in this process: the function runs on the test's thread, against the local service.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use durable_host::{
    DriveLimits, HostSettings, LocalError, LocalHost, PlainFunction, Reached, Scheduler, Until,
};
use durable_runtime::mode::RunnerMode;
use durable_service::StartRequest;
use durable_service::model::{CallbackCompletion, ExecutionArn, Seconds};
use durable_view::shortened;

use super::{Backend, Callbacks, Execution, Launch, MustStrike, Pending};
use crate::coverage;
use crate::determinism;
use crate::diagnosis;
use crate::faults;
use crate::mock::Mocks;
use crate::plan::Plan;
use crate::recent::RecentResults;
use crate::replies;
use crate::results::ErrorObject;
use crate::spec::Handler;
use crate::waits;
use crate::{Error, ErrorKind, ExecutionResult};
use durable_host::Order;

/// How long a run may take by default, in real time.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How much of an input a message shows, in characters.
const MAX_INPUT: usize = 300;

/// The configuration of a local backend.
#[derive(Debug, Clone)]
pub(crate) struct LocalConfig {
    pub(crate) handler: Handler,
    pub(crate) function: String,
    pub(crate) settings: HostSettings,
    pub(crate) check_determinism: bool,
    pub(crate) check_waits: bool,
    pub(crate) mocks: Mocks,
    /// The plan that its runs repeat.
    pub(crate) plan: Option<Plan>,
}

/// The function in this process.
#[derive(Debug)]
pub(crate) struct Local {
    host: LocalHost,
    /// To build another.
    config: LocalConfig,
    /// Whether one of the other durable functions is a closure over something; forks have the same functions.
    others_have_captures: Arc<AtomicBool>,
}

impl Local {
    /// A backend with nothing registered.
    ///
    /// # Errors
    ///
    /// If the SDK rejects the local client.
    pub(crate) fn new(config: LocalConfig) -> Result<Self, Error> {
        coverage::start();
        let host = LocalHost::new(config.settings.clone());
        register(&host, &config.function, config.handler.clone())?;
        for name in config.mocks.functions() {
            host.mock_function(&name);
        }
        host.set_stand_ins(config.mocks.stand_ins(config.mocks.session()));
        Ok(Self {
            host,
            config,
            others_have_captures: Arc::default(),
        })
    }

    /// Whether a function of this backend may have state of its own: a plain one, or a closure over something.
    pub(crate) fn functions_may_have_state(&self) -> bool {
        self.config.handler.has_captures()
            || self.others_have_captures.load(Ordering::Relaxed)
            || self.host.has_plain_functions()
    }

    pub(crate) fn host(&self) -> &LocalHost {
        &self.host
    }

    pub(crate) fn config(&self) -> &LocalConfig {
        &self.config
    }

    /// The same functions on a new host with changed settings.
    pub(crate) fn fork(&self, change: impl FnOnce(&mut HostSettings)) -> Self {
        let mut config = self.config.clone();
        change(&mut config.settings);
        let host = self.host.fork(config.settings.clone());
        host.set_stand_ins(config.mocks.stand_ins(config.mocks.session()));
        Self {
            host,
            config,
            others_have_captures: Arc::clone(&self.others_have_captures),
        }
    }

    fn launch(&self, launch: Launch) -> Result<LocalExecution, Error> {
        let options = launch.options;
        let execution_timeout = options.execution_timeout.map(whole_seconds).transpose()?;
        let schedule = Schedule::new(options.order.clone(), launch.scheduler);
        if let Some(schedule) = &schedule {
            self.host.set_scheduler(&schedule.scheduler);
        }
        let limits = options.limits(TIMEOUT);
        let start = StartRequest {
            name: options.name,
            execution_timeout,
            ..StartRequest::new(&self.config.function, launch.input)
        };
        let arn = self.host.start(start).map_err(ErrorKind::Host)?;
        let mut answers = Vec::new();
        for (name, responder) in options.replies {
            self.host.answer(&arn, name.clone(), responder);
            answers.push(name);
        }
        Ok(LocalExecution {
            host: self.host.clone(),
            arn,
            limits,
            is_checked: options
                .check_determinism
                .unwrap_or(self.config.check_determinism),
            waits_are_checked: options.check_waits.unwrap_or(self.config.check_waits),
            must_strike: launch.must_strike,
            plan: options.plan.map(Box::new),
            answers,
            required_answers: options.required_replies,
            schedule: schedule.map(Box::new),
            recent: launch.recent,
        })
    }
}

impl Backend for Local {
    fn mode(&self) -> RunnerMode {
        RunnerMode::Local
    }

    fn function(&self) -> &str {
        &self.config.function
    }

    fn start(&self, launch: Launch) -> Pending<'_, Box<dyn Execution>> {
        Box::pin(async move {
            let execution: Box<dyn Execution> = Box::new(self.launch(launch)?);
            Ok(execution)
        })
    }

    fn local(&self, _: &'static str) -> Result<&Local, Error> {
        Ok(self)
    }

    fn register_plain(&self, name: &str, function: PlainFunction) -> Result<(), Error> {
        self.host.register_plain(name, function);
        Ok(())
    }

    fn register_durable(&self, name: &str, handler: Handler) -> Result<(), Error> {
        if handler.has_captures() {
            self.others_have_captures.store(true, Ordering::Relaxed);
        }
        register(&self.host, name, handler)
    }
}

fn register(host: &LocalHost, name: &str, handler: Handler) -> Result<(), Error> {
    host.register(name, move |options| handler.service(options))
        .map_err(|error| ErrorKind::Host(error).into())
}

/// The service counts seconds, so a timeout with a fraction would be changed silently.
///
/// # Errors
///
/// If the timeout is not in whole seconds.
pub(crate) fn whole_seconds(timeout: Duration) -> Result<Seconds, Error> {
    if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 {
        return Err(ErrorKind::ExecutionTimeout(timeout).into());
    }
    Ok(Seconds(timeout.as_secs()))
}

/// A chosen order of concurrent events, in force until the execution is dropped.
#[derive(Debug)]
struct Schedule {
    scheduler: Scheduler,
    /// The order that the test requested, which the run must be able to follow.
    wanted: Option<Order>,
}

impl Schedule {
    fn new(order: Option<Order>, scheduler: Option<Scheduler>) -> Option<Self> {
        match (order, scheduler) {
            (_, Some(scheduler)) => Some(Self {
                scheduler,
                wanted: None,
            }),
            (Some(order), None) => Some(Self {
                scheduler: Scheduler::new(&order),
                wanted: Some(order),
            }),
            (None, None) => None,
        }
    }

    /// Checks that the run offered what the order chooses.
    fn check(&self) -> Result<(), Error> {
        let Some(order) = self.wanted.clone() else {
            return Ok(());
        };
        if let Some(missed) = self.scheduler.missed_choice() {
            return Err(ErrorKind::NoSuchChoice { order, missed }.into());
        }
        match self.scheduler.missed_call() {
            Some(call) => Err(ErrorKind::NoSuchCall { order, call }.into()),
            None => Ok(()),
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.scheduler.finish();
    }
}

/// An execution in this process; it moves only while one of its calls drives it.
#[derive(Debug)]
struct LocalExecution {
    host: LocalHost,
    arn: ExecutionArn,
    limits: DriveLimits,
    /// Whether its end is checked for determinism.
    is_checked: bool,
    /// Whether it may not have waited for what is outside the SDK.
    waits_are_checked: bool,
    /// The faults that must have struck by its end.
    must_strike: MustStrike,
    /// The plan that the run repeats. Boxed, as few have one and there may be thousands of executions.
    plan: Option<Box<Plan>>,
    /// The names of the answers to callbacks that the run has.
    answers: Vec<String>,
    /// The positions of those for which a callback must ask.
    required_answers: BTreeSet<usize>,
    schedule: Option<Box<Schedule>>,
    recent: RecentResults,
}

impl LocalExecution {
    async fn drive(&self, until: Until<'_>) -> Result<Reached, Error> {
        let source = match self.host.drive(&self.arn, self.limits, until).await {
            Ok(reached) => return Ok(reached),
            Err(source) => source,
        };
        let result = self.snapshot()?;
        self.recent.record(&result);
        match source {
            LocalError::Input { .. } => {
                let input = self.host.with_execution(&self.arn, |execution| {
                    shortened(execution.input(), MAX_INPUT)
                });
                let input = input.unwrap_or_default();
                return Err(ErrorKind::InputRefused { source, input }.into());
            }
            LocalError::DrivenFromInside => return Err(ErrorKind::Host(source).into()),
            _ => {}
        }
        let mut diagnosis = diagnosis::of(&result);
        if matches!(source, LocalError::Stuck) {
            let unasked = self.host.unasked_answers(&self.arn).into_iter();
            let mut names: Vec<String> = unasked.map(|(_, name)| name).collect();
            if let Until::Callback(name) = until {
                names.push(name.to_owned());
            }
            diagnosis += &diagnosis::without_callbacks(&names);
        }
        Err(ErrorKind::Local {
            advice: diagnosis::advice(&source, result.invocations().len()),
            diagnosis,
            source,
        }
        .into())
    }

    /// An error about something that the run does not reach, with the plan that has it.
    fn missed(&self, error: Error) -> Error {
        match &self.plan {
            Some(plan) => plan.not_reached(error),
            None => error,
        }
    }

    async fn finish(&self) -> Result<ExecutionResult, Error> {
        self.drive(Until::Closed).await?;
        let result = self.snapshot()?;
        self.recent.record(&result);
        if let (MustStrike::Planned { others }, Some(plan)) = (&self.must_strike, &self.plan) {
            faults::check_these_struck(&self.host, &plan.as_faults(), others)
                .map_err(|error| self.missed(error))?;
        }
        if matches!(self.must_strike, MustStrike::All) {
            faults::check_struck(&self.host).map_err(|error| self.missed(error))?;
            let names: Vec<&str> = self.answers.iter().map(String::as_str).collect();
            let unasked = replies::unasked(&self.host, &self.arn);
            replies::check(&names, &self.required_answers, &unasked, &result)?;
        }
        if let Some(schedule) = &self.schedule {
            schedule.check().map_err(|error| self.missed(error))?;
        }
        if self.is_checked {
            determinism::check(&self.host, &result).await?;
        }
        if self.waits_are_checked {
            waits::check(&self.host, &result)?;
        }
        Ok(result)
    }
}

impl Execution for LocalExecution {
    fn arn(&self) -> &str {
        self.arn.as_str()
    }

    fn snapshot(&self) -> Result<ExecutionResult, Error> {
        ExecutionResult::take(&self.host, &self.arn).map_err(|error| ErrorKind::Host(error).into())
    }

    fn has_run(&self) -> bool {
        let has_run = |result: ExecutionResult| !result.invocations().is_empty();
        self.snapshot().is_ok_and(has_run)
    }

    fn child(&self, arn: &str) -> Result<Box<dyn Execution>, Error> {
        Ok(Box::new(Self {
            host: self.host.clone(),
            arn: arn.parse()?,
            limits: self.limits,
            is_checked: self.is_checked,
            waits_are_checked: self.waits_are_checked,
            // The faults are those of the whole run, which ends with its caller.
            must_strike: MustStrike::None,
            plan: None,
            answers: Vec::new(),
            required_answers: BTreeSet::new(),
            schedule: None,
            recent: self.recent.clone(),
        }))
    }

    fn callbacks(&self) -> Arc<dyn Callbacks> {
        Arc::new(self.host.clone())
    }

    fn wait_for_callback<'a>(&'a self, name: &'a str) -> Pending<'a, Option<String>> {
        Box::pin(async move {
            match self.drive(Until::Callback(name)).await? {
                Reached::Condition => {
                    let open = self.host.open_callback(&self.arn, name);
                    Ok(open.map_err(ErrorKind::Host)?.map(String::from))
                }
                Reached::Closed => Ok(None),
            }
        })
    }

    fn result(&self) -> Pending<'_, ExecutionResult> {
        Box::pin(self.finish())
    }

    fn stop(&self, error: ErrorObject) -> Pending<'_, ()> {
        Box::pin(async move {
            let stopped = self.host.stop(&self.arn, Some(error));
            Ok(stopped.map_err(ErrorKind::Host)?)
        })
    }

    fn run_until_suspended(&self) -> Pending<'_, ()> {
        Box::pin(async { self.drive(Until::Suspended).await.map(|_| ()) })
    }

    fn advance(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            let until = self.host.now().after(time);
            self.drive(Until::Time(until)).await.map(|_| ())
        })
    }
}

impl Callbacks for LocalHost {
    fn complete<'a>(&'a self, id: &'a str, completion: CallbackCompletion) -> Pending<'a, ()> {
        Box::pin(async move {
            let completed = self.complete_callback(&id.into(), completion);
            Ok(completed.map_err(ErrorKind::Host)?)
        })
    }

    fn heartbeat<'a>(&'a self, id: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            Ok(self
                .heartbeat_callback(&id.into())
                .map_err(ErrorKind::Host)?)
        })
    }
}

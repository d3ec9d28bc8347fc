//! The processes of all functions.

use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_service::model::{ExecutionArn, InvocationContext, RequestId};
use durable_view::visible;
use indexmap::IndexMap;
use parking_lot::{Mutex, MutexGuard};
use rustix::process::Signal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::Failure;
use super::elsewhere::Elsewhere;
use super::guard;
use super::kills::{Killable, Kills};
use super::remote;
use super::sandbox::{Disposition, Sandbox, signal_group, tenant};
use super::settings::FleetSettings;
use super::spawn::Spawner;
use super::work::{Ending, Work};
use crate::config::{Endpoint, FunctionConfig};
use crate::http::stopped;
use crate::logs::{End, LogBook, Platform, ServerLog, Usage, Writer};

/// Time limit for writing the log when the server stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The right to run one process of a function.
pub(crate) type Slot = OwnedSemaphorePermit;

/// A function with its processes.
#[derive(Debug)]
pub(crate) struct Function {
    config: FunctionConfig,
    slots: Arc<Semaphore>,
    /// Processes that wait for an invocation, the last used one at the end.
    idle: Mutex<Vec<Sandbox>>,
    /// What its last failed invocation failed with.
    last_failure: Mutex<Option<String>>,
    /// Where it runs, if another program runs it.
    elsewhere: Option<Elsewhere>,
}

/// How the processes of a function are.
#[derive(Debug, Clone)]
pub(crate) struct FunctionState {
    /// Those that run an invocation.
    pub(crate) running: usize,
    /// Those that wait for one.
    pub(crate) idle: usize,
    /// What its last failed invocation failed with.
    pub(crate) last_failure: Option<String>,
}

impl Function {
    /// Its configuration.
    pub(crate) fn config(&self) -> &FunctionConfig {
        &self.config
    }

    /// Whether another program runs it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// Moves an execution of a function that another program runs to a URL; without an execution, all of them.
    pub(crate) fn move_to(&self, execution: Option<ExecutionArn>, endpoint: Endpoint) {
        if let Some(elsewhere) = &self.elsewhere {
            elsewhere.move_to(execution, endpoint);
        }
    }

    /// How its processes are.
    pub(crate) fn state(&self) -> FunctionState {
        let free = self.slots.available_permits();
        FunctionState {
            running: self.config.concurrency.saturating_sub(free),
            idle: self
                .idle()
                .iter_mut()
                .filter_map(|it| it.is_alive().then_some(()))
                .count(),
            last_failure: self.last_failure.lock().clone(),
        }
    }

    /// Takes a slot for one more process, if one is free now.
    pub(crate) fn try_slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Waits for a slot for one more process.
    pub(crate) async fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock()
    }

    /// Takes an idle process of the version and tenant. If there is none, the caller starts one, and an
    /// idle process of another one may end to make room for it.
    fn take_idle(&self, context: &InvocationContext) -> Option<Sandbox> {
        let mut idle = self.idle();
        idle.retain_mut(Sandbox::is_alive);
        let tenant = tenant(&self.config, context);
        let fits = |it: &Sandbox| it.version() == context.version && it.tenant() == tenant;
        if let Some(index) = idle.iter().rposition(fits) {
            return Some(idle.remove(index));
        }
        let running = self
            .config
            .concurrency
            .saturating_sub(self.slots.available_permits());
        if !idle.is_empty() && idle.len() + running > self.config.concurrency {
            idle.remove(0);
        }
        None
    }
}

/// The processes of all functions.
#[derive(Debug)]
pub(crate) struct Fleet {
    functions: IndexMap<String, Arc<Function>>,
    settings: FleetSettings,
    /// The server's log.
    log: ServerLog,
    /// What invocations wrote.
    book: LogBook,
    spawner: Spawner,
    stop: watch::Receiver<bool>,
    kills: Kills,
    /// Held open until the server ends.
    _guard: Option<std::process::ChildStdin>,
}

impl Fleet {
    /// A fleet without processes. The stop signal interrupts its invocations.
    pub(crate) fn new(
        functions: Vec<FunctionConfig>,
        settings: FleetSettings,
        stop: watch::Receiver<bool>,
    ) -> std::io::Result<Self> {
        let launcher = settings.launcher.as_deref();
        let guard = launcher.and_then(|launcher| guard::start(launcher, &settings.run));
        Ok(Self {
            _guard: guard,
            log: ServerLog::start(stderr(), stderr().is_terminal())?,
            book: LogBook::default(),
            functions: functions
                .into_iter()
                .map(|config| {
                    let function = Function {
                        slots: Arc::new(Semaphore::new(config.concurrency)),
                        elsewhere: config.endpoint.clone().map(Elsewhere::at),
                        config,
                        idle: Mutex::default(),
                        last_failure: Mutex::default(),
                    };
                    (function.config.name.clone(), Arc::new(function))
                })
                .collect(),
            settings,
            spawner: Spawner::start()?,
            stop,
            kills: Kills::default(),
        })
    }

    /// The function of a name, which may be one of its other names.
    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name).or_else(|| {
            let mut functions = self.functions.values();
            functions.find(|it| it.config.other_names.iter().any(|other| other == name))
        })
    }

    /// All functions, in the order of their configuration.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values().map(AsRef::as_ref)
    }

    /// Runs an invocation of a function in one of its processes.
    pub(crate) async fn invoke(&self, function: &Function, work: &Work, slot: Slot) -> Ending {
        let request_id = &work.request_id;
        let writer = Writer {
            function: function.config.name.clone(),
            request_id: Some(request_id.clone()),
            format: function.config.log_format(),
            logging: function.config.logging.clone(),
            log: (!self.settings.quiet).then(|| self.log.clone()),
            book: self.book.clone(),
            tails: work.tails.clone(),
        };
        let execution = work.execution.clone();
        self.book
            .open(request_id.clone(), &function.config.name, execution);
        writer.platform(&Platform::Start {
            version: &work.context.version,
            execution: work.execution.as_ref(),
        });
        let mut usage = Usage {
            memory_mb: function.config.memory,
            ..Usage::default()
        };
        let started = Instant::now();
        let killable = self.kills.add(request_id);
        let ending = if let Some(elsewhere) = &function.elsewhere {
            let endpoint = elsewhere.of(work.execution.as_ref());
            self.call(&endpoint, function, work, &killable).await
        } else {
            let usage = &mut usage;
            self.attempt(function, work, &writer, &killable, usage)
                .await
        };
        drop(killable);
        let init = usage.init.unwrap_or_default();
        usage.duration = started.elapsed().saturating_sub(init);
        let end = match &ending {
            Ending::Returned(_) => End::Returned,
            Ending::Failed(failure) => {
                let failed = failure.to_log();
                *function.last_failure.lock() = Some(failed.reason.clone());
                End::Failed(failed)
            }
            Ending::Interrupted => End::Interrupted,
        };
        let end = &end;
        writer.platform(&Platform::Done { end, usage });
        writer.platform(&Platform::Report { end, usage });
        drop(slot);
        ending
    }

    /// Kills an invocation, as a crash of its process would end it. Returns false if it does not run.
    pub(crate) fn kill(&self, request_id: &RequestId) -> bool {
        self.kills.kill(request_id)
    }

    /// Runs an invocation of a function that runs elsewhere.
    async fn call(
        &self,
        endpoint: &Endpoint,
        function: &Function,
        work: &Work,
        killable: &Killable<'_>,
    ) -> Ending {
        let mut stop = self.stop.clone();
        tokio::select! {
            answer = remote::invoke(endpoint, work, function.config.timeout) => match answer {
                Ok(body) => Ending::Returned(body),
                Err(failure) => Ending::Failed(failure),
            },
            () = killable.killed() => Ending::Failed(Failure::Unreachable(format!(
                "{endpoint}: the connection was closed on purpose"
            ))),
            () = stopped(&mut stop) => Ending::Interrupted,
        }
    }

    async fn attempt(
        &self,
        function: &Function,
        work: &Work,
        writer: &Writer,
        killable: &Killable<'_>,
        usage: &mut Usage,
    ) -> Ending {
        let FleetSettings {
            init_timeout,
            stop_grace,
            ..
        } = self.settings;
        loop {
            let mut sandbox = match self.sandbox(function, work, writer).await {
                Ok(sandbox) => sandbox,
                Err(failure) => return Ending::Failed(failure),
            };
            let mut stop = self.stop.clone();
            let group = sandbox.group();
            let ended = {
                let limits = (function.config.timeout, init_timeout);
                let run = sandbox.run(work, writer, limits, usage);
                let mut run = std::pin::pin!(run);
                loop {
                    tokio::select! {
                        ended = run.as_mut() => break Some(ended),
                        // The process is not waited for yet, so the number is still its own.
                        () = killable.killed() => signal_group(group, Signal::KILL),
                        () = stopped(&mut stop) => break None,
                    }
                }
            };
            let Some((result, disposition)) = ended else {
                sandbox.end(stop_grace).await;
                return Ending::Interrupted;
            };
            match disposition {
                Disposition::NotTaken => continue,
                Disposition::Reusable => function.idle().push(sandbox),
                Disposition::Discarded => {}
            }
            return match result {
                Ok(body) => Ending::Returned(body),
                Err(failure) => Ending::Failed(failure),
            };
        }
    }

    async fn sandbox(
        &self,
        function: &Function,
        work: &Work,
        writer: &Writer,
    ) -> Result<Sandbox, Failure> {
        if let Some(sandbox) = function.take_idle(&work.context) {
            return Ok(sandbox);
        }
        let config = &function.config;
        Sandbox::start(&self.spawner, config, &self.settings, work, writer).await
    }

    /// Ends the processes that wait for an invocation.
    pub(crate) async fn end_idle(&self) {
        let mut ends = JoinSet::new();
        for function in self.functions.values() {
            for sandbox in std::mem::take(&mut *function.idle()) {
                ends.spawn(sandbox.end(self.settings.stop_grace));
            }
        }
        while ends.join_next().await.is_some() {}
    }

    /// Ends the processes that have waited for an invocation for too long, from time to time.
    pub(crate) async fn end_unused(&self) {
        let limit = self.settings.idle_timeout;
        loop {
            tokio::time::sleep(limit / 2).await;
            let mut ends = JoinSet::new();
            for function in self.functions.values() {
                let unused = |it: &mut Sandbox| it.idle_for() > limit;
                let unused: Vec<Sandbox> = function.idle().extract_if(.., unused).collect();
                for sandbox in unused {
                    ends.spawn(sandbox.end(self.settings.stop_grace));
                }
            }
            while ends.join_next().await.is_some() {}
        }
    }

    /// Kills what functions started and what is left of it.
    pub(crate) async fn end_strays(&self) {
        let run = self.settings.run.clone();
        // If it is cut short, the guard ends what is left.
        let _ = tokio::task::spawn_blocking(move || run.kill_all()).await;
    }

    /// Waits until the server's log is written, for a bounded time.
    pub(crate) async fn flush_log(&self) {
        self.log.flush(FLUSH_TIMEOUT).await;
    }

    /// What invocations wrote.
    pub(crate) fn book(&self) -> &LogBook {
        &self.book
    }

    /// Writes a line of the server itself to its log.
    pub(crate) fn note(&self, line: &str) {
        if self.settings.silent {
            return;
        }
        let line = visible(line);
        self.log
            .write(format!("durable serve: {line}\n").into_bytes());
    }
}

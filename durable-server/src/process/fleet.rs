//! The processes of all functions.

use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_service::model::RequestId;
use durable_view::visible;
use indexmap::IndexMap;
use rustix::process::Signal;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failure;
use super::function::{Function, Slot};
use super::guard;
use super::kills::{Killable, Kills};
use super::remote;
use super::sandbox::{Disposition, Sandbox, Start, signal_group};
use super::settings::FleetSettings;
use super::spawn::Spawner;
use super::work::{Ending, Work};
use crate::config::{Endpoint, FunctionConfig};
use crate::http::stopped;
use crate::logs::{End, LogBook, Platform, ServerLog, Usage, Writer};

/// Time limit for writing the log when the server stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Time after which a watched program that could not be started is tried again.
const START_AGAIN: Duration = Duration::from_millis(250);

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
                    let function = Function::new(config);
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

    /// How its processes are set up.
    pub(crate) fn settings(&self) -> &FleetSettings {
        &self.settings
    }

    /// All functions, in the order of their configuration.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values().map(AsRef::as_ref)
    }

    /// Waits for the stop signal.
    pub(crate) async fn stopped(&self) {
        stopped(&mut self.stop.clone()).await;
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
            let mut sandbox = match self.sandbox(function, work, writer, killable).await {
                Ok(sandbox) => sandbox,
                Err(_) if *self.stop.borrow() => return Ending::Interrupted,
                Err(failure) => return Ending::Failed(failure),
            };
            let mut stop = self.stop.clone();
            let group = sandbox.group();
            let mut is_killed = false;
            let ended = {
                let limits = (function.config.timeout, init_timeout);
                let run = sandbox.run(work, writer, limits, usage);
                let mut run = std::pin::pin!(run);
                loop {
                    tokio::select! {
                        ended = run.as_mut() => break Some(ended),
                        // The process is not waited for yet, so the number is still its own.
                        () = killable.killed() => {
                            is_killed = true;
                            signal_group(group, Signal::KILL);
                        }
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
                // It answered in the moment in which it was killed: the next invocation would find it dying.
                Disposition::Reusable if is_killed => {}
                Disposition::Reusable => {
                    if let Some(outdated) = function.keep(sandbox) {
                        tokio::spawn(outdated.end(stop_grace));
                    }
                }
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
        killable: &Killable<'_>,
    ) -> Result<Sandbox, Failure> {
        if let Some(sandbox) = function.take_idle(&work.context) {
            return Ok(sandbox);
        }
        let started = Instant::now();
        let mut is_said = false;
        loop {
            // Read first: a process that starts while the program changes is replaced once more.
            let program = function.program();
            let start = Start {
                function: &function.config,
                program,
                work,
                writer,
            };
            let failure = match Sandbox::start(&self.spawner, &self.settings, start).await {
                Err(failure) => failure,
                started => return started,
            };
            if !self.settings.watch || started.elapsed() > self.settings.init_timeout {
                return Err(failure);
            }
            // It is being built.
            if !std::mem::replace(&mut is_said, true) {
                let reason = failure.reason();
                self.note(&format!("{reason}; it is tried again, as it is watched"));
            }
            let mut stop = self.stop.clone();
            tokio::select! {
                () = tokio::time::sleep(START_AGAIN) => {}
                () = killable.killed() => return Err(Failure::killed()),
                () = stopped(&mut stop) => return Err(failure),
            }
        }
    }

    /// Replaces the processes of a function whose program has changed: those that wait for an invocation end, those
    /// that run one do so after it. Returns how many there are of each, and what was done before the first ends:
    /// from then on invocations run the changed program.
    pub(crate) async fn replace<T>(
        &self,
        function: &Function,
        before: impl FnOnce() -> T,
    ) -> ((usize, usize), T) {
        let outdated = function.take_outdated();
        let replaced = (outdated.len(), function.state().running);
        let done = before();
        self.end_all(outdated).await;
        (replaced, done)
    }

    /// Ends processes that wait for an invocation.
    async fn end_all(&self, sandboxes: impl IntoIterator<Item = Sandbox>) {
        let mut ends = JoinSet::new();
        for sandbox in sandboxes {
            ends.spawn(sandbox.end(self.settings.stop_grace));
        }
        while ends.join_next().await.is_some() {}
    }

    /// Ends the processes that wait for an invocation.
    pub(crate) async fn end_idle(&self) {
        let functions = self.functions.values();
        let idle = functions.flat_map(|it| std::mem::take(&mut it.idle().sandboxes));
        let idle: Vec<Sandbox> = idle.collect();
        self.end_all(idle).await;
    }

    /// Ends the processes that have waited for an invocation for too long, from time to time.
    pub(crate) async fn end_unused(&self) {
        let limit = self.settings.idle_timeout;
        loop {
            tokio::time::sleep(limit / 2).await;
            let mut unused = Vec::new();
            for function in self.functions.values() {
                let is_unused = |it: &mut Sandbox| it.idle_for() > limit;
                unused.extend(function.idle().sandboxes.extract_if(.., is_unused));
            }
            self.end_all(unused).await;
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

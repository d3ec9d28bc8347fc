//! The processes of all functions.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use durable_service::model::{ExecutionArn, RequestId};
use indexmap::IndexMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::log::Writer;
use super::sandbox::{Afterwards, Sandbox};
use super::server_log::ServerLog;
use super::spawn::Spawner;
use super::{Failure, LogTail, Place};
use crate::config::FunctionConfig;
use crate::http::stopped;

/// The longest that the end of the fleet waits for its log to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How processes are run.
#[derive(Debug, Clone)]
pub(crate) struct FleetSettings {
    /// Where functions believe that they run.
    pub(crate) place: Place,
    /// The program that launches processes, if any.
    pub(crate) launcher: Option<PathBuf>,
    /// Whether what functions write is kept from the server's log.
    pub(crate) quiet: bool,
    /// The longest that a process may take to ask for its first invocation.
    pub(crate) init_timeout: Duration,
    /// How long processes may take to end when the server stops.
    pub(crate) stop_grace: Duration,
}

/// An invocation, as a function is given it.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) request_id: RequestId,
    pub(crate) version: String,
    pub(crate) function_arn: String,
    pub(crate) event: Bytes,
    pub(crate) trace_id: String,
    pub(crate) tenant_id: Option<String>,
    /// The client's context, as JSON text.
    pub(crate) client_context: Option<String>,
    /// The durable execution, if it is invoked for one.
    pub(crate) execution: Option<ExecutionArn>,
    /// Where what it writes is kept.
    pub(crate) tails: Vec<LogTail>,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With this body.
    Returned(Bytes),
    /// Without one.
    Failed(Failure),
    /// The server stopped before it ended.
    Interrupted,
}

/// The right to run one process of a function.
pub(crate) type Slot = OwnedSemaphorePermit;

/// A function with its processes.
#[derive(Debug)]
pub(crate) struct Function {
    config: FunctionConfig,
    slots: Arc<Semaphore>,
    /// Processes that wait for an invocation, the one used last at the end.
    idle: Mutex<Vec<Sandbox>>,
}

impl Function {
    /// How it is configured.
    pub(crate) fn config(&self) -> &FunctionConfig {
        &self.config
    }

    /// The right to run one more process, if there is one now.
    pub(crate) fn try_slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// The right to run one more process, once there is one.
    pub(crate) async fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process that waits and runs the version. When one must be started instead, makes room for it:
    /// waiting processes of other versions count too.
    fn take_idle(&self, version: &str) -> Option<Sandbox> {
        let mut idle = self.idle();
        idle.retain_mut(Sandbox::is_alive);
        if let Some(place) = idle.iter().rposition(|it| it.version() == version) {
            return Some(idle.remove(place));
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
    /// The server's log, unless what functions write is kept from it.
    log: Option<ServerLog>,
    spawner: Spawner,
    stop: watch::Receiver<bool>,
}

impl Fleet {
    /// A fleet without processes, which ends them all once told to stop.
    pub(crate) fn new(
        functions: Vec<FunctionConfig>,
        settings: FleetSettings,
        stop: watch::Receiver<bool>,
    ) -> std::io::Result<Self> {
        let log = (!settings.quiet).then(|| ServerLog::start(std::io::stderr()));
        Ok(Self {
            log: log.transpose()?,
            functions: functions
                .into_iter()
                .map(|config| {
                    let function = Function {
                        slots: Arc::new(Semaphore::new(config.concurrency)),
                        config,
                        idle: Mutex::default(),
                    };
                    (function.config.name.clone(), Arc::new(function))
                })
                .collect(),
            settings,
            spawner: Spawner::start()?,
            stop,
        })
    }

    /// The function of a name.
    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
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
            log: self.log.clone(),
            tails: work.tails.clone(),
        };
        let version = &work.version;
        let mut beginning = format!("START RequestId: {request_id} Version: {version}");
        if let Some(arn) = &work.execution {
            beginning = format!("{beginning} DurableExecutionArn: {arn}");
        }
        writer.write(beginning.as_bytes());
        let ending = self.attempt(function, work, &writer).await;
        if let Ending::Failed(failure) = &ending {
            let reason = failure.reason();
            writer.write(format!("FAILED RequestId: {request_id} {reason}").as_bytes());
        }
        writer.write(format!("END RequestId: {request_id}").as_bytes());
        drop(slot);
        ending
    }

    async fn attempt(&self, function: &Function, work: &Work, writer: &Writer) -> Ending {
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
            let run = sandbox.run(work, writer, function.config.timeout, init_timeout);
            let ended = tokio::select! {
                ended = run => Some(ended),
                () = stopped(&mut stop) => None,
            };
            let Some((result, afterwards)) = ended else {
                sandbox.end(stop_grace).await;
                return Ending::Interrupted;
            };
            match afterwards {
                Afterwards::Stale => continue,
                Afterwards::Reusable => function.idle().push(sandbox),
                Afterwards::Spent => {}
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
        if let Some(sandbox) = function.take_idle(&work.version) {
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

    /// Waits until the server's log is written, for a bounded time.
    pub(crate) async fn flush_log(&self) {
        if let Some(log) = &self.log {
            log.flush(LAST_LINES).await;
        }
    }
}

//! One process of a function, and the Runtime API that it calls.

use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use durable_service::Tenancy;
use durable_service::model::InvocationContext;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::Failure;
use super::environment;
use super::launcher::LaunchArgs;
use super::memory;
use super::settings::FleetSettings;
use super::spawn::Spawner;
use super::work::Work;
use crate::config::{FunctionConfig, program_fault};
use crate::logs::{FramePipe, ProcessLog, Usage, Writer};
use crate::runtime::{Answer, Job, RuntimeApi};

/// One process of a function. Dropping it kills the process and its children.
#[derive(Debug)]
pub(super) struct Sandbox {
    child: Child,
    group: Option<Pid>,
    api: RuntimeApi,
    log: ProcessLog,
    /// Which of its function's programs it runs.
    program: u64,
    version: String,
    /// The tenant that it runs for, if its function isolates them.
    tenant: Option<String>,
    /// When the process was started.
    started: Instant,
    /// Whether the process has asked for an invocation yet.
    initialized: bool,
    /// When its last invocation ended.
    idle_since: Instant,
}

/// What happens to a process after an invocation.
pub(super) enum Disposition {
    /// It accepts further invocations.
    Reusable,
    /// It has ended, or must be ended.
    Discarded,
    /// It ended before it took the invocation, which another process can run.
    NotTaken,
}

/// What a process is started for.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) function: &'a FunctionConfig,
    /// Which of the function's programs it is.
    pub(super) program: u64,
    pub(super) work: &'a Work,
    pub(super) writer: &'a Writer,
}

impl Sandbox {
    /// Starts a process for an invocation.
    pub(super) async fn start(
        spawner: &Spawner,
        settings: &FleetSettings,
        start: Start<'_>,
    ) -> Result<Self, Failure> {
        let Start {
            function,
            program,
            work,
            writer,
        } = start;
        let not_started = |reason: String| {
            Failure::NotStarted(format!("cannot run function {}: {reason}", function.name))
        };
        let mut command = command(function, settings.launcher.as_deref()).map_err(not_started)?;
        let api = RuntimeApi::start()
            .await
            .map_err(|error| not_started(format!("no port for its Runtime API: {error}")))?;
        if let Some(folder) = &function.working_directory {
            command.current_dir(folder);
        }
        environment::set(
            &mut command,
            function,
            &work.context.version,
            settings,
            api.address(),
        );
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let (frames, writer_of_frames) = FramePipe::new()
            .map_err(|error| not_started(format!("no pipe for its log: {error}")))?;
        environment::set_frames(&mut command, writer_of_frames.as_raw_fd());
        let mut child = spawner
            .spawn(command, writer_of_frames.into())
            .await
            .map_err(|error| not_started(error.to_string()))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let log = ProcessLog::follow(&mut child, frames, writer.clone());
        Ok(Self {
            child,
            group,
            api,
            log,
            program,
            version: work.context.version.clone(),
            tenant: tenant(function, &work.context).map(str::to_owned),
            started: Instant::now(),
            initialized: false,
            idle_since: Instant::now(),
        })
    }

    /// Which of its function's programs it runs.
    pub(super) fn program(&self) -> u64 {
        self.program
    }

    /// The version of the function that it runs.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The tenant that it runs for, if its function isolates them.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Its process group.
    pub(super) fn group(&self) -> Option<Pid> {
        self.group
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Time since its last invocation ended.
    pub(super) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    /// Runs an invocation, and adds what it took to the usage.
    pub(super) async fn run(
        &mut self,
        work: &Work,
        writer: &Writer,
        (timeout, init_timeout): (Duration, Duration),
        usage: &mut Usage,
    ) -> (Result<Bytes, Failure>, Disposition) {
        self.log.start(writer.clone());
        let ended = match self.initialize(init_timeout.max(timeout), usage).await {
            Ok(()) => {
                let ended = self.attempt(work, timeout).await;
                usage.max_memory_mb = self.child.id().and_then(memory::peak_mb);
                ended
            }
            Err(failure) => (Err(failure), Disposition::Discarded),
        };
        self.log.settle().await;
        self.log.end();
        self.idle_since = Instant::now();
        ended
    }

    async fn attempt(
        &mut self,
        work: &Work,
        timeout: Duration,
    ) -> (Result<Bytes, Failure>, Disposition) {
        // An answer counts even if the process ended right afterwards.
        let answer = tokio::select! {
            biased;
            answer = self.api.exchange().invoke(job(work, timeout)) => answer,
            status = self.child.wait() => {
                let disposition = if self.api.exchange().is_untaken() {
                    Disposition::NotTaken
                } else {
                    Disposition::Discarded
                };
                return (Err(exited(status)), disposition);
            }
            () = tokio::time::sleep(timeout) => {
                return (Err(Failure::TimedOut(timeout)), Disposition::Discarded);
            }
        };
        let result = match answer {
            Answer::Returned(body) => Ok(body),
            Answer::Failed(error) => Err(Failure::Reported(error)),
            Answer::TooLarge(bytes) => Err(Failure::TooLarge(bytes)),
        };
        (result, Disposition::Reusable)
    }

    async fn initialize(&mut self, timeout: Duration, usage: &mut Usage) -> Result<(), Failure> {
        if self.initialized {
            return Ok(());
        }
        tokio::select! {
            biased;
            started = self.api.exchange().started() => started.map_err(Failure::Reported)?,
            status = self.child.wait() => return Err(exited(status)),
            () = tokio::time::sleep(timeout) => {
                return Err(Failure::TimedOut(timeout));
            }
        }
        self.initialized = true;
        usage.init = Some(self.started.elapsed());
        Ok(())
    }

    /// Ends the process: SIGTERM, then SIGKILL after the grace.
    pub(super) async fn end(mut self, grace: Duration) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(grace, self.child.wait())
            .await
            .is_err()
        {
            self.signal(Signal::KILL);
            // A killed process ends, so this wait is short.
            let _ = self.child.wait().await;
        }
    }

    /// Signals the process and its children.
    fn signal(&self, signal: Signal) {
        signal_group(self.group, signal);
    }
}

/// Signals a process group. An error means that nothing of it is left.
pub(super) fn signal_group(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The tenant whose processes run an invocation; none if the function's tenants share them.
pub(super) fn tenant<'a>(
    function: &FunctionConfig,
    context: &'a InvocationContext,
) -> Option<&'a str> {
    let isolated = function.tenancy == Tenancy::PerTenant;
    context.tenant_id.as_deref().filter(|_| isolated)
}

fn exited(status: std::io::Result<std::process::ExitStatus>) -> Failure {
    match status {
        Ok(status) => Failure::Exited(status),
        Err(error) => Failure::NotStarted(format!("cannot wait for the process: {error}")),
    }
}

fn job(work: &Work, timeout: Duration) -> Job {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Job {
        request_id: work.request_id.clone(),
        event: work.event.clone(),
        deadline_ms: (now.unwrap_or_default() + timeout).as_millis(),
        context: work.context.clone(),
    }
}

/// The command of a function, run by the launcher if there is one.
fn command(function: &FunctionConfig, launcher: Option<&Path>) -> Result<Command, String> {
    let (program, arguments) = function
        .command
        .split_first()
        .ok_or("its command is empty")?;
    let program = find(program, function.working_directory.as_deref()).ok_or_else(|| {
        format!("there is no program {program:?}; build it, or correct the function's command")
    })?;
    // Without this check a shell would run what the system refuses to.
    if let Some(fault) = program_fault(&program) {
        return Err(format!("{}: {fault}", program.display()));
    }
    let mut command = match launcher {
        Some(launcher) => {
            let mut command = Command::new(launcher);
            command.args(LaunchArgs::before_program()).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(arguments);
    Ok(command)
}

/// The program of a function, if there is one.
pub(crate) fn program_of(function: &FunctionConfig) -> Option<PathBuf> {
    let program = function.command.first()?;
    find(program, function.working_directory.as_deref())
}

/// The path of a program: relative to the function's folder, or in a folder of `PATH`.
fn find(program: &str, folder: Option<&Path>) -> Option<PathBuf> {
    if program.contains('/') {
        let path = folder.unwrap_or(Path::new(".")).join(program);
        let path = std::path::absolute(path).ok()?;
        return path.is_file().then_some(path);
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

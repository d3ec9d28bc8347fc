//! The guard, which ends what functions started if the server is killed outright.

use std::ffi::OsString;
use std::io::{Read as _, stdin};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use super::strays::Run;

/// Arguments of the guard: a hidden subcommand of `durable`.
///
/// It waits for the end of its standard input, which the server holds open, and then kills the processes of
/// the server's run that are left. It is no child of the server, so that its end is not the guard's.
///
/// The program that [`ServerSettings::launcher`](crate::ServerSettings::launcher) names has it.
#[derive(Debug, clap::Args)]
pub struct GuardArgs {
    /// Id of the server's run.
    #[arg(long)]
    run: String,
    /// Whether this is the guard itself; without it, the guard is started.
    #[arg(long)]
    stays: bool,
}

impl GuardArgs {
    /// Guards a run.
    #[must_use]
    pub fn run(self) -> ExitCode {
        if self.stays {
            // Nothing is sent; a broken pipe means the same as its end.
            let _ = stdin().read_to_end(&mut Vec::new());
            Run::of(self.run).kill_all();
            return ExitCode::SUCCESS;
        }
        let program: OsString = "/proc/self/exe".into();
        let started = Command::new(program)
            .args(["guard", "--stays", "--run", &self.run])
            .current_dir("/")
            // Signals of the server's terminal are not for it.
            .process_group(0)
            .spawn();
        match started {
            Ok(_) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        }
    }
}

/// Starts the guard of a run; it guards until the value is dropped. None where it cannot be started: a
/// server that is killed then leaves behind what its functions started.
pub(super) fn start(launcher: &Path, run: &Run) -> Option<std::process::ChildStdin> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut starter: Child = Command::new(launcher)
        .args(["guard", "--run", run.id()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let pipe = starter.stdin.take();
    let ended = starter.wait().ok()?;
    pipe.filter(|_| ended.success())
}

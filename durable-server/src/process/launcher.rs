//! The launcher, which the server starts and which then becomes the program of a function.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Arguments of the launcher: a hidden subcommand of `durable`.
///
/// It binds the process to the server's life, then becomes the program. A server that is killed
/// outright cannot end its processes, and only a process can bind itself. Its children are not bound.
///
/// The program that [`ServerSettings::launcher`](crate::ServerSettings::launcher) names has it.
#[derive(Debug, clap::Args)]
pub struct LaunchArgs {
    /// Process id of the server.
    #[arg(long)]
    parent: i32,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

impl LaunchArgs {
    /// The arguments that go before the program.
    pub(super) fn before_program() -> [String; 4] {
        let server = rustix::process::getpid().as_raw_nonzero().to_string();
        ["launch", "--parent", &server, "--"].map(str::to_owned)
    }

    /// Becomes the program; returns only if that fails.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let Some((program, arguments)) = self.command.split_first() else {
            return ExitCode::from(127);
        };
        if let Err(error) = bind_to(self.parent) {
            eprintln!("durable: cannot bind the process to the server's life: {error}");
            return ExitCode::from(126);
        }
        let error = Command::new(program).args(arguments).exec();
        eprintln!("durable: cannot run {}: {error}", program.display());
        ExitCode::from(127)
    }
}

/// This program. On Linux the path stays valid even after a build has replaced the file.
pub(crate) fn launcher() -> Option<PathBuf> {
    let linux = PathBuf::from("/proc/self/exe");
    if linux.exists() {
        Some(linux)
    } else {
        std::env::current_exe().ok()
    }
}

#[cfg(target_os = "linux")]
fn bind_to(parent: i32) -> std::io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The server may have died before the process was bound.
    if getppid().map(|pid| pid.as_raw_nonzero().get()) == Some(parent) {
        Ok(())
    } else {
        Err(std::io::Error::other("the server is gone"))
    }
}

/// Other systems cannot bind a process: it outlives a server that is killed outright.
#[cfg(not(target_os = "linux"))]
fn bind_to(_parent: i32) -> std::io::Result<()> {
    Ok(())
}

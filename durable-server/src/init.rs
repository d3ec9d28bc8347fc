//! The server as process 1 of a container: an init process above the server itself.
//!
//! Processes that lose their parent become children of process 1, which must read how they ended. The
//! server waits for its own processes only, so it runs below an init process that waits for all.

use std::io;
use std::process::{Command, ExitCode};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Exit code of an init process that cannot start the server.
const NOT_STARTED: u8 = 1;

/// Whether this is process 1.
pub(crate) fn is_needed() -> bool {
    getpid() == Pid::INIT
}

/// Runs this program again as a child, passes signals on to it, and reaps all other processes. Returns the
/// exit code of the child.
pub(crate) fn run() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let supervised = runtime.and_then(|runtime| runtime.block_on(supervise()));
    match supervised {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("durable serve: cannot run as process 1: {error}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

async fn supervise() -> io::Result<u8> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut child_ended = signal(SignalKind::child())?;
    let child = Command::new("/proc/self/exe")
        .args(std::env::args_os().skip(1))
        .spawn()?;
    let server = Pid::from_child(&child);
    loop {
        while let Some((pid, status)) = wait(WaitOptions::NOHANG)? {
            if pid == server {
                let killed = || status.terminating_signal().map(|signal| 128 + signal);
                let code = status.exit_status().or_else(killed).unwrap_or_default();
                return Ok(u8::try_from(code).unwrap_or(u8::MAX));
            }
        }
        let signal = tokio::select! {
            _ = child_ended.recv() => continue,
            _ = interrupted.recv() => Signal::INT,
            _ = terminated.recv() => Signal::TERM,
            _ = hung_up.recv() => Signal::HUP,
            _ = quit.recv() => Signal::QUIT,
        };
        // A server that has ended meanwhile needs no signal.
        let _ = kill_process(server, signal);
    }
}

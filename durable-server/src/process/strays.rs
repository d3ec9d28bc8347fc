//! Processes that functions started and that left their process groups.
//!
//! Each process of a function has the id of its server's run in its environment, which its children inherit.
//! On Linux they are found by it. Other systems do not show the environment of a process.

use std::path::Path;

use rustix::process::{Pid, Signal, getpid, kill_process};
use uuid::Uuid;

/// The variable that holds the id of a run.
const VARIABLE: &str = "_DURABLE_SERVER_RUN";

/// How often is looked for processes that started meanwhile.
const ROUNDS: usize = 10;

/// One run of a server.
#[derive(Debug, Clone)]
pub(crate) struct Run(String);

impl Run {
    /// A run with an id of its own.
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// The run of an id.
    pub(super) fn of(id: String) -> Self {
        Self(id)
    }

    pub(super) fn id(&self) -> &str {
        &self.0
    }

    /// The variable of the run's processes.
    pub(super) fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.0)
    }

    /// Kills the processes of the run.
    pub(super) fn kill_all(&self) {
        let mark = format!("{VARIABLE}={}", self.0);
        for _ in 0..ROUNDS {
            let mut found = false;
            for pid in marked(mark.as_bytes()) {
                found = true;
                // One that has ended meanwhile is no error.
                let _ = kill_process(pid, Signal::KILL);
            }
            if !found {
                return;
            }
        }
    }
}

/// The living processes with this entry in their environment.
fn marked(mark: &[u8]) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let has_mark = |folder: &Path| {
        // The environment of a process of another user is not readable, nor is that of a zombie.
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|it| it == mark)
    };
    processes
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            (pid != getpid() && has_mark(&entry.path())).then_some(pid)
        })
        .collect()
}

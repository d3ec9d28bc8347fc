//! A line on the terminal that shows the progress of a long run.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use durable_service::model::ExecutionStatus;

/// Time until a run shows its progress.
const QUIET_TIME: Duration = Duration::from_secs(2);

/// Time between two updates of the line: each costs a call.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum number of columns of the line, so that no terminal wraps it.
const MAX_WIDTH: usize = 78;

/// The progress of a run. Only one of several concurrent runs holds the line.
pub(super) struct Progress {
    label: String,
    started_at: Instant,
    shown: Option<Instant>,
    line: Line,
}

/// The use of the terminal's line.
enum Line {
    /// There is no terminal.
    Missing,
    /// Nothing is shown yet.
    Unused,
    /// This run holds it.
    Held,
}

/// Whether a run holds the line.
static TAKEN: AtomicBool = AtomicBool::new(false);

impl Progress {
    pub(super) fn start(label: &str) -> Self {
        let line = if stderr().is_terminal() {
            Line::Unused
        } else {
            Line::Missing
        };
        Self {
            label: label.to_owned(),
            started_at: Instant::now(),
            shown: None,
            line,
        }
    }

    /// Whether an update is due.
    pub(super) fn is_due(&self) -> bool {
        !matches!(self.line, Line::Missing)
            && self.started_at.elapsed() >= QUIET_TIME
            && self
                .shown
                .is_none_or(|shown| shown.elapsed() >= UPDATE_INTERVAL)
    }

    /// Shows the progress of the run, if an update is due.
    pub(super) fn show(&mut self, status: ExecutionStatus, operations: usize) {
        if !self.is_due() {
            return;
        }
        self.shown = Some(Instant::now());
        if matches!(self.line, Line::Unused) && !TAKEN.swap(true, Ordering::Relaxed) {
            self.line = Line::Held;
        }
        if matches!(self.line, Line::Held) {
            let text = text(&self.label, status, operations, self.started_at.elapsed());
            write_line(format_args!("\r\x1b[2K{text}"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if matches!(self.line, Line::Held) {
            write_line(format_args!("\r\x1b[2K"));
            TAKEN.store(false, Ordering::Relaxed);
        }
    }
}

fn write_line(text: fmt::Arguments<'_>) {
    let mut stderr = stderr().lock();
    // A lost terminal must not fail a run.
    let _ = stderr.write_fmt(text).and_then(|()| stderr.flush());
}

fn text(label: &str, status: ExecutionStatus, operations: usize, elapsed: Duration) -> String {
    let plural = if operations == 1 { "" } else { "s" };
    let facts = format!(
        ": {status}, {operations} operation{plural}, {} s",
        elapsed.as_secs()
    );
    // The facts change, so the label is cut.
    let room = MAX_WIDTH.saturating_sub(facts.chars().count());
    let label: String = label.chars().take(room).collect();
    format!("{label}{facts}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_status_operations_and_time_and_fits() {
        let elapsed = Duration::from_millis(12_900);
        assert_eq!(
            text("Orders:7", ExecutionStatus::Running, 4, elapsed),
            "Orders:7: RUNNING, 4 operations, 12 s"
        );
        let long = text(&"x".repeat(200), ExecutionStatus::Running, 1, elapsed);
        assert!(long.ends_with("x: RUNNING, 1 operation, 12 s"));
        assert_eq!(long.chars().count(), MAX_WIDTH);
    }
}

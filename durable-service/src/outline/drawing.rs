//! The tree of operations that people read.

use std::fmt;
use std::time::Duration;

use super::{Node, Outline};
use crate::model::{ErrorObject, ExecutionStatus, OperationStatus, OperationType, Timestamp};

/// An execution as a person looks at it; `Display` draws it as a line about the execution and a tree
/// of its operations with their types, statuses, times and attempts.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// How far the execution is.
    pub status: ExecutionStatus,
    /// What it ended with, if it was an error.
    pub error: Option<&'a ErrorObject>,
    /// When it was accepted.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it was looked at; what is open has taken until then.
    pub seen_at: Timestamp,
    /// How often the function was invoked.
    pub invocations: usize,
    /// The operations.
    pub outline: &'a Outline,
}

/// A line of the tree, before its columns are aligned.
struct Line {
    label: String,
    kind: &'static str,
    status: String,
    time: String,
    note: String,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.invocations == 1 { "" } else { "s" };
        let ended = if self.status == ExecutionStatus::Running {
            "after"
        } else {
            "in"
        };
        write!(
            f,
            "{}: {} {ended} {} ({} invocation{plural})",
            self.function,
            self.status,
            human(self.ended_at.unwrap_or(self.seen_at).since(self.started_at)),
            self.invocations,
        )?;
        if let Some(error) = self.error {
            write!(f, "\n  {}", indented(error))?;
        }
        let mut lines = Vec::new();
        self.collect(&self.outline.top(), "", &mut lines);
        let width = |column: fn(&Line) -> &str| {
            lines
                .iter()
                .map(|line| column(line).chars().count())
                .max()
                .unwrap_or(0)
        };
        let label = width(|line| &line.label);
        let kind = width(|line| line.kind);
        let status = width(|line| &line.status);
        let time = width(|line| &line.time);
        for line in &lines {
            let text = format!(
                "{:label$}  {:kind$}  {:status$}  {:time$}  {}",
                line.label, line.kind, line.status, line.time, line.note
            );
            write!(f, "\n{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Drawing<'_> {
    fn collect(&self, siblings: &[&Node], prefix: &str, lines: &mut Vec<Line>) {
        for (index, node) in siblings.iter().enumerate() {
            let last = index + 1 == siblings.len();
            let (branch, below) = if last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            let operation = &node.operation;
            let begin = operation.started_at.since(self.started_at);
            let ended_at = operation.ended_at.unwrap_or(self.seen_at);
            let took = ended_at.since(operation.started_at);
            lines.push(Line {
                label: format!("{prefix}{branch}{}", node.label),
                kind: kind(operation.operation_type()),
                status: operation.status.to_string(),
                time: format!("+{} for {}", human(begin), human(took)),
                note: self.note(node),
            });
            let children = self.outline.children(node);
            self.collect(&children, &format!("{prefix}{below}"), lines);
        }
    }

    /// What is worth knowing beyond the status: attempts, what is waited for, the error.
    fn note(&self, node: &Node) -> String {
        let operation = &node.operation;
        let mut notes = Vec::new();
        if operation.attempt() > 1 {
            notes.push(format!("{} attempts", operation.attempt()));
        }
        // Nothing falls due in an execution that is over.
        if !self.status.is_terminal()
            && let Some(due) = operation.due_at()
        {
            notes.push(format!("due {due}"));
        }
        if operation.status != OperationStatus::Succeeded
            && let Some(error) = operation.error()
        {
            notes.extend(error.to_string().lines().next().map(str::to_owned));
        }
        notes.join(", ")
    }
}

fn kind(operation_type: OperationType) -> &'static str {
    match operation_type {
        OperationType::Execution => "execution",
        OperationType::Context => "context",
        OperationType::Step => "step",
        OperationType::Wait => "wait",
        OperationType::Callback => "callback",
        OperationType::ChainedInvoke => "invoke",
    }
}

fn indented(error: &ErrorObject) -> String {
    error.to_string().replace('\n', "\n  ")
}

/// A duration in the two largest units that it has, as in `1h 5m`, `2d`, `1.25s`.
#[must_use]
pub fn human(duration: Duration) -> String {
    const UNITS: [(&str, u64); 3] = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let mut rest = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, seconds) in UNITS {
        if rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    let millis = duration.subsec_millis();
    if parts.is_empty() && millis > 0 {
        parts.push(format!("{}s", duration.as_secs_f64()));
    } else if rest > 0 || parts.is_empty() {
        parts.push(format!("{rest}s"));
    }
    parts.truncate(2);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_in_their_two_largest_units() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1_250), "1.25s"),
            (Duration::from_secs(59), "59s"),
            (Duration::from_hours(1), "1h"),
            (Duration::from_secs(3_665), "1h 1m"),
            (Duration::from_hours(365 * 24), "365d"),
            (Duration::from_secs(86_401), "1d 1s"),
        ] {
            assert_eq!(human(duration), text);
        }
    }
}

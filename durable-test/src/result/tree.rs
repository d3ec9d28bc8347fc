//! The tree of operations that people read: printed on failure, and by `Display`.

use std::fmt;
use std::time::Duration;

use durable_service::model::{ErrorObject, ExecutionStatus, OperationStatus, OperationType};

use super::{ExecutionResult, Operation};

/// A line of the tree, before its columns are aligned.
struct Line {
    label: String,
    kind: &'static str,
    status: String,
    time: String,
    note: String,
}

impl fmt::Display for ExecutionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invocations = self.invocations().len();
        let plural = if invocations == 1 { "" } else { "s" };
        let ended = if self.status() == ExecutionStatus::Running {
            "after"
        } else {
            "in"
        };
        write!(
            f,
            "{}: {} {ended} {} ({invocations} invocation{plural})",
            self.function(),
            self.status(),
            human(self.duration()),
        )?;
        if let Some(error) = self.error() {
            write!(f, "\n  {}", indented(error))?;
        }
        let mut lines = Vec::new();
        let top: Vec<&Operation> = self
            .operations()
            .iter()
            .filter(|operation| operation.parent().is_none())
            .collect();
        collect(&top, "", self, &mut lines);
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

fn collect(siblings: &[&Operation], prefix: &str, result: &ExecutionResult, lines: &mut Vec<Line>) {
    for (index, operation) in siblings.iter().enumerate() {
        let last = index + 1 == siblings.len();
        let (branch, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let begin = operation.started_at().since(result.started_at());
        lines.push(Line {
            label: format!("{prefix}{branch}{}", operation.label()),
            kind: kind(operation.operation_type()),
            status: operation.status().to_string(),
            time: format!("+{} for {}", human(begin), human(operation.duration())),
            note: note(operation),
        });
        let children: Vec<&Operation> = operation.children().collect();
        collect(&children, &format!("{prefix}{below}"), result, lines);
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

/// What is worth knowing beyond the status: attempts, what is waited for, the error.
fn note(operation: &Operation) -> String {
    let mut notes = Vec::new();
    if operation.attempt() > 1 {
        notes.push(format!("{} attempts", operation.attempt()));
    }
    if let Some(due) = operation.due_at() {
        notes.push(format!("due {due}"));
    }
    if operation.status() != OperationStatus::Succeeded
        && let Some(error) = operation.error()
    {
        notes.extend(error.to_string().lines().next().map(str::to_owned));
    }
    notes.join(", ")
}

fn indented(error: &ErrorObject) -> String {
    error.to_string().replace('\n', "\n  ")
}

/// A duration in the two largest units that it has, as in `1h 5m`, `2d`, `1.25s`.
pub(crate) fn human(duration: Duration) -> String {
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

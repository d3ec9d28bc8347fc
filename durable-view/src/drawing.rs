//! Draws an execution as a tree of operations.

use std::fmt;

use durable_service::model::{
    ErrorObject, ExecutionStatus, OperationStatus, OperationType, Timestamp,
};

use crate::outline::{Node, Outline};
use crate::words::{escaped, human};

/// An execution to show. Its `Display` is a line about the execution, and below it the tree of its
/// operations with their types, statuses, times and attempts.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Status of the execution.
    pub status: ExecutionStatus,
    /// Error of the execution.
    pub error: Option<&'a ErrorObject>,
    /// When it was accepted.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it was observed: the times of open operations run until then.
    pub seen_at: Timestamp,
    /// Number of invocations of the function.
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
        self.collect(&self.outline.roots(), "", &mut lines);
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
            let offset = operation.started_at.since(self.started_at);
            // What is still open when the execution ends does not go on.
            let latest = self.ended_at.unwrap_or(self.seen_at);
            let ended_at = operation.ended_at.unwrap_or(latest);
            let took = ended_at.since(operation.started_at);
            lines.push(Line {
                label: format!("{prefix}{branch}{}", escaped(&node.label)),
                kind: kind(operation.operation_type()),
                status: operation.status.to_string(),
                time: format!("+{} for {}", human(offset), human(took)),
                note: self.note(node),
            });
            let children = self.outline.children(node);
            self.collect(&children, &format!("{prefix}{below}"), lines);
        }
    }

    /// The last column: attempts, the time when the operation is due, its error.
    fn note(&self, node: &Node) -> String {
        let operation = &node.operation;
        let mut notes = Vec::new();
        if operation.attempt() > 1 {
            notes.push(format!("{} attempts", operation.attempt()));
        }
        // Nothing becomes due in an execution that has ended.
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

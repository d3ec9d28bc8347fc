//! Draws an execution as a tree of operations.

use std::fmt;

use durable_service::model::{ErrorObject, ExecutionStatus, OperationStatus, Timestamp};
use unicode_width::UnicodeWidthStr;

use crate::fold::{self, Entry, Shown, kind_word};
use crate::outline::{Node, Outline};
use crate::words::{count, human, padded, shortened, visible};

/// Limits on the characters of a label and of a note, unless the whole is asked for.
const MAX_LABEL: usize = 60;
const MAX_NOTE: usize = 160;

/// Limits on the lines of the execution's error and on their characters.
const MAX_ERROR_LINES: usize = 12;
const MAX_ERROR_LINE: usize = 300;

/// Deeper levels are numbered, not indented.
const MAX_INDENTED: usize = 12;

/// An execution to show. Its `Display` is a line about the execution, and below it the tree of its
/// operations with their types, statuses, times and attempts.
///
/// A large execution is folded: of siblings that came out alike the first few are shown, and a line says how
/// many more there are; long texts are cut. What failed, was retried or is open stays. `{:#}` shows the whole.
///
/// The [crate](crate#example) has an example.
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
    /// Kind, status and time; none on a line that stands for several operations.
    columns: Option<[String; 3]>,
    note: String,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_whole = f.alternate();
        f.write_str(&self.headline())?;
        if let Some(error) = self.error {
            for line in error_lines(error, is_whole) {
                write!(f, "\n  {line}")?;
            }
        }
        let entries = if is_whole {
            fold::whole(self.outline)
        } else {
            fold::folded(self.outline)
        };
        let limit = if is_whole { usize::MAX } else { fold::LINES };
        let (first, left_out, last) = fold::limited(&entries, limit);
        let mut lines: Vec<Line> = first
            .iter()
            .map(|entry| self.line(entry, is_whole))
            .collect();
        if left_out > 0 {
            let s = if left_out == 1 { "" } else { "s" };
            lines.push(Line::of(format!("⋮  {} more line{s}", count(left_out))));
        }
        lines.extend(last.iter().map(|entry| self.line(entry, is_whole)));
        let widest = |column: &dyn Fn(&Line) -> usize| lines.iter().map(column).max().unwrap_or(0);
        let label = widest(&|line| line.columns.as_ref().map_or(0, |_| line.label.width()));
        let [kind, status, time] = [0, 1, 2].map(|index| {
            widest(&|line| {
                let column = line.columns.as_ref().and_then(|columns| columns.get(index));
                column.map_or(0, |text| text.width())
            })
        });
        for line in &lines {
            let text = match &line.columns {
                Some([kind_of, status_of, time_of]) => format!(
                    "{}  {kind_of:kind$}  {status_of:status$}  {time_of:time$}  {}",
                    padded(&line.label, label),
                    line.note
                ),
                None => line.label.clone(),
            };
            write!(f, "\n{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Drawing<'_> {
    /// Whether its `Display` leaves something out.
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.to_string() != format!("{self:#}")
    }

    /// `order_workflow: SUCCEEDED in 1h (2 invocations)`
    #[must_use]
    pub fn headline(&self) -> String {
        let plural = if self.invocations == 1 { "" } else { "s" };
        let ended = if self.status.is_terminal() {
            "in"
        } else {
            "after"
        };
        format!(
            "{}: {} {ended} {} ({} invocation{plural})",
            visible(self.function),
            self.status,
            human(self.ended_at.unwrap_or(self.seen_at).since(self.started_at)),
            count(self.invocations),
        )
    }

    fn line(&self, entry: &Entry<'_>, is_whole: bool) -> Line {
        let prefix = prefix(&entry.continues);
        match &entry.shown {
            Shown::Node(node) => {
                let operation = &node.operation;
                let offset = operation.started_at.since(self.started_at);
                // What is still open when the execution ends does not go on.
                let latest = self.ended_at.unwrap_or(self.seen_at);
                let ended_at = operation.ended_at.unwrap_or(latest);
                let took = ended_at.since(operation.started_at);
                let label = visible(&node.label);
                let cut = |text: String, max: usize| {
                    if is_whole {
                        text
                    } else {
                        shortened(&text, max)
                    }
                };
                Line {
                    label: format!("{prefix}{}", cut(label, MAX_LABEL)),
                    columns: Some([
                        kind_word(operation.operation_type()).to_owned(),
                        operation.status.to_string(),
                        format!("+{} for {}", human(offset), human(took)),
                    ]),
                    note: cut(self.note(node), MAX_NOTE),
                }
            }
            Shown::Folded(_, folded) => Line::of(format!("{prefix}{folded}")),
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
            notes.extend(error.to_string().lines().next().map(visible));
        }
        notes.join(", ")
    }
}

impl Line {
    fn of(label: String) -> Self {
        Self {
            label,
            columns: None,
            note: String::new(),
        }
    }
}

/// The branches before a label. Levels far down are numbered, so that a line stays on a screen.
fn prefix(continues: &[bool]) -> String {
    let Some((more, above)) = continues.split_last() else {
        return String::new();
    };
    let branch = if *more { "├─ " } else { "└─ " };
    if above.len() > MAX_INDENTED {
        return format!("{}⋯{} {branch}", "   ".repeat(MAX_INDENTED), above.len());
    }
    let above = above.iter().map(|more| if *more { "│  " } else { "   " });
    above.chain([branch]).collect()
}

/// The error of the execution on lines of its own.
fn error_lines(error: &ErrorObject, is_whole: bool) -> Vec<String> {
    let text = error.to_string();
    if is_whole {
        return text.lines().map(visible).collect();
    }
    let all = text.lines().count();
    let mut lines: Vec<String> = text
        .lines()
        .take(MAX_ERROR_LINES)
        .map(|line| shortened(&visible(line), MAX_ERROR_LINE))
        .collect();
    if all > MAX_ERROR_LINES {
        lines.push(format!("… {} more lines", count(all - MAX_ERROR_LINES)));
    }
    lines
}

//! The text of a golden history.

use std::fmt::Write as _;

use serde_json::Value;

/// Longer JSON stands on several lines.
const MAX_LINE: usize = 100;

/// Width of the column of times.
const TIME: usize = 9;

/// The text of an execution, from its data: redactions may have put anything in it.
pub(super) fn text(history: &Value) -> String {
    let mut text = String::new();
    execution(&mut text, history, 0);
    text
}

fn execution(text: &mut String, history: &Value, depth: usize) {
    let ended = member(history, "ended").map_or_else(String::new, |ended| format!(" at {ended}"));
    let status = member(history, "status").unwrap_or_default();
    line(text, "", depth, &format!("{status}{ended}"));
    for name in ["input", "result", "error"] {
        if let Some(value) = history.get(name) {
            line(
                text,
                "",
                depth,
                &format!("{name}: {}", value_text(name, value, depth)),
            );
        }
    }
    if depth == 0 {
        text.push('\n');
    }
    for one in list(history, "operations") {
        operation(text, one, depth);
    }
    for event in list(history, "events") {
        self::event(text, event, depth);
    }
}

fn operation(text: &mut String, operation: &Value, depth: usize) {
    let mut about = member(operation, "type").unwrap_or_default();
    for (name, before) in [
        ("duration", " of "),
        ("timeout", ", timeout "),
        ("heartbeat", ", heartbeat "),
        ("calls", " of "),
    ] {
        if let Some(value) = member(operation, name) {
            let _ = write!(about, "{before}{value}");
        }
    }
    let name = member(operation, "name").unwrap_or_default();
    let at = member(operation, "at").unwrap_or_default();
    line(text, &at, depth, &format!("{name} ({about})"));
    if let Some(input) = operation.get("input") {
        line(
            text,
            "",
            depth + 1,
            &format!("input: {}", value_text("input", input, depth + 1)),
        );
    }
    for child in list(operation, "operations") {
        self::operation(text, child, depth + 1);
    }
    if let Some(called) = operation.get("execution") {
        execution(text, called, depth + 1);
    }
    for event in list(operation, "events") {
        self::event(text, event, depth + 1);
    }
}

fn event(text: &mut String, event: &Value, depth: usize) {
    let mut what = member(event, "event").unwrap_or_default();
    if let Some(attempt) = member(event, "attempt") {
        let _ = write!(what, ", attempt {attempt}");
    }
    if let Some(next) = member(event, "next") {
        let _ = write!(what, ", next in {next}");
    }
    for name in ["result", "error"] {
        if let Some(value) = event.get(name) {
            let _ = write!(what, ": {}", value_text(name, value, depth));
        }
    }
    let at = member(event, "at").unwrap_or_default();
    line(text, &at, depth, &what);
}

fn line(text: &mut String, at: &str, depth: usize, what: &str) {
    let indent = "  ".repeat(depth);
    // The head of the execution stands at the margin.
    let line = if at.is_empty() && depth == 0 {
        what.to_owned()
    } else {
        format!("{at:TIME$}{indent}{what}")
    };
    let _ = writeln!(text, "{}", line.trim_end());
}

/// A member as text: a string without quotes, anything else as JSON.
fn member(of: &Value, name: &str) -> Option<String> {
    Some(match of.get(name)? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// A payload as JSON; an error as its type and message, and its data.
fn value_text(name: &str, value: &Value, depth: usize) -> String {
    let margin = " ".repeat(if depth == 0 { 0 } else { TIME + 2 * depth });
    if name == "error" && value.is_object() {
        let (kind, message) = (member(value, "type"), member(value, "message"));
        let mut text = match (kind, message) {
            // Messages often start with their type already.
            (Some(kind), Some(message)) if !message.starts_with(&kind) => {
                format!("{kind}: {message}")
            }
            (kind, message) => message.or(kind).unwrap_or_default(),
        };
        if let Some(data) = value.get("data") {
            let _ = write!(text, "\ndata: {}", json_text(data, ""));
        }
        return text.replace('\n', &format!("\n{margin}  "));
    }
    json_text(value, &margin)
}

fn json_text(value: &Value, margin: &str) -> String {
    let short = value.to_string();
    if short.chars().count() <= MAX_LINE {
        return short;
    }
    // Of a long value each change is to stand on a line of its own.
    format!("{value:#}").replace('\n', &format!("\n{margin}"))
}

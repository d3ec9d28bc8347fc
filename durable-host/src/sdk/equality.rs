//! When two texts say the same although the SDK wrote one of them in a replay.
//!
//! Version 0.1.0 of the SDK renders a failure that it replays otherwise than one that it has just met: it
//! counts an attempt more, and what its combinators record of a failed branch has lost the type of the
//! error. That is no fault of the workflow, which can do nothing about it.

use std::borrow::Cow;

use once_cell::sync::OnceCell;
use regex_lite::Regex;
use serde_json::Value;

/// Before numbers that count one more in a replay.
const COUNTS: [&str; 2] = ["retries exhausted after ", "max checks exceeded: "];

/// What the SDK puts before the cause of a failure: the operation's family, and how it failed.
const FRAME: &str = "(?:child function error: |(?:operation error: )?\
    (?:step|wait|invoke|callback|wait_for_condition|child_context|combinator): \
    (?:(?:execution|serialization|deserialization|function|check|child) failed\
    |retries exhausted after [0-9]+ attempts|max checks exceeded: [0-9]+|external failure|internal error\
    |join failed at index [0-9]+|all futures failed|first settled future failed): )";

/// Members of a combinator's record that a replay changes.
const VOLATILE: [&str; 4] = ["errType", "error_type", "stackTrace", "stack_trace"];

/// The status of a failed branch in a combinator's record.
const FAILED: [&str; 2] = ["FAILED", "rejected"];

/// Whether two texts are the same but for what a replay changes.
#[must_use]
pub fn text_eq(one: &str, other: &str) -> bool {
    one == other || normalize(one) == normalize(other)
}

/// Whether two messages of a failure have the same cause: some frames of the SDK around it are lost in
/// a replay.
#[must_use]
pub fn cause_eq(one: &str, other: &str) -> bool {
    one == other || cause(one) == cause(other)
}

/// A message without the SDK's frames.
fn cause(message: &str) -> Cow<'_, str> {
    static FRAMES: OnceCell<Option<Regex>> = OnceCell::new();
    // The expression is one; if it were not, messages would be compared as they are.
    match FRAMES.get_or_init(|| Regex::new(FRAME).ok()) {
        Some(frames) => frames.replace_all(message, ""),
        None => Cow::Borrowed(message),
    }
}

/// Whether two results of a context are the same but for what a replay changes.
#[must_use]
pub fn record_eq(one: &str, other: &str) -> bool {
    if text_eq(one, other) {
        return true;
    }
    match (record(one), record(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn record(text: &str) -> Option<Value> {
    let mut value = serde_json::from_str(&normalize(text)).ok()?;
    drop_volatile(&mut value);
    Some(value)
}

fn drop_volatile(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_volatile),
        Value::Object(members) => {
            let status = members.get("status").and_then(Value::as_str);
            if status.is_some_and(|status| FAILED.contains(&status)) {
                for member in VOLATILE {
                    members.remove(member);
                }
            }
            members.values_mut().for_each(drop_volatile);
        }
        _ => {}
    }
}

/// The text without the numbers that count one more in a replay.
fn normalize(text: &str) -> String {
    COUNTS.iter().fold(text.to_owned(), |text, before| {
        let mut parts = text.split(before);
        let mut normal = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            normal.push_str(before);
            normal.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        normal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replayed_failure_says_the_same_as_the_live_one() {
        let live = "step: retries exhausted after 1 attempts: no room";
        assert!(text_eq(
            live,
            "step: retries exhausted after 2 attempts: no room"
        ));
        assert!(!text_eq(
            live,
            "step: retries exhausted after 1 attempts: no time"
        ));
        assert!(!text_eq("41 rooms", "42 rooms"));
    }

    #[test]
    fn a_replayed_failure_has_the_same_cause_as_the_live_one() {
        let live = "combinator: all futures failed: operation error: step: retries exhausted after 1 \
                    attempts: NoAnswer: a is out";
        assert!(cause_eq(
            live,
            "combinator: all futures failed: NoAnswer: a is out"
        ));
        assert!(!cause_eq(
            live,
            "combinator: all futures failed: NoAnswer: b is out"
        ));
        assert!(!cause_eq("declined", "paid already"));
        let told = "billing: operation error: step: retries exhausted after 2 attempts: declined";
        assert!(cause_eq(told, "billing: declined"));
    }

    #[test]
    fn what_a_workflow_says_itself_is_compared_whole() {
        assert!(!cause_eq(
            "order 7 failed: out of stock",
            "refund 9 failed: out of stock"
        ));
        assert!(!cause_eq(
            "billing error: step: declined",
            "shipping error: step: declined"
        ));
        let own = |number| format!(r#"{{"error_type":"{number}","status":"SUCCEEDED"}}"#);
        assert!(!record_eq(&own(1), &own(2)));
    }

    #[test]
    fn the_record_of_a_failed_branch_says_the_same() {
        let live = r#"[{"index":1,"errType":"ChargeError","stackTrace":[],"status":"FAILED"}]"#;
        let replayed = r#"[{"status":"FAILED","errType":"ChildFnError","index":1}]"#;
        assert!(record_eq(live, replayed));
        assert!(!record_eq(live, r#"[{"status":"SUCCEEDED","index":1}]"#));
        assert!(!text_eq(live, replayed));
    }
}

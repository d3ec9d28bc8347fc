//! When two texts say the same although the SDK wrote one of them in a replay.
//!
//! Version 0.1.0 of the SDK renders a failure that it replays otherwise than one that it has just met: it
//! counts an attempt more, takes every failed input of a `join_all` for a failed child context, and what
//! its combinators record of a failed branch has lost the type of the error. That is no fault of the
//! workflow, which can do nothing about it.
//!
//! ```
//! use durable_replay::sdk::equality::{cause_eq, record_eq, text_eq};
//!
//! let live = "step: retries exhausted after 1 attempts: no room";
//! assert!(text_eq(live, "step: retries exhausted after 2 attempts: no room"));
//!
//! let told = "billing: operation error: step: retries exhausted after 2 attempts: declined";
//! assert!(cause_eq(told, "billing: declined"));
//!
//! let live = r#"[{"index":1,"errType":"ChargeError","stackTrace":[],"status":"FAILED"}]"#;
//! assert!(record_eq(live, r#"[{"status":"FAILED","errType":"ChildFnError","index":1}]"#));
//! ```

use once_cell::sync::OnceCell;
use regex_lite::Regex;
use serde_json::Value;

use super::debug_form::{REPLAYED_INPUT, UNRECORDED, reduce};
use super::{frames, missing_records};

/// Before numbers that are others in a replay: attempts count one more, tasks have the numbers of their
/// process.
const COUNTS: [&str; 5] = [
    "retries exhausted after ",
    "max checks exceeded: ",
    "task join failed: task ",
    "invoked from task Id(",
    "is owned by task Id(",
];

/// How an operation failed that has no cause.
const WITHOUT_CAUSE: &str = "(?:callback: )?(?:callback timed out|callback heartbeat timed out)\
    |(?:wait_for_condition: )?max checks exceeded: [0-9]*\
    |(?:combinator: )?combinator called with no futures";

/// What it records between that and what the other ones failed with.
const SECOND_LOSER: &str = "; [1] ";

/// Members of a combinator's record that a replay changes.
const VOLATILE: [&str; 4] = ["errType", "error_type", "stackTrace", "stack_trace"];

/// Members of a combinator's record that hold the message of a failure.
const MESSAGES: [&str; 2] = ["errMessage", "message"];

/// The status of a failed branch in a combinator's record.
const FAILED: [&str; 2] = ["FAILED", "rejected"];

/// Whether two texts are the same but for what a replay changes.
///
/// The [module](self) has an example.
#[must_use]
pub fn text_eq(one: &str, other: &str) -> bool {
    one == other || normalize(one) == normalize(other)
}

/// Whether two messages of a failure have the same cause: some frames of the SDK around it are others in
/// a replay, or lost.
///
/// The [module](self) has an example.
#[must_use]
pub fn cause_eq(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (&*frames::rejoined(one), &*frames::rejoined(other));
    cause(one) == cause(other)
        || is_replay_of(other, one)
        || is_replay_of(one, other)
        || missing_records::are_the_same(&cause(one), &cause(other))
}

/// A message without the SDK's frames.
fn cause(message: &str) -> String {
    frames::without(&normalize(&reduce(message)))
}

/// Whether a message is that of another one's replay in which a failure has got another cause, which is
/// what was recorded of it: one without a cause, or all that the inputs of a `select_ok` failed with.
fn is_replay_of(replayed: &str, live: &str) -> bool {
    static OPEN: OnceCell<Option<Regex>> = OnceCell::new();
    let open = || Regex::new(&format!("{WITHOUT_CAUSE}|{UNRECORDED}")).ok();
    let replayed = reduce(replayed);
    if !replayed.contains(REPLAYED_INPUT) {
        return false;
    }
    let (live, replayed) = (cause(live), cause(&replayed));
    if let Some((first, others)) = replayed.split_once(SECOND_LOSER)
        && let Some(after) = live.strip_prefix(first)
        && others.ends_with(after)
    {
        return true;
    }
    let Some(open) = OPEN.get_or_init(open) else {
        return false;
    };
    let mut parts = open.split(&live);
    let Some(mut rest) = parts.next().and_then(|first| replayed.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    false
}

/// Whether two results of a context are the same but for what a replay changes.
///
/// The [module](self) has an example.
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
                for member in MESSAGES {
                    if let Some(Value::String(message)) = members.get_mut(member) {
                        *message = cause(message);
                    }
                }
            }
            members.values_mut().for_each(drop_volatile);
        }
        _ => {}
    }
}

/// The text without the numbers that are others in a replay.
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
    fn a_failure_without_a_cause_has_one_only_as_the_input_of_a_replayed_join() {
        let live = "[operation error: wait_for_condition: max checks exceeded: 3]";
        let replayed = "[operation error: child_context: child failed: not ready]";
        assert!(cause_eq(live, replayed));
        assert!(cause_eq(replayed, live));
        assert!(!cause_eq(
            live,
            "[operation error: step: execution failed: not ready]"
        ));
        assert!(!cause_eq(
            live,
            "[operation error: child_context: child failed: not ready], twice"
        ));
        assert!(!cause_eq("declined", replayed));
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

//! When two serialized values are the same, although the SDK wrote one of them in a replay.
//!
//! ```
//! use durable_replay::sdk::payload::{differ_in_order_alone, json_eq, message_eq};
//!
//! assert!(json_eq(Some(r#"{"a": 1, "b": 2}"#), Some(r#"{"b":2,"a":1}"#)));
//! assert!(differ_in_order_alone(Some("[1,2]"), Some("[2,1]")));
//!
//! let live = "step: retries exhausted after 1 attempts: no room";
//! assert!(message_eq(live, "step: retries exhausted after 2 attempts: no room"));
//! ```

use std::collections::BTreeMap;

use durable_service::model::Event;
use serde_json::Value;

use super::equality::{cause_eq, text_eq};
use super::{errors, traces};

/// Whether two serialized values are the same: as JSON if they are, else as texts. A handler that
/// returns nothing may leave the result out.
///
/// The [module](self) has an example.
#[must_use]
pub fn json_eq(one: Option<&str>, other: Option<&str>) -> bool {
    let (one, other) = (one.unwrap_or("null"), other.unwrap_or("null"));
    if one == other {
        return true;
    }
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (value(one), value(other)) {
        (Some(one), Some(other)) => value_eq(&one, &other),
        _ => message_eq(one, other),
    }
}

/// Whether two values are the same, errors that were rendered into them included.
fn value_eq(one: &Value, other: &Value) -> bool {
    if traces::may_be_the_same(one, other) {
        return true;
    }
    match (one, other) {
        (Value::String(one), Value::String(other)) => message_eq(one, other),
        (Value::Array(ones), Value::Array(others)) => {
            let are_the_same = ones.len() == others.len()
                && ones
                    .iter()
                    .zip(others)
                    .all(|(one, other)| value_eq(one, other));
            are_the_same || are_one_chain(ones, others)
        }
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones.iter().all(|(member, one)| {
                    let other = others.get(member);
                    other.is_some_and(|other| value_eq(one, other))
                })
        }
        (one, other) => one == other,
    }
}

/// Whether two serialized values differ, and are the same if the order of the elements of their arrays says nothing.
/// The elements of a `HashSet` are in another order each time that one is made.
///
/// The [module](self) has an example.
#[must_use]
pub fn differ_in_order_alone(one: Option<&str>, other: Option<&str>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    let sorted = |text: &str| serde_json::from_str::<Value>(text).ok().map(sorted);
    let same = |(one, other): (Value, Value)| value_eq(&one, &other);
    !json_eq(Some(one), Some(other)) && sorted(one).zip(sorted(other)).is_some_and(same)
}

/// A value with the elements of its arrays in the order of their texts.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)));
            let members: BTreeMap<String, Value> = members.collect();
            Value::Object(members.into_iter().collect())
        }
        other => other,
    }
}

/// Whether two lists are the chains of causes of one failure, walked by hand: a replay has what was several
/// causes in the live run as one.
fn are_one_chain(ones: &[Value], others: &[Value]) -> bool {
    let chain = |links: &[Value]| {
        let links: Option<Vec<&str>> = links.iter().map(Value::as_str).collect();
        let chain = links?.join(": ");
        chain.contains(errors::OPERATION).then_some(chain)
    };
    match (chain(ones), chain(others)) {
        (Some(one), Some(other)) => message_eq(&one, &other),
        _ => false,
    }
}

/// Whether two texts say the same, one of them in a replay: that of a failure may have lost frames.
///
/// The [module](self) has an example.
#[must_use]
pub fn message_eq(one: &str, other: &str) -> bool {
    text_eq(one, other) || cause_eq(one, other)
}

/// Marks what `FileSystemSerdes` writes.
const FILE_SERDES: &str = "__aws_durable_serdes";

/// Whether an event holds what the SDK's `FileSystemSerdes` wrote: it writes and reads files between the
/// bodies of steps.
///
/// The other functions of the [module](self) have an example.
#[must_use]
pub fn is_of_file_serdes(event: &Event) -> bool {
    serde_json::to_string(event).is_ok_and(|event| event.contains(FILE_SERDES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_and_white_space_say_nothing() {
        assert!(json_eq(
            Some(r#"{"a":1,"b":[2]}"#),
            Some(r#"{ "b": [2], "a": 1 }"#)
        ));
        assert!(!json_eq(Some("[1,2]"), Some("[2,1]")));
        assert!(json_eq(None, Some("null")));
    }

    #[test]
    fn the_order_of_elements_is_told_apart() {
        let alone = |one, other| differ_in_order_alone(Some(one), Some(other));
        assert!(alone("[1,2]", "[2,1]"));
        assert!(alone(
            r#"{"tags":[{"a":[1,2],"b":0},{"a":[]}]}"#,
            r#"{"tags":[{"a":[]},{"b":0,"a":[2,1]}]}"#
        ));
        assert!(!alone("[1,2]", "[1,2]"));
        assert!(!alone("[1,2]", "[1,2,2]"));
        assert!(!alone("[1,2]", "[1,3]"));
        assert!(!alone("no JSON", "other"));
        assert!(!differ_in_order_alone(Some("[]"), None));
    }

    #[test]
    fn a_failure_that_was_rendered_into_a_value_may_have_lost_its_frames() {
        let live = r#"{"said":"step: retries exhausted after 1 attempts: no room"}"#;
        let replayed = r#"{"said":"step: retries exhausted after 2 attempts: no room"}"#;
        assert!(json_eq(Some(live), Some(replayed)));
        assert!(!json_eq(Some(live), Some(r#"{"said":"no time"}"#)));
        let as_input = r#"{"said":"child_context: child failed: no room"}"#;
        assert!(json_eq(Some(live), Some(as_input)));
    }

    #[test]
    fn the_causes_of_a_failure_may_be_fewer() {
        let live =
            r#"["operation error: step","retries exhausted after 1 attempts","Full","no room"]"#;
        let replayed =
            r#"["operation error: step","retries exhausted after 2 attempts","Full: no room"]"#;
        assert!(json_eq(Some(live), Some(replayed)));
        assert!(!json_eq(
            Some(live),
            Some(&replayed.replace("room", "time"))
        ));
        assert!(!json_eq(Some(r#"["a","b"]"#), Some(r#"["a: b"]"#)));
    }

    #[test]
    fn what_is_no_json_is_compared_as_text() {
        assert!(json_eq(Some("plain"), Some("plain")));
        assert!(!json_eq(Some("plain"), Some("other")));
    }
}
